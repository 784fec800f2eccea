package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.AF_INET;
import static io.netattach.netlink.LinuxNetlink.AF_INET6;
import static io.netattach.netlink.LinuxRtnetlink.*;

import org.jspecify.annotations.Nullable;

/**
 * A route, as asked for or as the kernel reports it.
 *
 * @param to its destination
 * @param via the gateway; null for a destination on the link itself
 * @param link the ifindex that it goes through; 0 where it has none, or several hops
 * @param metric 0 to 4294967295; lower wins. The kernel makes 1024 of 0 for IPv6
 * @param table 254 is main, 255 local ({@code RT_TABLE_*}, linux/rtnetlink.h)
 * @param protocol who made it: 2 the kernel, 3 {@code ip}, 4 an administrator ({@code RTPROT_*})
 * @param scope 0 is global, 253 link ({@code RT_SCOPE_*}); always 0 for IPv6
 * @param type 1 is unicast ({@code RTN_*})
 * @param source the preferred source address; null where there is none
 * @param onLink whether the gateway is taken to be on the link whatever the addresses say
 */
public record Route(
    IpPrefix to,
    @Nullable IpAddress via,
    int link,
    long metric,
    int table,
    int protocol,
    int scope,
    int type,
    @Nullable IpAddress source,
    boolean onLink) {
  public static final int TABLE_MAIN = 254;
  public static final int PROTOCOL_KERNEL = 2;
  public static final int PROTOCOL_BOOT = 3;
  public static final int PROTOCOL_STATIC = 4;
  public static final int SCOPE_LINK = 253;
  public static final int TYPE_UNICAST = 1;

  private static final int RTMSG = 12;

  public Route {
    if (metric < 0 || metric > 0xffff_ffffL) {
      throw new IllegalArgumentException("a metric is within 0 to 4294967295, not " + metric);
    }
  }

  /** A route of the main table, without metric, through the gateway if there is one. */
  public static Route unicast(IpPrefix to, @Nullable IpAddress via, int link) {
    int scope = via == null && !to.isV6() ? SCOPE_LINK : 0;
    return new Route(to, via, link, 0, TABLE_MAIN, PROTOCOL_BOOT, scope, TYPE_UNICAST, null, false);
  }

  public Route withMetric(long value) {
    return new Route(to, via, link, value, table, protocol, scope, type, source, onLink);
  }

  public Route withProtocol(int value) {
    return new Route(to, via, link, metric, table, value, scope, type, source, onLink);
  }

  public Route withTable(int value) {
    return new Route(to, via, link, metric, value, protocol, scope, type, source, onLink);
  }

  public Route withScope(int value) {
    return new Route(to, via, link, metric, table, protocol, value, type, source, onLink);
  }

  public Route withOnLink(boolean value) {
    return new Route(to, via, link, metric, table, protocol, scope, type, source, value);
  }

  /** Null for what is not an IP route, for the cache's, and for those of one type of service. */
  static @Nullable Route parse(Message message) {
    int family = message.u8(0);
    int flags = message.u32(8);
    boolean forTos = message.u8(3) != 0;
    if ((family != AF_INET && family != AF_INET6) || (flags & RTM_F_CLONED) != 0 || forTos) {
      return null;
    }
    boolean v6 = family == AF_INET6;
    int length = message.u8(1);
    int table = message.u8(4);
    IpAddress to = IpAddress.unspecified(v6);
    IpAddress via = null;
    IpAddress source = null;
    int link = 0;
    long metric = 0;
    AttributeReader a = message.attributes(RTMSG);
    while (a.next()) {
      switch (a.type()) {
        case RTA_DST -> to = a.address();
        case RTA_GATEWAY -> via = a.address();
        case RTA_OIF -> link = a.u32();
        case RTA_PRIORITY -> metric = a.u32() & 0xffff_ffffL;
        case RTA_TABLE -> table = a.u32();
        case RTA_PREFSRC -> source = a.address();
        default -> {}
      }
    }
    if (length > to.bits() || to.isV6() != v6) {
      throw NetlinkException.because("read a route", "its destination is not an IP prefix");
    }
    return new Route(
        new IpPrefix(to, length),
        via,
        link,
        metric,
        table,
        message.u8(5),
        message.u8(6),
        message.u8(7),
        source,
        (flags & RTNH_F_ONLINK) != 0);
  }

  /** As {@code ip route} writes it, with the number of the link. */
  @Override
  public String toString() {
    return (to.isDefault() ? (to.isV6() ? "::/0" : "default") : to.toString())
        + (via == null ? "" : " via " + via)
        + (link == 0 ? "" : " through link " + link)
        + (metric == 0 ? "" : " metric " + metric)
        + (onLink ? " onlink" : "");
  }
}
