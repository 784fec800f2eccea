package io.netattach.kube;

/**
 * Which of two versions of an object is the later one. Versions are decimal numbers, the later the
 * greater (KEP-5504).
 */
public final class ObjectVersion {
  private ObjectVersion() {}

  /** Whether a version is another one, or later. */
  public static boolean isAtLeast(String version, String other) {
    return version.length() != other.length()
        ? version.length() > other.length()
        : version.compareTo(other) >= 0;
  }
}
