package io.netattach.attach;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Who keeps an attachment: a cluster, by its uid, or a folder of manifests. What one owner made,
 * another never changes or cleans up.
 *
 * @param text without white space, 1 to {@value #MAX_BYTES} bytes
 */
public record Owner(String text) {
  /** Leaves room for namespace and name in an alias of 255 bytes. */
  static final int MAX_BYTES = 128;

  private static final String FOLDER = "file:";

  public Owner {
    if (!isOne(text)) {
      throw new IllegalArgumentException(
          "an owner has 1 to " + MAX_BYTES + " bytes without white space: \"" + text + "\"");
    }
  }

  /** Whether a text can be an owner; anybody may have written it. */
  static boolean isOne(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) <= ' ' || Character.isWhitespace(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty() && text.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES;
  }

  /** The owner that a folder of manifests is; one with a long or odd path is told by its hash. */
  public static Owner ofFolder(Path folder) {
    String path = folder.toAbsolutePath().normalize().toString();
    boolean plain = path.chars().allMatch(c -> c > ' ' && c < 0x7f);
    if (plain && FOLDER.length() + path.length() <= MAX_BYTES) {
      return new Owner(FOLDER + path);
    }
    byte[] hash = Derived.sha256(path);
    return new Owner(FOLDER + "sha256-" + HexFormat.of().formatHex(hash, 0, 16));
  }

  /** Whether this is a folder of manifests, not a cluster. */
  public boolean isFolder() {
    return text.startsWith(FOLDER);
  }

  @Override
  public String toString() {
    return text;
  }
}
