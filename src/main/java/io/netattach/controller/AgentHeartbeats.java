package io.netattach.controller;

import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.kube.AgentLease;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which agents are heard. An agent is judged by when its Lease was last seen to change, as leaders
 * are elected, and not by the time in it: clocks of nodes differ. So one that was silent before
 * this process began is found out as late as one that falls silent now. Not safe for use by several
 * threads.
 */
final class AgentHeartbeats {
  private final Duration silentAfter;
  private final Duration longestGap;
  private final LongSupplier nanoTime;
  private final Map<String, Seen> leases = new HashMap<>();
  private final Map<String, Long> nodes = new HashMap<>();
  private Set<String> present = Set.of();
  private @Nullable Long lastLook;
  private long unbrokenSince;

  /** A Lease, and when it was first seen so. */
  private record Seen(@Nullable String holder, @Nullable ZonedDateTime renewed, long at) {
    boolean isAs(Lease lease) {
      return lease.getSpec() != null
          && Objects.equals(holder, lease.getSpec().getHolderIdentity())
          && Objects.equals(renewed, lease.getSpec().getRenewTime());
    }
  }

  /**
   * An agent that is not heard.
   *
   * @param lastHeard by the agent's own clock; null where it has no Lease
   */
  record Silence(@Nullable ZonedDateTime lastHeard) {}

  /**
   * @param interval how often {@link #look} is to be called; where it could not be for long, agents
   *     may have been heard meanwhile, or could not be, and get their time anew
   * @param nanoTime such as {@link System#nanoTime}
   */
  AgentHeartbeats(Duration silentAfter, Duration interval, LongSupplier nanoTime) {
    this.silentAfter = silentAfter;
    this.longestGap = interval.multipliedBy(3);
    this.nanoTime = nanoTime;
  }

  /** The Leases of all agents, as the API server has them in memory. */
  static List<Lease> read(KubernetesClient client, String namespace) {
    return client
        .leases()
        .inNamespace(namespace)
        .withLabels(AgentLease.LABELS)
        .list(new ListOptionsBuilder().withResourceVersion("0").build())
        .getItems();
  }

  /**
   * Takes note of what there is now.
   *
   * @param names of the nodes that there are
   */
  void look(Collection<Lease> read, Collection<String> names) {
    long now = nanoTime.getAsLong();
    if (lastLook == null || now - lastLook > longestGap.toNanos()) {
      unbrokenSince = now;
    }
    lastLook = now;
    present = new HashSet<>();
    for (Lease lease : read) {
      String name = lease.getMetadata().getName();
      present.add(name);
      Seen seen = leases.get(name);
      if (seen == null || !seen.isAs(lease)) {
        leases.put(name, seen(lease, now));
      }
    }
    Set<String> wanted = new HashSet<>(present);
    names.forEach(node -> {
      nodes.putIfAbsent(node, now);
      wanted.add(AgentLease.name(node));
    });
    nodes.keySet().retainAll(Set.copyOf(names));
    leases.keySet().retainAll(wanted);
  }

  private static Seen seen(Lease lease, long now) {
    return lease.getSpec() == null
        ? new Seen(null, null, now)
        : new Seen(lease.getSpec().getHolderIdentity(), lease.getSpec().getRenewTime(), now);
  }

  /** Whether a node that there is has an agent of which nothing is heard. */
  Optional<Silence> silence(String node) {
    Seen seen = leases.get(AgentLease.name(node));
    long last = seen == null ? nodes.getOrDefault(node, unbrokenSince) : seen.at();
    if (!isOver(last)) {
      return Optional.empty();
    }
    boolean hasLease = present.contains(AgentLease.name(node));
    return Optional.of(new Silence(seen != null && hasLease ? seen.renewed() : null));
  }

  /** Whether an agent of that name is heard, be there a node or not. */
  boolean isHeard(String node) {
    Seen seen = leases.get(AgentLease.name(node));
    return seen != null && !isOver(seen.at());
  }

  private boolean isOver(long last) {
    long quiet = nanoTime.getAsLong() - Math.max(last, unbrokenSince);
    return quiet > silentAfter.toNanos();
  }
}
