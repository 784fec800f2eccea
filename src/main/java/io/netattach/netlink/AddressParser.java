package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.AF_INET;
import static io.netattach.netlink.LinuxNetlink.AF_INET6;
import static io.netattach.netlink.LinuxRtnetlink.*;

import org.jspecify.annotations.Nullable;

/** Reads the kernel's messages about addresses. */
final class AddressParser {
  private static final int IFADDRMSG = 8;

  private @Nullable IpAddress local;
  private @Nullable IpAddress remote;
  private @Nullable IpAddress broadcast;
  private String label = "";
  private int flags;
  private int protocol;
  private AddressLifetime lifetime = AddressLifetime.UNLIMITED;
  private long metric;

  private AddressParser() {}

  /** Null for a family that has no IP addresses. */
  static @Nullable Address parse(Message message) {
    int family = message.u8(0);
    if (family != AF_INET && family != AF_INET6) {
      return null;
    }
    try {
      return new AddressParser().read(message);
    } catch (IllegalArgumentException e) {
      throw NetlinkException.because("read an address", String.valueOf(e.getMessage()));
    }
  }

  private Address read(Message message) {
    int length = message.u8(1);
    flags = message.u8(2);
    AttributeReader a = message.attributes(IFADDRMSG);
    while (a.next()) {
      readAttribute(a);
    }
    // IPv6 has no IFA_LOCAL unless the link is point-to-point.
    IpAddress own = local != null ? local : remote;
    if (own == null || length > own.bits()) {
      throw NetlinkException.because("read an address", "it has no valid address and length");
    }
    return new Address(
        message.u32(4),
        new IpPrefix(own, length),
        remote != null ? remote : own,
        label,
        message.u8(3),
        flags,
        protocol,
        broadcast,
        lifetime,
        metric);
  }

  private void readAttribute(AttributeReader a) {
    switch (a.type()) {
      case IFA_ADDRESS -> remote = a.address();
      case IFA_LOCAL -> local = a.address();
      case IFA_LABEL -> label = a.text();
      case IFA_BROADCAST -> broadcast = a.address();
      case IFA_FLAGS -> flags = a.u32();
      case IFA_PROTO -> protocol = a.u8();
      case IFA_RT_PRIORITY -> metric = Integer.toUnsignedLong(a.u32());
      // struct ifa_cacheinfo
      case IFA_CACHEINFO ->
          lifetime =
              new AddressLifetime(
                  Integer.toUnsignedLong(a.u32(4)), Integer.toUnsignedLong(a.u32(0)));
      default -> {}
    }
  }
}
