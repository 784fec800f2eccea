package io.netattach.netlink;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which routes to list: those that agree in all that is given here. The kernel itself leaves out
 * others by family, table, protocol and link (Linux 4.20); the rest is compared here.
 *
 * @param family IPv4, IPv6 or both
 * @param table 254 is main; 0 for every table
 * @param protocol who made it ({@code RTPROT_*}); 0 for anybody
 * @param link the ifindex that it goes through, by one hop at least; 0 for any
 * @param to the exact destination; null for any
 * @param via the gateway, of one hop at least; null for any
 * @param source the preferred source address; null for any
 */
public record RouteFilter(
    IpFamily family,
    int table,
    int protocol,
    int link,
    @Nullable IpPrefix to,
    @Nullable IpAddress via,
    @Nullable IpAddress source) {
  /** All routes of all tables. */
  public static final RouteFilter ALL = new RouteFilter(IpFamily.ANY, 0, 0, 0, null, null, null);

  public RouteFilter {
    Objects.requireNonNull(family, "family");
    if (protocol < 0 || protocol > 255) {
      throw new IllegalArgumentException(
          "a protocol is within 1 to 255, or 0 for any, not " + protocol);
    }
    if (link < 0) {
      throw new IllegalArgumentException("an ifindex is above 0, or 0 for any, not " + link);
    }
  }

  /** Those of a table, 254 for main. */
  public static RouteFilter ofTable(int table) {
    return ALL.withTable(table);
  }

  /** Only of that family. */
  public RouteFilter withFamily(IpFamily value) {
    return new RouteFilter(value, table, protocol, link, to, via, source);
  }

  /** Only of that table; 0 for every one. */
  public RouteFilter withTable(int value) {
    return new RouteFilter(family, value, protocol, link, to, via, source);
  }

  /** Only made by that protocol, 1 to 255; 0 for any. */
  public RouteFilter withProtocol(int value) {
    return new RouteFilter(family, table, value, link, to, via, source);
  }

  /** Only through the link with that ifindex; 0 for any. */
  public RouteFilter withLink(int value) {
    return new RouteFilter(family, table, protocol, value, to, via, source);
  }

  /** Only to exactly that destination; null for any. */
  public RouteFilter withTo(@Nullable IpPrefix value) {
    return new RouteFilter(family, table, protocol, link, value, via, source);
  }

  /** Only over that gateway; null for any. */
  public RouteFilter withVia(@Nullable IpAddress value) {
    return new RouteFilter(family, table, protocol, link, to, value, source);
  }

  /** Only that prefer that source address; null for any. */
  public RouteFilter withSource(@Nullable IpAddress value) {
    return new RouteFilter(family, table, protocol, link, to, via, value);
  }

  /** Whether it lets routes of that family through. */
  boolean takes(boolean v6) {
    return family == IpFamily.ANY || (family == IpFamily.V6) == v6;
  }

  boolean accepts(Route route) {
    return takes(route.to().isV6())
        && (table == 0 || route.table() == table)
        && (protocol == 0 || route.protocol() == protocol)
        && (link == 0
            || route.link() == link
            || route.hops().stream().anyMatch(hop -> hop.link() == link))
        && (to == null || route.to().equals(to))
        && (via == null
            || via.equals(route.via())
            || route.hops().stream().anyMatch(hop -> via.equals(hop.via())))
        && (source == null || source.equals(route.source()));
  }
}
