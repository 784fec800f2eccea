package io.netattach.netlink;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An address with a prefix length, as {@code 10.10.0.2/24}: of an interface, with its own address,
 * or of a network, with the bits behind the prefix zero.
 *
 * @param length 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record IpPrefix(IpAddress address, int length) implements Comparable<IpPrefix> {
  public IpPrefix {
    if (length < 0 || length > address.bits()) {
      throw new IllegalArgumentException(
          "a prefix length of " + length + " is not within 0 to " + address.bits());
    }
  }

  /**
   * Reads an address with its prefix length.
   *
   * @throws IllegalArgumentException with a sentence when the text is something else, also when it
   *     has no prefix length
   */
  public static IpPrefix of(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      IpAddress bare = address(text, text);
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" has no prefix length; write one, such as "
              + bare
              + (bare.isV6() ? "/64" : "/24"));
    }
    IpAddress address = address(text, text.substring(0, slash));
    String length = text.substring(slash + 1);
    if (!length.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(length) > address.bits()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" has no valid prefix length; write 0 to " + address.bits());
    }
    return new IpPrefix(address, Integer.parseInt(length));
  }

  private static IpAddress address(String text, String address) {
    try {
      return IpAddress.of(address);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not an IP address with a prefix length; write one such as"
              + " 10.10.0.2/24 or fd00:10::2/64");
    }
  }

  /** A single address as a prefix of full length. */
  public static IpPrefix host(IpAddress address) {
    return new IpPrefix(address, address.bits());
  }

  /** 0.0.0.0/0 or ::/0. */
  public static IpPrefix any(boolean v6) {
    return new IpPrefix(IpAddress.unspecified(v6), 0);
  }

  /** Whether it is IPv6. */
  public boolean isV6() {
    return address.isV6();
  }

  /** Whether this is 0.0.0.0/0 or ::/0, the destination of a default route. */
  public boolean isDefault() {
    return length == 0;
  }

  /** The network that this address is in. */
  public IpPrefix network() {
    return new IpPrefix(address.withHostBits(length, false), length);
  }

  /** Whether no bit behind the prefix is set. */
  public boolean isNetwork() {
    return equals(network());
  }

  /** The IPv4 broadcast address of this network, as the kernel and RFC 919 have it. */
  public IpAddress broadcast() {
    return address.withHostBits(length, true);
  }

  /**
   * The first address of this network that a host can have: of IPv4 the one behind the network's
   * own, of IPv6 the one behind the routers' anycast address (RFC 4291, 2.6.1). Networks of two
   * addresses and single ones have no such address of their own (RFC 3021, RFC 6164).
   */
  public IpAddress firstHost() {
    IpAddress first = address.withHostBits(length, false);
    return hasReserved() ? first.next().orElseThrow() : first;
  }

  /** The last address of this network that a host can have: never the IPv4 broadcast address. */
  public IpAddress lastHost() {
    IpAddress last = address.withHostBits(length, true);
    return hasReserved() && !isV6() ? new IpAddress(false, 0, last.low() - 1) : last;
  }

  private boolean hasReserved() {
    return address.bits() - length > 1;
  }

  /**
   * The next address above one that a host in this network can have; the first where the one given
   * lies below. Empty when the network is used up.
   *
   * @throws IllegalArgumentException when the address is of the other family
   */
  public Optional<IpAddress> nextHost(IpAddress after) {
    if (after.isV6() != isV6()) {
      throw new IllegalArgumentException(
          after + " is not of the family of " + this + "; write an address of its own");
    }
    IpAddress first = firstHost();
    if (after.compareTo(first) < 0) {
      return Optional.of(first);
    }
    return after.next().filter(next -> next.compareTo(lastHost()) <= 0);
  }

  /** Whether the address is in this network; never one of the other family. */
  public boolean contains(IpAddress other) {
    return other.isV6() == isV6()
        && other.withHostBits(length, false).equals(address.withHostBits(length, false));
  }

  /** Whether all of the other network is in this one; never one of the other family. */
  public boolean contains(IpPrefix other) {
    return other.length >= length && contains(other.address);
  }

  /** Whether any address is in both networks. */
  public boolean overlaps(IpPrefix other) {
    return contains(other) || other.contains(this);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof IpPrefix prefix
        && prefix.length == length
        && prefix.address.equals(address);
  }

  @Override
  public int hashCode() {
    return address.hashCode() * 31 + length;
  }

  @Override
  public int compareTo(IpPrefix other) {
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : Integer.compare(length, other.length);
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
