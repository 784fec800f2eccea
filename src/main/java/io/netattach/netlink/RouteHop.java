package io.netattach.netlink;

import org.jspecify.annotations.Nullable;

/**
 * One of the several hops of a multipath {@link Route}.
 *
 * @param via the gateway, for an IPv4 route also an IPv6 one; null for the link itself
 * @param link the ifindex; 0 lets the kernel find the link of the gateway, for IPv4 only
 * @param weight 1 to 256: its share of the traffic, relative to the other hops' weights
 * @param onLink whether the gateway is taken to be on the link whatever the addresses say
 */
public record RouteHop(@Nullable IpAddress via, int link, int weight, boolean onLink) {
  public RouteHop {
    if (weight < 1 || weight > 256) {
      throw new IllegalArgumentException("a weight is within 1 to 256, not " + weight);
    }
    if (link < 0) {
      throw new IllegalArgumentException("an ifindex is above 0, or 0 for none, not " + link);
    }
  }

  /** A hop with a weight of 1. */
  public static RouteHop of(@Nullable IpAddress via, int link) {
    return new RouteHop(via, link, 1, false);
  }

  /** With that weight, 1 to 256. */
  public RouteHop withWeight(int value) {
    return new RouteHop(via, link, value, onLink);
  }

  /** As {@code ip route} writes it, with the number of the link. */
  @Override
  public String toString() {
    return "nexthop"
        + (via == null ? "" : " via " + via)
        + (link == 0 ? "" : " through link " + link)
        + " weight "
        + weight
        + (onLink ? " onlink" : "");
  }
}
