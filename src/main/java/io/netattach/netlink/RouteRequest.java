package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

/**
 * A request about a route, as {@code ip route} makes them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class RouteRequest extends Request {
  /** What {@link #MAX_BYTES} has room for, at 32 bytes each. */
  private static final int MAX_HOPS = 200;

  private final int addressFamily;
  private final int prefixLength;
  private final int table;
  private final int protocol;
  private final int scope;
  private final int routeType;
  private final int routeFlags;
  private int sourceLength;

  private RouteRequest(int type, int flags, Route route, String verb) {
    super(type, flags, verb, "route", route);
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
    IpAddress via = route.via();
    if (via != null) {
      add(w -> writeVia(w, route, via));
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
    if (!route.metrics().equals(RouteMetrics.NONE)) {
      add(w -> writeMetrics(w, route.metrics()));
    }
    if (route.hops().size() > MAX_HOPS) {
      throw new IllegalArgumentException(
          "a request has room for " + MAX_HOPS + " hops, not " + route.hops().size());
    }
    if (!route.hops().isEmpty()) {
      add(w -> writeHops(w, route));
    }
  }

  private static void writeVia(MessageWriter w, Route route, IpAddress via) {
    byte[] bytes = via.bytes();
    if (via.isV6() == route.to().isV6()) {
      w.attribute(RTA_GATEWAY, bytes);
    } else {
      w.via(RTA_VIA, AF_INET6, bytes);
    }
  }

  private static void writeMetrics(MessageWriter w, RouteMetrics metrics) {
    int start = w.open(RTA_METRICS);
    if (metrics.mtuLocked()) {
      w.u32(RTAX_LOCK, 1 << RTAX_MTU);
    }
    if (metrics.mtu() != 0) {
      w.u32(RTAX_MTU, metrics.mtu());
    }
    if (metrics.advmss() != 0) {
      w.u32(RTAX_ADVMSS, metrics.advmss());
    }
    w.close(start);
  }

  private static void writeHops(MessageWriter w, Route route) {
    int start = w.open(RTA_MULTIPATH);
    for (RouteHop hop : route.hops()) {
      int hopStart = w.openHop(hop.onLink() ? RTNH_F_ONLINK : 0, hop.weight(), hop.link());
      IpAddress via = hop.via();
      if (via != null) {
        writeVia(w, route, via);
      }
      w.close(hopStart);
    }
    w.close(start);
  }

  private RouteRequest(int family, int prefixLength, int protocol, int flags, Object... words) {
    super(RTM_GETROUTE, 0, words);
    this.addressFamily = family;
    this.prefixLength = prefixLength;
    this.table = 0;
    this.protocol = protocol;
    this.scope = 0;
    this.routeType = 0;
    this.routeFlags = flags;
  }

  static RouteRequest dump(boolean v6, RouteFilter filter) {
    int table = filter.table();
    int link = filter.link();
    RouteRequest request =
        new RouteRequest(v6 ? AF_INET6 : AF_INET, 0, filter.protocol(), 0, "list routes");
    if (table != 0) {
      request.say("of table", Integer.toUnsignedLong(table));
      request.add(w -> w.u32(RTA_TABLE, table));
    }
    if (link != 0) {
      request.say("through link", link);
      request.add(w -> w.u32(RTA_OIF, link));
    }
    return request;
  }

  static RouteRequest get(RouteLookup lookup) {
    boolean v6 = lookup.to().isV6();
    // IPv6 always tells the table, and refuses the flag that asks for it.
    int flags = (lookup.entry() ? RTM_F_FIB_MATCH : 0) | (v6 ? 0 : RTM_F_LOOKUP_TABLE);
    IpAddress from = lookup.from();
    RouteRequest request =
        new RouteRequest(
            v6 ? AF_INET6 : AF_INET, lookup.to().bits(), 0, flags, "get the route to", lookup);
    request.sourceLength = from == null ? 0 : from.bits();
    request.add(w -> w.attribute(RTA_DST, lookup.to().bytes()));
    if (from != null) {
      request.add(w -> w.attribute(RTA_SRC, from.bytes()));
    }
    if (lookup.iif() != 0) {
      request.add(w -> w.u32(RTA_IIF, lookup.iif()));
    }
    if (lookup.oif() != 0) {
      request.add(w -> w.u32(RTA_OIF, lookup.oif()));
    }
    if (lookup.mark() != 0) {
      request.add(w -> w.u32(RTA_MARK, (int) lookup.mark()));
    }
    return request;
  }

  /** Adds a route; {@code EEXIST} when one with the same destination and metric is there. */
  public static RouteRequest add(Route route) {
    return new RouteRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, "add");
  }

  /**
   * Adds a route beside those with the same destination and metric: an IPv4 one behind them, an
   * IPv6 one with a gateway as one more hop.
   */
  public static RouteRequest append(Route route) {
    return new RouteRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, route, "append");
  }

  /**
   * Adds a route or puts it in the place of one with the same destination and metric, whoever made
   * that one; for IPv6 all hops of a multipath route go.
   */
  public static RouteRequest replace(Route route) {
    return new RouteRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route, "replace");
  }

  /**
   * Removes the route that agrees in every field; {@code ESRCH} when it is not there. A metric of 0
   * agrees with any: of IPv4 routes that differ in it only, the one with the lowest goes.
   */
  public static RouteRequest delete(Route route) {
    return new RouteRequest(RTM_DELROUTE, 0, route, "delete");
  }

  @Override
  void writeFixed(MessageWriter writer) {
    // struct rtmsg; a table above 255 is in RTA_TABLE only
    writer.fixed(
        (byte) addressFamily,
        (byte) prefixLength,
        (byte) sourceLength,
        (byte) 0,
        (byte) (table > 255 || table < 0 ? 0 : table),
        (byte) protocol,
        (byte) scope,
        (byte) routeType);
    writer.fixedInt(routeFlags);
  }
}
