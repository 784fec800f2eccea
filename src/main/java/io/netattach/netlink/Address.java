package io.netattach.netlink;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An address of a link, as asked for or as the kernel reports it.
 *
 * @param link the ifindex
 * @param local the address itself with the prefix length of its network
 * @param remote the other end's address on a point-to-point link; otherwise the address itself
 * @param label IPv4 only, up to 15 bytes; empty where there is none, for which the kernel puts the
 *     link's name
 * @param scope 0 is global, 253 link, 254 host ({@code RT_SCOPE_*}, linux/rtnetlink.h); for IPv6 it
 *     follows from the address
 * @param flags {@code IFA_F_*} of linux/if_addr.h
 * @param protocol who added it; 0 for unknown, and always before Linux 5.18
 * @param broadcast IPv4 only; null for none
 * @param lifetime how long it stays
 * @param metric of the route to its network, 0 to 4294967295; 0 for that of the kernel (Linux 4.18)
 */
public record Address(
    int link,
    IpPrefix local,
    IpAddress remote,
    String label,
    int scope,
    int flags,
    int protocol,
    @Nullable IpAddress broadcast,
    AddressLifetime lifetime,
    long metric) {
  /** No duplicate address detection. */
  public static final int IFA_F_NODAD = 0x02;

  /** Used at once, while duplicate address detection is still under way. */
  public static final int IFA_F_OPTIMISTIC = 0x04;

  /** A mobile node's home address (RFC 6275); IPv6 only. */
  public static final int IFA_F_HOMEADDRESS = 0x10;

  /** Duplicate address detection found another one: the address is not used. */
  public static final int IFA_F_DADFAILED = 0x08;

  /** No new connection uses the address: its preferred lifetime is over. */
  public static final int IFA_F_DEPRECATED = 0x20;

  /** Duplicate address detection is under way. */
  public static final int IFA_F_TENTATIVE = 0x40;

  /** Without lifetime. */
  public static final int IFA_F_PERMANENT = 0x80;

  /**
   * The kernel makes temporary addresses of it (RFC 8981); IPv6 with a prefix length of 64 only.
   */
  public static final int IFA_F_MANAGETEMPADDR = 0x100;

  /** No route to the network comes with the address. */
  public static final int IFA_F_NOPREFIXROUTE = 0x200;

  /** A multicast address whose group the link is to join. */
  public static final int IFA_F_MCAUTOJOIN = 0x400;

  /** {@code RT_SCOPE_LINK}. */
  public static final int SCOPE_LINK = 253;

  public Address {
    Objects.requireNonNull(lifetime, "lifetime");
    if (label.getBytes(StandardCharsets.UTF_8).length > InterfaceName.MAX_BYTES
        || label.indexOf(0) >= 0) {
      throw new IllegalArgumentException(
          "\"" + label + "\" is no label; write one of up to 15 bytes, such as eth0:1");
    }
    if (!label.isEmpty() && local.isV6()) {
      throw new IllegalArgumentException(
          local + " cannot have label \"" + label + "\"; only IPv4 addresses have one");
    }
    if (scope < 0 || scope > 255 || protocol < 0 || protocol > 255) {
      throw new IllegalArgumentException(
          "scope and protocol are within 0 to 255, not " + scope + " and " + protocol);
    }
    if (metric < 0 || metric > 0xffff_ffffL) {
      throw new IllegalArgumentException("a metric is within 0 to 4294967295, not " + metric);
    }
    if (remote.isV6() != local.isV6()
        || (broadcast != null && (broadcast.isV6() || local.isV6()))) {
      throw new IllegalArgumentException(
          local + " has a remote or broadcast address of another family; write one of its own");
    }
  }

  /** One that stays, with the broadcast address of its network where IPv4 has one. */
  public Address(
      int link,
      IpPrefix local,
      IpAddress remote,
      String label,
      int scope,
      int flags,
      int protocol) {
    this(
        link,
        local,
        remote,
        label,
        scope,
        flags,
        protocol,
        !local.isV6() && local.length() < 31 ? local.broadcast() : null,
        AddressLifetime.UNLIMITED,
        0);
  }

  /** One that stays, of global scope, with the broadcast address of its network. */
  public static Address of(int link, IpPrefix local) {
    return new Address(link, local, local.address(), "", 0, 0, 0);
  }

  /**
   * One of a point-to-point link, without broadcast address.
   *
   * @param remote the other end's address; the prefix length is of its network
   */
  public static Address ofPeer(int link, IpPrefix local, IpAddress remote) {
    return new Address(link, local, remote, "", 0, 0, 0, null, AddressLifetime.UNLIMITED, 0);
  }

  /** With that label, of up to 15 bytes, IPv4 only; empty for the name of the link. */
  public Address withLabel(String value) {
    return new Address(
        link, local, remote, value, scope, flags, protocol, broadcast, lifetime, metric);
  }

  /** With that scope, 0 to 255; IPv6 heeds none. */
  public Address withScope(int value) {
    return new Address(
        link, local, remote, label, value, flags, protocol, broadcast, lifetime, metric);
  }

  /** With these flags instead of its own. */
  public Address withFlags(int value) {
    return new Address(
        link, local, remote, label, scope, value, protocol, broadcast, lifetime, metric);
  }

  /** Added by that protocol, 1 to 255; 0 for not said (Linux 5.18). */
  public Address withProtocol(int value) {
    return new Address(
        link, local, remote, label, scope, flags, value, broadcast, lifetime, metric);
  }

  /** With that broadcast address, IPv4 only; null for none. */
  public Address withBroadcast(@Nullable IpAddress value) {
    return new Address(link, local, remote, label, scope, flags, protocol, value, lifetime, metric);
  }

  /** That stays so long. */
  public Address withLifetime(AddressLifetime value) {
    return new Address(
        link, local, remote, label, scope, flags, protocol, broadcast, value, metric);
  }

  /** With that metric of the route to its network, 0 to 4294967295; 0 for the kernel's own. */
  public Address withMetric(long value) {
    return new Address(
        link, local, remote, label, scope, flags, protocol, broadcast, lifetime, value);
  }

  /** Whether it has that flag, {@code IFA_F_*}; of several, one at least. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Null for a family that has no IP addresses. */
  static @Nullable Address parse(Message message) {
    return AddressParser.parse(message);
  }
}
