package io.netattach.netlink;

import java.util.Locale;

/**
 * An Ethernet address of 48 bits.
 *
 * @param bits the six bytes, the first one on the wire in bits 40 to 47
 */
public record MacAddress(long bits) {
  public MacAddress {
    if (bits < 0 || bits >= 1L << 48) {
      throw new IllegalArgumentException("a MAC address has 48 bits");
    }
  }

  /**
   * Reads the usual form of six hexadecimal pairs, such as {@code 02:00:5e:00:00:01}.
   *
   * @throws IllegalArgumentException with a sentence when the text is something else
   */
  public static MacAddress of(String text) {
    if (!text.matches("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not a MAC address; write six pairs of hexadecimal digits, such as"
              + " 02:00:5e:00:00:01");
    }
    return new MacAddress(Long.parseLong(text.replace(":", ""), 16));
  }

  static MacAddress ofBytes(byte[] bytes) {
    long bits = 0;
    for (byte b : bytes) {
      bits = bits << 8 | (b & 0xff);
    }
    return new MacAddress(bits);
  }

  /** Whether frames to this address go to a group, broadcast included. */
  public boolean isMulticast() {
    return (bits >> 40 & 1) != 0;
  }

  /** Whether this is 00:00:00:00:00:00, which no interface can have. */
  public boolean isZero() {
    return bits == 0;
  }

  byte[] bytes() {
    byte[] bytes = new byte[6];
    for (int i = 0; i < 6; i++) {
      bytes[i] = (byte) (bits >> (8 * (5 - i)));
    }
    return bytes;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      text.append(String.format(Locale.ROOT, "%02x", bits >> shift & 0xff));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }
}
