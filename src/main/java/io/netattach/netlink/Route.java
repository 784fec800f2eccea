package io.netattach.netlink;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A route, as asked for or as the kernel reports it.
 *
 * @param to its destination
 * @param via the gateway, for an IPv4 route also an IPv6 one (Linux 5.2); null for a destination on
 *     the link itself, and where there are several hops
 * @param link the ifindex that it goes through; 0 where it has none, or several hops. For an IPv6
 *     route that refuses, the kernel says that of {@code lo}
 * @param metric 0 to 4294967295; lower wins. The kernel makes 1024 of 0 for IPv6
 * @param table 254 is main, 255 local ({@code RT_TABLE_*}, linux/rtnetlink.h); above 2147483647 as
 *     the int of the same bits
 * @param protocol who made it: 2 the kernel, 3 {@code ip}, 4 an administrator ({@code RTPROT_*})
 * @param scope 0 is global, 253 link ({@code RT_SCOPE_*}); always 0 for IPv6
 * @param type 1 is unicast, others are here by name ({@code RTN_*})
 * @param source the preferred source address; null where there is none
 * @param onLink whether the gateway is taken to be on the link whatever the addresses say
 * @param metrics what holds for packets that take it
 * @param hops its hops where there are several, then two at least; otherwise empty
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
    boolean onLink,
    RouteMetrics metrics,
    List<RouteHop> hops) {
  public static final int TABLE_MAIN = 254;
  public static final int PROTOCOL_KERNEL = 2;
  public static final int PROTOCOL_BOOT = 3;
  public static final int PROTOCOL_STATIC = 4;

  /** {@code IP6_RT_PRIO_USER} (linux/ipv6_route.h): what the kernel makes of a metric of 0. */
  public static final long IPV6_DEFAULT_METRIC = 1024;

  public static final int SCOPE_LINK = 253;
  public static final int SCOPE_HOST = 254;
  public static final int TYPE_UNICAST = 1;

  /** Packets are for this machine. */
  public static final int TYPE_LOCAL = 2;

  /** Packets are dropped in silence; a local sender gets EINVAL. */
  public static final int TYPE_BLACKHOLE = 6;

  /** Packets are answered with "host unreachable"; a local sender gets EHOSTUNREACH. */
  public static final int TYPE_UNREACHABLE = 7;

  /** Packets are answered with "prohibited"; a local sender gets EACCES. */
  public static final int TYPE_PROHIBIT = 8;

  /** The look-up in this table ends here, and the next rule's turn comes. */
  public static final int TYPE_THROW = 9;

  public Route {
    if (metric < 0 || metric > 0xffff_ffffL) {
      throw new IllegalArgumentException("a metric is within 0 to 4294967295, not " + metric);
    }
    checkByte("protocol", protocol);
    checkByte("scope", scope);
    checkByte("type", type);
    hops = List.copyOf(hops);
    if (hops.size() == 1 || (!hops.isEmpty() && (via != null || link != 0))) {
      throw new IllegalArgumentException(
          "a route has either a gateway and a link of its own, or two hops at least");
    }
    Objects.requireNonNull(metrics, "metrics");
    if (source != null && source.isV6() != to.isV6()) {
      throw new IllegalArgumentException(
          "a route to " + to + " cannot prefer source " + source + "; write one of its family");
    }
    checkVia(to, via);
    for (RouteHop hop : hops) {
      checkVia(to, hop.via());
    }
  }

  private static void checkByte(String name, int value) {
    if (value < 0 || value > 255) {
      throw new IllegalArgumentException("a route's " + name + " is within 0 to 255, not " + value);
    }
  }

  private static void checkVia(IpPrefix to, @Nullable IpAddress via) {
    if (to.isV6() && via != null && !via.isV6()) {
      throw new IllegalArgumentException(
          "an IPv6 route cannot go via " + via + "; write an IPv6 gateway");
    }
  }

  /** A route with one hop at most, and nothing said of its packets. */
  public Route(
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
    this(
        to,
        via,
        link,
        metric,
        table,
        protocol,
        scope,
        type,
        source,
        onLink,
        RouteMetrics.NONE,
        List.of());
  }

  /** A route of the main table, without metric, through the gateway if there is one. */
  public static Route unicast(IpPrefix to, @Nullable IpAddress via, int link) {
    int scope = via == null && !to.isV6() ? SCOPE_LINK : 0;
    return new Route(to, via, link, 0, TABLE_MAIN, PROTOCOL_BOOT, scope, TYPE_UNICAST, null, false);
  }

  /** A route of the main table over several hops. */
  public static Route multipath(IpPrefix to, List<RouteHop> hops) {
    return new Route(
        to,
        null,
        0,
        0,
        TABLE_MAIN,
        PROTOCOL_BOOT,
        0,
        TYPE_UNICAST,
        null,
        false,
        RouteMetrics.NONE,
        hops);
  }

  /**
   * A route of the main table that leads nowhere.
   *
   * @param type one of {@link #TYPE_BLACKHOLE}, {@link #TYPE_UNREACHABLE}, {@link #TYPE_PROHIBIT}
   *     and {@link #TYPE_THROW}
   */
  public static Route refusing(int type, IpPrefix to) {
    if (type < TYPE_BLACKHOLE || type > TYPE_THROW) {
      throw new IllegalArgumentException(
          "type " + type + " leads somewhere; write one of 6 (blackhole) to 9 (throw)");
    }
    return new Route(to, null, 0, 0, TABLE_MAIN, PROTOCOL_BOOT, 0, type, null, false);
  }

  /** A route of the local table that makes this machine take packets to all these addresses. */
  public static Route local(IpPrefix to, int link) {
    int scope = to.isV6() ? 0 : SCOPE_HOST;
    return new Route(to, null, link, 0, 255, PROTOCOL_BOOT, scope, TYPE_LOCAL, null, false);
  }

  /** With that metric, 0 to 4294967295; lower wins. */
  public Route withMetric(long value) {
    return new Route(
        to, via, link, value, table, protocol, scope, type, source, onLink, metrics, hops);
  }

  /** In that table; 254 is main, and above 2147483647 it is the int of the same bits. */
  public Route withTable(int value) {
    return new Route(
        to, via, link, metric, value, protocol, scope, type, source, onLink, metrics, hops);
  }

  /** Made by that protocol, 0 to 255 ({@code RTPROT_*}). */
  public Route withProtocol(int value) {
    return new Route(
        to, via, link, metric, table, value, scope, type, source, onLink, metrics, hops);
  }

  /** With that scope, 0 to 255 ({@code RT_SCOPE_*}); IPv6 heeds none. */
  public Route withScope(int value) {
    return new Route(
        to, via, link, metric, table, protocol, value, type, source, onLink, metrics, hops);
  }

  /** That prefers that source address, one of this machine; null for none. */
  public Route withSource(@Nullable IpAddress value) {
    return new Route(
        to, via, link, metric, table, protocol, scope, type, value, onLink, metrics, hops);
  }

  /** Whether the gateway is taken to be on the link whatever the addresses say. */
  public Route withOnLink(boolean value) {
    return new Route(
        to, via, link, metric, table, protocol, scope, type, source, value, metrics, hops);
  }

  /** With what holds for packets that take it. */
  public Route withMetrics(RouteMetrics value) {
    return new Route(
        to, via, link, metric, table, protocol, scope, type, source, onLink, value, hops);
  }

  /** Null for what is not an IP route, for the cache's, and for those that few packets take. */
  static @Nullable Route parse(Message message) {
    return RouteParser.parse(message);
  }

  /** Spelt out, as in {@link IpAddress}. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Route route
        && link == route.link
        && metric == route.metric
        && table == route.table
        && protocol == route.protocol
        && scope == route.scope
        && type == route.type
        && onLink == route.onLink
        && to.equals(route.to)
        && Objects.equals(via, route.via)
        && Objects.equals(source, route.source)
        && (metrics == route.metrics || metrics.equals(route.metrics))
        && hops.equals(route.hops);
  }

  @Override
  public int hashCode() {
    return Objects.hash(to, via, link, metric, table);
  }

  /** As {@code ip route} writes it, with the number of the link. */
  @Override
  public String toString() {
    StringBuilder words = new StringBuilder(typeWord());
    words.append(to.isDefault() ? (to.isV6() ? "::/0" : "default") : to);
    if (via != null) {
      words.append(via.isV6() == to.isV6() ? " via " : " via inet6 ").append(via);
    }
    words
        .append(link == 0 ? "" : " through link " + link)
        .append(metric == 0 ? "" : " metric " + metric)
        .append(onLink ? " onlink" : "")
        .append(metrics);
    hops.forEach(hop -> words.append(' ').append(hop));
    return words.toString();
  }

  private String typeWord() {
    return switch (type) {
      case TYPE_LOCAL -> "local ";
      case TYPE_BLACKHOLE -> "blackhole ";
      case TYPE_UNREACHABLE -> "unreachable ";
      case TYPE_PROHIBIT -> "prohibit ";
      case TYPE_THROW -> "throw ";
      default -> "";
    };
  }
}
