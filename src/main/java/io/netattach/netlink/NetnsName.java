package io.netattach.netlink;

import java.nio.charset.StandardCharsets;

/**
 * A name that {@code ip netns} accepts for a namespace: the name of a file in /run/netns, and
 * nothing that leads elsewhere. Names that begin with a dot or a hyphen are refused beyond that,
 * for listings hide the former and commands take the latter for options.
 */
public record NetnsName(String value) implements Comparable<NetnsName> {
  /** The longest file name, in bytes: {@code NAME_MAX} (linux/limits.h). */
  private static final int MAX_BYTES = 255;

  public NetnsName {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("is empty; write the name of a namespace, such as blue");
    }
    if (value.indexOf('/') >= 0 || value.startsWith(".") || value.startsWith("-")) {
      throw new IllegalArgumentException(
          "\""
              + value
              + "\" is not a name of a file in /run/netns; write a name without / that does not"
              + " begin with . or -, such as blue");
    }
    if (value.chars().anyMatch(c -> c <= ' ' || c == 0x7f || Character.isWhitespace(c))) {
      throw new IllegalArgumentException(
          "\"" + value + "\" has white space or control characters; write a name such as blue");
    }
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "has " + bytes.length + " bytes; write a name of at most " + MAX_BYTES);
    }
    if (!new String(bytes, StandardCharsets.UTF_8).equals(value)) {
      throw new IllegalArgumentException(
          "\""
              + value
              + "\" has half a character, which no file can be named; write one such as blue");
    }
  }

  @Override
  public int compareTo(NetnsName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
