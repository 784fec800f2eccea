package io.netattach.bridge;

import io.netattach.netlink.IpAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Peers that are told of no more. They stay for a time: an agent that is replaced takes its Lease
 * with it, and its node's tunnels are to carry on. For one thread.
 */
final class Departed {
  /** Longer than an agent's image takes to be pulled, as a rule. */
  static final Duration GRACE = Duration.ofMinutes(10);

  private final Map<IpAddress, Long> since = new HashMap<>();

  /**
   * Those that a tunnel is to have.
   *
   * @param told that there are now
   * @param has that it has, perhaps from before this process began
   * @param now as {@link System#nanoTime} is
   */
  Set<IpAddress> with(Set<IpAddress> told, Set<IpAddress> has, long now) {
    Set<IpAddress> wanted = new HashSet<>(told);
    since.keySet().retainAll(has);
    since.keySet().removeAll(told);
    for (IpAddress peer : has) {
      if (!told.contains(peer)
          && now - since.computeIfAbsent(peer, first -> now) < GRACE.toNanos()) {
        wanted.add(peer);
      }
    }
    return wanted;
  }
}
