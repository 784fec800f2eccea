package io.netattach.attach;

/**
 * Which attachment it is.
 *
 * @param uid unique for all time: letters, digits and hyphens, at most 63 of them
 * @param namespace of Kubernetes
 * @param name within the namespace
 */
public record Identity(String uid, String namespace, String name) {
  public Identity {
    if (!isUid(uid)) {
      throw new IllegalArgumentException(
          "a uid has 1 to 63 letters, digits and hyphens: \"" + uid + "\"");
    }
  }

  /** Whether a text can be a uid; anybody may have written it. */
  static boolean isUid(String text) {
    return text.matches("[0-9A-Za-z-]{1,63}");
  }

  /** Namespace and name, as {@code shop/db-link}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
