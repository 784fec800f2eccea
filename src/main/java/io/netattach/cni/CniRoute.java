package io.netattach.cni;

import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import org.jspecify.annotations.Nullable;

/**
 * A route of a result. What is not told by a number is 0; all behind {@code gw} is written from
 * 1.1.0 on.
 *
 * @param dst the network that it leads to
 * @param gw the gateway; null for that of the interface's address, or none
 * @param mtu bytes, of packets along it; 0 for the interface's
 * @param advmss the segment size that TCP advertises, in bytes; 0 for what the kernel derives
 * @param priority the metric, 0 to 4294967295: lower wins
 * @param table the kernel's routing table; null for main
 * @param scope {@code RT_SCOPE_*} of linux/rtnetlink.h: 0 is global, 253 link, 254 host; null for
 *     the usual one
 */
public record CniRoute(
    IpPrefix dst,
    @Nullable IpAddress gw,
    int mtu,
    int advmss,
    long priority,
    @Nullable Integer table,
    @Nullable Integer scope) {

  private static final int MAX_SCOPE = 255;

  public CniRoute {
    if (!dst.isNetwork()) {
      throw new IllegalArgumentException(
          dst + " is an address, not a network; write " + dst.network());
    }
    if (gw != null && gw.isV6() != dst.isV6()) {
      throw new IllegalArgumentException("gateway " + gw + " is of another family than " + dst);
    }
    if (mtu < 0 || advmss < 0) {
      throw new IllegalArgumentException("neither an MTU nor an advmss is negative");
    }
    if (priority < 0 || priority > 0xffff_ffffL) {
      throw new IllegalArgumentException("a priority is within 0 to 4294967295, not " + priority);
    }
    if (table != null && table < 0) {
      throw new IllegalArgumentException("a table is not negative");
    }
    if (scope != null && (scope < 0 || scope > MAX_SCOPE)) {
      throw new IllegalArgumentException("a scope is within 0 to 255, not " + scope);
    }
  }

  /** A route to a network, through the gateway if there is one. */
  public static CniRoute of(IpPrefix dst, @Nullable IpAddress gw) {
    return new CniRoute(dst, gw, 0, 0, 0, null, null);
  }
}
