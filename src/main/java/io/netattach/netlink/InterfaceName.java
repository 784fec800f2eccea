package io.netattach.netlink;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A name that the kernel accepts for a network interface.
 *
 * <p>The rule is {@code dev_valid_name} in net/core/dev.c: 1 to 15 bytes, no {@code /}, no {@code
 * :}, no white space, not {@code .} or {@code ..}. Beyond it, {@code %} is refused, which the
 * kernel takes for a pattern, and {@code all} and {@code default}, which are folders of
 * /proc/sys/net/ipv4/conf, not interfaces.
 */
public record InterfaceName(String value) {
  /** The longest name, in bytes: {@code IFNAMSIZ} without its final zero (linux/if.h). */
  public static final int MAX_BYTES = 15;

  /** {@code isspace} of lib/ctype.c reads bytes as Latin 1: à ends with this one, too. */
  private static final byte KERNEL_NO_BREAK_SPACE = (byte) 0xa0;

  public InterfaceName {
    String problem = problem(value);
    if (problem != null) {
      throw new IllegalArgumentException("\"" + value + "\" " + problem);
    }
  }

  private static @Nullable String problem(String name) {
    if (name.isEmpty()) {
      return "is empty; write an interface name of 1 to 15 bytes, such as net1";
    }
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_BYTES) {
      return "has "
          + bytes.length
          + " bytes; an interface name has at most 15, write a shorter one";
    }
    if (name.equals(".") || name.equals("..")) {
      return "cannot be an interface name; write one such as net1";
    }
    if (name.equals("all") || name.equals("default")) {
      return "stands for every interface in /proc/sys/net; write another name, such as net1";
    }
    if (name.chars().anyMatch(InterfaceName::isRefused)) {
      return "has a character that no interface name may have (one of / : % or white space);"
          + " write one such as net1";
    }
    if (!new String(bytes, StandardCharsets.UTF_8).equals(name)) {
      return "has half a character, which cannot be written; write one such as net1";
    }
    for (byte b : bytes) {
      if (b == KERNEL_NO_BREAK_SPACE) {
        return "has a character that holds the byte 0xa0, which the kernel takes for white space;"
            + " write one such as net1";
      }
    }
    return null;
  }

  private static boolean isRefused(int c) {
    return c == '/' || c == ':' || c == '%' || c <= ' ' || c == 0x7f || Character.isWhitespace(c);
  }

  @Override
  public String toString() {
    return value;
  }
}
