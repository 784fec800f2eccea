package io.netattach.netlink;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The question by what route a packet would go, as {@code ip route get} asks it: rules of policy
 * routing and all tables count.
 *
 * @param to its destination
 * @param from its source address; null where it has none yet. Without {@code iif}, an address of
 *     this namespace
 * @param iif the ifindex of the link that it came in by; 0 for one that is sent from here
 * @param oif the ifindex of the link that its socket is bound to; 0 for none
 * @param mark its firewall mark, 0 to 4294967295
 * @param entry whether the answer is to be the entry of the table, with its own destination and all
 *     its hops, instead of the one way of this packet
 */
public record RouteLookup(
    IpAddress to, @Nullable IpAddress from, int iif, int oif, long mark, boolean entry) {
  /** {@code ENETUNREACH}: no table has one. */
  static final Errno NO_ROUTE = new Errno(101);

  public RouteLookup {
    Objects.requireNonNull(to, "to");
    if (from != null && from.isV6() != to.isV6()) {
      throw new IllegalArgumentException(
          "a packet from " + from + " to " + to + " is of two families; write addresses of one");
    }
    if (iif < 0 || oif < 0) {
      throw new IllegalArgumentException(
          "an ifindex is above 0, or 0 for none, not " + Math.min(iif, oif));
    }
    if (mark < 0 || mark > 0xffff_ffffL) {
      throw new IllegalArgumentException("a mark is within 0 to 4294967295, not " + mark);
    }
  }

  /** A packet that is sent from here. */
  public static RouteLookup to(IpAddress to) {
    return new RouteLookup(to, null, 0, 0, 0, false);
  }

  /** From that source address; null for none yet. */
  public RouteLookup withFrom(@Nullable IpAddress value) {
    return new RouteLookup(to, value, iif, oif, mark, entry);
  }

  /** That came in by the link with that ifindex; 0 for one that is sent from here. */
  public RouteLookup withIif(int value) {
    return new RouteLookup(to, from, value, oif, mark, entry);
  }

  /** From a socket that is bound to the link with that ifindex; 0 for none. */
  public RouteLookup withOif(int value) {
    return new RouteLookup(to, from, iif, value, mark, entry);
  }

  /** With that firewall mark, 0 to 4294967295. */
  public RouteLookup withMark(long value) {
    return new RouteLookup(to, from, iif, oif, value, entry);
  }

  /** Whether the answer is to be the table's entry instead of the way of this packet. */
  public RouteLookup withEntry(boolean value) {
    return new RouteLookup(to, from, iif, oif, mark, value);
  }

  /** As {@code ip route get} takes it, with the numbers of links. */
  @Override
  public String toString() {
    return to
        + (from == null ? "" : " from " + from)
        + (iif == 0 ? "" : " iif link " + iif)
        + (oif == 0 ? "" : " oif link " + oif)
        + (mark == 0 ? "" : " mark 0x" + Long.toHexString(mark))
        + (entry ? " fibmatch" : "");
  }
}
