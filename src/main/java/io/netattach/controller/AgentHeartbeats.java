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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which agents are heard. An agent is judged by when its Lease was last seen to change, as leaders
 * are elected, and not by the time in it: clocks of nodes differ. So one that was silent before
 * this process began is found out as late as one that falls silent now; and one that was found
 * silent is so until its Lease changes, whatever else happens. All answers are as of the last look,
 * however long ago that was. Not safe for use by several threads.
 */
final class AgentHeartbeats {
  private final Duration silentAfter;
  private final Duration longestGap;
  private final LongSupplier nanoTime;
  private final Map<String, Seen> leases = new HashMap<>();

  /** When a node was first seen, by the name that its agent's Lease has. */
  private final Map<String, Long> nodes = new HashMap<>();

  /** The Leases, be there any, that did not change for too long. */
  private final Set<String> silent = new HashSet<>();

  private Set<String> present = Set.of();
  private @Nullable Long lastActive;
  private long lastLook;
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
   * @param interval how soon after {@link #rest} there is to be a {@link #look}; where there was
   *     none for long, agents may not have been able to speak, and get their time anew
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
    if (lastActive == null || now - lastActive > longestGap.toNanos()) {
      unbrokenSince = now;
    }
    lastActive = now;
    lastLook = now;
    present = new HashSet<>();
    for (Lease lease : read) {
      String name = lease.getMetadata().getName();
      present.add(name);
      Seen seen = leases.get(name);
      if (seen == null || !seen.isAs(lease)) {
        leases.put(name, seen(lease, now));
        silent.remove(name);
      }
    }
    Set<String> expected = names.stream().map(AgentLease::name).collect(Collectors.toSet());
    expected.forEach(name -> nodes.putIfAbsent(name, now));
    nodes.keySet().retainAll(expected);
    Set<String> wanted = new HashSet<>(present);
    wanted.addAll(expected);
    leases.keySet().retainAll(wanted);
    silent.retainAll(wanted);
    wanted.stream().filter(this::isOver).forEach(silent::add);
  }

  /**
   * What was done about the last look is done, and the API server answered all the while: agents
   * could speak, so that time, however long, is no gap.
   */
  void rest() {
    lastActive = nanoTime.getAsLong();
  }

  private static Seen seen(Lease lease, long now) {
    return lease.getSpec() == null
        ? new Seen(null, null, now)
        : new Seen(lease.getSpec().getHolderIdentity(), lease.getSpec().getRenewTime(), now);
  }

  /** Whether nothing was heard under a Lease's name for too long. */
  private boolean isOver(String lease) {
    Seen seen = leases.get(lease);
    long last = seen == null ? nodes.getOrDefault(lease, unbrokenSince) : seen.at();
    return lastLook - Math.max(last, unbrokenSince) > silentAfter.toNanos();
  }

  /** Whether a node that there is has an agent of which nothing is heard. */
  Optional<Silence> silence(String node) {
    String name = AgentLease.name(node);
    if (!silent.contains(name)) {
      return Optional.empty();
    }
    Seen seen = leases.get(name);
    return Optional.of(new Silence(seen != null && present.contains(name) ? seen.renewed() : null));
  }

  /** Whether an agent of that name is heard, be there a node or not. */
  boolean isHeard(String node) {
    String name = AgentLease.name(node);
    return leases.containsKey(name) && !silent.contains(name);
  }
}
