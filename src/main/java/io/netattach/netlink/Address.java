package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.AF_INET;
import static io.netattach.netlink.LinuxNetlink.AF_INET6;
import static io.netattach.netlink.LinuxRtnetlink.*;

import org.jspecify.annotations.Nullable;

/**
 * An address of a link as the kernel reports it.
 *
 * @param link the ifindex
 * @param local the address itself with the prefix length of its network
 * @param remote the other end's address on a point-to-point link; otherwise the address itself
 * @param label IPv4 only; empty where there is none
 * @param scope 0 is global, 253 link, 254 host ({@code RT_SCOPE_*}, linux/rtnetlink.h)
 * @param flags {@code IFA_F_*} of linux/if_addr.h
 * @param protocol who added it; 0 for unknown, and always before Linux 5.18
 */
public record Address(
    int link, IpPrefix local, IpAddress remote, String label, int scope, int flags, int protocol) {
  /** No duplicate address detection. */
  public static final int IFA_F_NODAD = 0x02;

  /** Duplicate address detection found another one: the address is not used. */
  public static final int IFA_F_DADFAILED = 0x08;

  /** No new connection uses the address: its preferred lifetime is over. */
  public static final int IFA_F_DEPRECATED = 0x20;

  /** Duplicate address detection is under way. */
  public static final int IFA_F_TENTATIVE = 0x40;

  /** Without lifetime. */
  public static final int IFA_F_PERMANENT = 0x80;

  /** {@code RT_SCOPE_LINK}. */
  public static final int SCOPE_LINK = 253;

  private static final int IFADDRMSG = 8;

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Null for a family that has no IP addresses. */
  static @Nullable Address parse(Message message) {
    int family = message.u8(0);
    if (family != AF_INET && family != AF_INET6) {
      return null;
    }
    int length = message.u8(1);
    int flags = message.u8(2);
    int scope = message.u8(3);
    int index = message.u32(4);
    IpAddress local = null;
    IpAddress remote = null;
    String label = "";
    int protocol = 0;
    AttributeReader a = message.attributes(IFADDRMSG);
    while (a.next()) {
      switch (a.type()) {
        case IFA_ADDRESS -> remote = a.address();
        case IFA_LOCAL -> local = a.address();
        case IFA_LABEL -> label = a.text();
        case IFA_FLAGS -> flags = a.u32();
        case IFA_PROTO -> protocol = a.u8();
        default -> {}
      }
    }
    // IPv6 has no IFA_LOCAL unless the link is point-to-point.
    IpAddress own = local != null ? local : remote;
    if (own == null || length > own.bits()) {
      throw NetlinkException.because("read an address", "it has no valid address and length");
    }
    IpAddress other = remote != null ? remote : own;
    return new Address(index, new IpPrefix(own, length), other, label, scope, flags, protocol);
  }
}
