package io.netattach.netlink;

/**
 * What a {@link Route} says of the packets that take it; the metric that orders routes is another
 * thing.
 *
 * @param mtu the largest packet in bytes; 0 for that of the link. The kernel makes 65520 of more
 * @param mtuLocked whether path MTU discovery may not lower it
 * @param advmss the largest segment that TCP asks the other side to send, in bytes; 0 for what
 *     follows from the MTU. The kernel makes 65495 of more
 */
public record RouteMetrics(int mtu, boolean mtuLocked, int advmss) {
  /** Nothing said. */
  public static final RouteMetrics NONE = new RouteMetrics(0, false, 0);

  public RouteMetrics {
    if (mtu < 0 || advmss < 0) {
      throw new IllegalArgumentException(
          "an MTU or a segment has bytes above 0, or 0 for not said, not " + Math.min(mtu, advmss));
    }
  }

  /** An MTU in bytes, which path MTU discovery may lower; 0 for that of the link. */
  public static RouteMetrics ofMtu(int mtu) {
    return new RouteMetrics(mtu, false, 0);
  }

  /** With that segment size in bytes; 0 for what follows from the MTU. */
  public RouteMetrics withAdvmss(int value) {
    return new RouteMetrics(mtu, mtuLocked, value);
  }

  /** As {@code ip route} writes it; empty for nothing. */
  @Override
  public String toString() {
    return (mtu == 0 && !mtuLocked ? "" : " mtu " + (mtuLocked ? "lock " : "") + mtu)
        + (advmss == 0 ? "" : " advmss " + advmss);
  }
}
