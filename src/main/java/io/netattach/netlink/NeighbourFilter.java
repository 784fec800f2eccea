package io.netattach.netlink;

import java.util.Objects;

/**
 * Which neighbours to list; the kernel leaves out the others.
 *
 * @param family IPv4, IPv6 or both
 * @param link the ifindex of their link; 0 for every link
 * @param master the ifindex of the bridge, or other master, that their link belongs to; 0 for any
 * @param proxies whether to list those that this machine answers for, instead of real ones: the
 *     kernel keeps them apart and has no list of both. It does not filter them by link before Linux
 *     5.11
 */
public record NeighbourFilter(IpFamily family, int link, int master, boolean proxies) {
  /** All neighbours but proxies. */
  public static final NeighbourFilter ALL = new NeighbourFilter(IpFamily.ANY, 0, 0, false);

  /** All proxies. */
  public static final NeighbourFilter PROXIES = new NeighbourFilter(IpFamily.ANY, 0, 0, true);

  public NeighbourFilter {
    Objects.requireNonNull(family, "family");
    if (link < 0 || master < 0) {
      throw new IllegalArgumentException(
          "an ifindex is above 0, or 0 for any, not " + Math.min(link, master));
    }
  }

  /** Those of a link, of both families, without proxies. */
  public static NeighbourFilter ofLink(int link) {
    return new NeighbourFilter(IpFamily.ANY, link, 0, false);
  }

  /** Those of a master's ports, of both families, without proxies. */
  public static NeighbourFilter ofMaster(int master) {
    return new NeighbourFilter(IpFamily.ANY, 0, master, false);
  }

  @Override
  public String toString() {
    return (family == IpFamily.ANY ? "" : family == IpFamily.V6 ? "IPv6 " : "IPv4 ")
        + (proxies ? "proxies" : "neighbours")
        + (link == 0 ? "" : " of link " + link)
        + (master == 0 ? "" : " of master " + master);
  }
}
