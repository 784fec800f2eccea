package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

/**
 * A request about a route, as {@code ip route} makes them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class RouteRequest extends Request {
  private final int addressFamily;
  private final int prefixLength;
  private final int table;
  private final int protocol;
  private final int scope;
  private final int routeType;
  private final int routeFlags;

  private RouteRequest(int type, int flags, Route route, String words) {
    super(type, flags, words);
    this.addressFamily = route.to().isV6() ? AF_INET6 : AF_INET;
    this.prefixLength = route.to().length();
    this.table = route.table();
    this.protocol = route.protocol();
    this.scope = route.scope();
    this.routeType = route.type();
    this.routeFlags = route.onLink() ? RTNH_F_ONLINK : 0;
    byte[] to = route.to().address().bytes();
    if (route.to().length() > 0) {
      add(w -> w.attribute(RTA_DST, to));
    }
    if (route.via() != null) {
      byte[] via = route.via().bytes();
      add(w -> w.attribute(RTA_GATEWAY, via));
    }
    if (route.link() != 0) {
      add(w -> w.u32(RTA_OIF, route.link()));
    }
    if (route.metric() != 0) {
      add(w -> w.u32(RTA_PRIORITY, (int) route.metric()));
    }
    if (route.source() != null) {
      byte[] source = route.source().bytes();
      add(w -> w.attribute(RTA_PREFSRC, source));
    }
    add(w -> w.u32(RTA_TABLE, table));
  }

  private RouteRequest(int family, String words) {
    super(RTM_GETROUTE, 0, words);
    this.addressFamily = family;
    this.prefixLength = 0;
    this.table = 0;
    this.protocol = 0;
    this.scope = 0;
    this.routeType = 0;
    this.routeFlags = 0;
  }

  static RouteRequest dump(boolean v6, int table, int link) {
    RouteRequest request =
        new RouteRequest(
            v6 ? AF_INET6 : AF_INET,
            "list routes of table " + table + (link == 0 ? "" : " through link " + link));
    request.add(w -> w.u32(RTA_TABLE, table));
    if (link != 0) {
      request.add(w -> w.u32(RTA_OIF, link));
    }
    return request;
  }

  /** Adds a route; {@code EEXIST} when one with the same destination and metric is there. */
  public static RouteRequest add(Route route) {
    return new RouteRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, "add route " + route);
  }

  /**
   * Adds a route beside those with the same destination and metric: an IPv4 one behind them, an
   * IPv6 one with a gateway as one more hop.
   */
  public static RouteRequest append(Route route) {
    return new RouteRequest(
        RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, route, "append route " + route);
  }

  /**
   * Adds a route or puts it in the place of one with the same destination and metric, whoever made
   * that one; for IPv6 all hops of a multipath route go.
   */
  public static RouteRequest replace(Route route) {
    return new RouteRequest(
        RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route, "replace route " + route);
  }

  /**
   * Removes the route that agrees in every field; {@code ESRCH} when it is not there. A metric of 0
   * agrees with any: of IPv4 routes that differ in it only, the one with the lowest goes.
   */
  public static RouteRequest delete(Route route) {
    return new RouteRequest(RTM_DELROUTE, 0, route, "delete route " + route);
  }

  @Override
  void writeFixed(MessageWriter writer) {
    // struct rtmsg; a table above 255 is in RTA_TABLE only
    writer.fixed(
        (byte) addressFamily,
        (byte) prefixLength,
        (byte) 0,
        (byte) 0,
        (byte) (table > 255 ? 0 : table),
        (byte) protocol,
        (byte) scope,
        (byte) routeType);
    writer.fixedInt(routeFlags);
  }
}
