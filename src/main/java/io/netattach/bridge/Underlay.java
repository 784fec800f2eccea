package io.netattach.bridge;

import io.netattach.netlink.IpAddress;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The network that tunnels go through.
 *
 * @param here where this node's begin: an address of it, or a link, of which the first address is
 *     taken; empty where that is not known
 * @param peers where the other nodes' begin, as told at the moment; empty while that is not known,
 *     and then tunnels are left as they are. Any thread may ask
 */
public record Underlay(String here, Supplier<Optional<Set<IpAddress>>> peers) {
  /** Of a node that hears of no others. */
  public static Underlay alone(String here) {
    return new Underlay(here, Optional::empty);
  }
}
