package io.netattach.netlink;

import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A pair of connected Ethernet interfaces, as a value: both ends with names, addresses and
 * namespaces, made by {@link #request} in one message, so that no end is ever in a wrong place or
 * has another MAC address for a while.
 *
 * <p>{@code end} is the main device of the request: the kernel honours master and up only there.
 *
 * @see <a href="https://man7.org/linux/man-pages/man4/veth.4.html">veth(4)</a>
 */
public record Veth(End end, End peer) {
  /** {@code ETH_MIN_MTU} and {@code ETH_MAX_MTU} (linux/if_ether.h), which bound a veth's. */
  private static final int MIN_MTU = 68;

  private static final int MAX_MTU = 65_535;

  public Veth {
    Objects.requireNonNull(end, "end");
    Objects.requireNonNull(peer, "peer");
  }

  /**
   * Where ifindexes that we ask for begin: far above those that the kernel counts up itself, and
   * each process starts at a random place.
   */
  private static final AtomicInteger NEXT_INDEX =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(1 << 24, 1 << 29));

  /**
   * One end.
   *
   * @param index the ifindex to ask for; 0 lets the kernel choose
   * @param mac of a single host; null lets the kernel choose a random one
   * @param mtu bytes, 68 to 65535; 0 is the kernel's default, 1500
   * @param netns where it is made; null is the namespace of the connection that sends the request
   */
  public record End(
      int index, InterfaceName name, @Nullable MacAddress mac, int mtu, @Nullable Netns netns) {
    public End {
      if (index < 0) {
        throw new IllegalArgumentException("an ifindex is not negative");
      }
      Objects.requireNonNull(name, "name");
      checkMtu(mtu);
      checkMac(mac);
    }

    /** An end of that name in the sender's namespace, the rest as the kernel chooses. */
    public static End of(InterfaceName name) {
      return new End(0, name, null, 0, null);
    }
  }

  static void checkMtu(int mtu) {
    if (mtu != 0 && (mtu < MIN_MTU || mtu > MAX_MTU)) {
      throw new IllegalArgumentException(
          "an MTU of a veth is within 68 to 65535, or 0 for 1500, not " + mtu);
    }
  }

  static void checkMac(@Nullable MacAddress mac) {
    if (mac != null && (mac.isMulticast() || mac.isZero())) {
      throw new IllegalArgumentException(
          mac + " is no single host's address; write one such as 02:00:5e:00:00:01");
    }
  }

  /** The request that makes the pair. */
  public LinkRequest request() {
    return LinkRequest.addVeth(this);
  }

  /**
   * An ifindex to ask for, never the same twice in this process. Asking for one lets the requests
   * that follow in the same batch name the new link by an index that no other link has: should the
   * pair not come to be, for its name is taken, they fail instead of changing the link of that
   * name.
   */
  public static int freshIndex() {
    return NEXT_INDEX.getAndIncrement();
  }
}
