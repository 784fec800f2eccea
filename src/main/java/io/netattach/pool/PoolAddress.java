package io.netattach.pool;

import inet.ipaddr.ipv6.IPv6Address;
import io.netattach.api.AddressBlockSpec;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Locale;

/**
 * An IP address as a number that others come before and after; those of IPv4 come before those of
 * IPv6.
 *
 * @param bits 32 or 128, by which the families are told apart
 */
record PoolAddress(BigInteger number, int bits) implements Comparable<PoolAddress> {
  static final int IPV4_BITS = 32;

  private static final int IPV6_BITS = 128;

  private static final int HEXADECIMAL = 16;

  private static final int BLOCK_BITS = Integer.numberOfTrailingZeros(AddressBlockSpec.SIZE);

  /**
   * Reads an address without a prefix length.
   *
   * @throws IllegalArgumentException where it is none
   */
  static PoolAddress parse(String text) {
    byte[] bytes = InetAddress.ofLiteral(text).getAddress();
    return new PoolAddress(new BigInteger(1, bytes), bytes.length * Byte.SIZE);
  }

  PoolAddress plus(long distance) {
    return new PoolAddress(number.add(BigInteger.valueOf(distance)), bits);
  }

  /** How far another is before this one. */
  BigInteger minus(PoolAddress other) {
    return number.subtract(other.number);
  }

  /** The lowest address of its block. */
  PoolAddress block() {
    return new PoolAddress(number.shiftRight(BLOCK_BITS).shiftLeft(BLOCK_BITS), bits);
  }

  /** Where it is in its block, from 0. */
  int place() {
    return number.intValue() & (AddressBlockSpec.SIZE - 1);
  }

  /** All digits in hexadecimal, which a name can hold. */
  String digits() {
    return String.format(Locale.ROOT, "%0" + bits / 4 + "x", number);
  }

  /**
   * The address of {@link #digits}.
   *
   * @throws IllegalArgumentException where they are none
   */
  static PoolAddress ofDigits(String digits) {
    int bits = digits.length() * 4;
    if (bits != IPV4_BITS && bits != IPV6_BITS) {
      throw new IllegalArgumentException(digits + " are not the digits of an address");
    }
    return new PoolAddress(new BigInteger(digits, HEXADECIMAL), bits);
  }

  boolean isIpv4() {
    return bits == IPV4_BITS;
  }

  @Override
  public int compareTo(PoolAddress other) {
    return bits != other.bits ? Integer.compare(bits, other.bits) : number.compareTo(other.number);
  }

  /** In canonical form, RFC 5952 for IPv6. */
  @Override
  public String toString() {
    if (isIpv4()) {
      long value = number.longValue();
      return (value >> 24)
          + "."
          + (value >> 16 & 255)
          + "."
          + (value >> 8 & 255)
          + "."
          + (value & 255);
    }
    return new IPv6Address(number).toCanonicalString();
  }
}
