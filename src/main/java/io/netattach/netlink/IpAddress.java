package io.netattach.netlink;

import inet.ipaddr.AddressStringException;
import inet.ipaddr.IPAddressString;
import inet.ipaddr.IPAddressStringParameters;
import inet.ipaddr.IncompatibleAddressException;
import inet.ipaddr.ipv4.IPv4Address;
import inet.ipaddr.ipv6.IPv6Address;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address.
 *
 * @param isV6 the family
 * @param high the first eight bytes of an IPv6 address; 0 for IPv4
 * @param low the last eight bytes of an IPv6 address, or the four of IPv4
 */
public record IpAddress(boolean isV6, long high, long low) implements Comparable<IpAddress> {
  /** Only what {@code ip} itself accepts without doubt: no ranges, short forms, octal or zones. */
  private static final IPAddressStringParameters STRICT =
      new IPAddressStringParameters.Builder()
          .allowEmpty(false)
          .allowAll(false)
          .allowSingleSegment(false)
          .allowWildcardedSeparator(false)
          .allowMask(false)
          .allowPrefix(false)
          .setRangeOptions(inet.ipaddr.AddressStringParameters.RangeParameters.NO_RANGE)
          .getIPv4AddressParametersBuilder()
          .allow_inet_aton(false)
          .allowLeadingZeros(false)
          .allowBinary(false)
          .getParentBuilder()
          .getIPv6AddressParametersBuilder()
          .allowZone(false)
          .allowBase85(false)
          .allowBinary(false)
          .getParentBuilder()
          .toParams();

  private static final String DECIMAL = "(0|[1-9][0-9]{0,2})";

  /**
   * What the library is asked at all: it trims blanks and zero bytes, takes groups of five digits,
   * and behind a colon also short and octal forms of IPv4.
   */
  private static final Pattern SHAPE =
      Pattern.compile(
          "([0-9A-Fa-f]{0,4}:){0,8}([0-9A-Fa-f]{0,4}|" + DECIMAL + "(\\." + DECIMAL + "){3})");

  public IpAddress {
    if (!isV6 && (high != 0 || low < 0 || low > 0xffff_ffffL)) {
      throw new IllegalArgumentException("an IPv4 address has 32 bits");
    }
  }

  /**
   * Reads an address, such as {@code 10.10.0.1} or {@code fd00:10::1}.
   *
   * @throws IllegalArgumentException with a sentence when the text is something else
   */
  public static IpAddress of(String text) {
    try {
      inet.ipaddr.IPAddress address =
          SHAPE.matcher(text).matches() ? new IPAddressString(text, STRICT).toAddress() : null;
      if (address != null && !address.isMultiple() && !address.isPrefixed()) {
        return ofBytes(address.getBytes());
      }
    } catch (AddressStringException | IncompatibleAddressException e) {
      // Told below, in words that do not depend on the library's.
    }
    throw new IllegalArgumentException(
        "\"" + text + "\" is not an IP address; write one such as 10.10.0.1 or fd00:10::1");
  }

  /** The address that four or sixteen bytes in network order are. */
  static IpAddress ofBytes(byte[] bytes) {
    if (bytes.length != 4 && bytes.length != 16) {
      throw NetlinkException.because(
          "read a netlink message", "an IP address of " + bytes.length + " bytes");
    }
    long high = 0;
    long low = 0;
    for (byte b : bytes) {
      high = bytes.length == 16 ? high << 8 | low >>> 56 : 0;
      low = low << 8 | (b & 0xff);
    }
    return new IpAddress(bytes.length == 16, high, low);
  }

  /** 0.0.0.0 or ::. */
  public static IpAddress unspecified(boolean v6) {
    return new IpAddress(v6, 0, 0);
  }

  /** 32 or 128. */
  public int bits() {
    return isV6 ? 128 : 32;
  }

  /** 0.0.0.0 or ::. */
  public boolean isUnspecified() {
    return high == 0 && low == 0;
  }

  /** 127.0.0.0/8 or ::1. */
  public boolean isLoopback() {
    return isV6 ? high == 0 && low == 1 : low >>> 24 == 127;
  }

  /** 224.0.0.0/4 or ff00::/8. */
  public boolean isMulticast() {
    return isV6 ? high >>> 56 == 0xff : low >>> 28 == 0xe;
  }

  /** 169.254.0.0/16 or fe80::/10. */
  public boolean isLinkLocal() {
    return isV6 ? high >>> 54 == 0x3fa : low >>> 16 == 0xa9fe;
  }

  /** An IPv6 address that stands for an IPv4 one, ::ffff:0:0/96 (RFC 4291, 2.5.5.2). */
  public boolean isV4Mapped() {
    return isV6 && high == 0 && low >>> 32 == 0xffff;
  }

  /** The address with all bits behind the first {@code length} set to zero, or to one. */
  IpAddress withHostBits(int length, boolean ones) {
    int host = bits() - length;
    long lowMask = host >= 64 ? -1 : (1L << host) - 1;
    long highMask = host <= 64 ? 0 : host == 128 ? -1 : (1L << (host - 64)) - 1;
    return ones
        ? new IpAddress(isV6, high | highMask, low | lowMask)
        : new IpAddress(isV6, high & ~highMask, low & ~lowMask);
  }

  /** The address one above; empty behind the last one there is. */
  public Optional<IpAddress> next() {
    if (isV6) {
      long nextLow = low + 1;
      long nextHigh = nextLow == 0 ? high + 1 : high;
      return nextLow == 0 && nextHigh == 0
          ? Optional.empty()
          : Optional.of(new IpAddress(true, nextHigh, nextLow));
    }
    return low == 0xffff_ffffL ? Optional.empty() : Optional.of(new IpAddress(false, 0, low + 1));
  }

  /** Four or sixteen bytes in network order. */
  public byte[] bytes() {
    byte[] bytes = new byte[bits() / 8];
    for (int i = 0; i < bytes.length; i++) {
      int shift = bits() - 8 - 8 * i;
      bytes[i] = (byte) (shift >= 64 ? high >>> (shift - 64) : low >>> shift);
    }
    return bytes;
  }

  /** Spelt out, as in {@link IpPrefix}, for these are compared most: a record's own is slower. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof IpAddress address
        && address.isV6 == isV6
        && address.high == high
        && address.low == low;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(high * 31 + low);
  }

  @Override
  public int compareTo(IpAddress other) {
    int byFamily = Boolean.compare(isV6, other.isV6);
    int byHigh = Long.compareUnsigned(high, other.high);
    return byFamily != 0 ? byFamily : byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /** The canonical form: dotted, or as RFC 5952 says. */
  @Override
  public String toString() {
    return isV6
        ? new IPv6Address(bytes()).toCanonicalString()
        : new IPv4Address((int) low).toCanonicalString();
  }
}
