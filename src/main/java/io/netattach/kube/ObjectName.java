package io.netattach.kube;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names and label values that are made of others, cut where Kubernetes would refuse their length.
 */
public final class ObjectName {
  /** RFC 1123 subdomain, as Kubernetes bounds it. */
  private static final int MAX_NAME = 253;

  /** Labels of objects, "Syntax and character set". */
  private static final int MAX_LABEL = 63;

  /** 40 bits: two of ten thousand names fall together once in twenty thousand clusters. */
  private static final int HASH_DIGITS = 10;

  private ObjectName() {}

  /** Two parts as one name; one that is too long is cut and told apart by a hash. */
  public static String of(String prefix, String name) {
    return cut(prefix + name, MAX_NAME);
  }

  /** A name as the value of a label; one that is too long is cut and told apart by a hash. */
  public static String label(String name) {
    return cut(name, MAX_LABEL);
  }

  /** Ten hexadecimal digits that stand for a text. */
  public static String hash(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String cut(String name, int max) {
    return name.length() <= max
        ? name
        : name.substring(0, max - HASH_DIGITS - 1) + "-" + hash(name);
  }
}
