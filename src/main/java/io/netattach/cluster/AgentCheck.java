package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.kube.AgentLease;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Whether there is an agent on each node that is to have one, and whether it is heard. It is heard
 * when its Lease is seen to change: the time in it is that of another clock.
 */
final class AgentCheck {
  private static final String DAEMON_SET = "netattach-agent";
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final String namespace;
  private final Deadline deadline;
  private final Consumer<String> out;

  /** When each Lease was renewed as it was seen first, by its name. */
  private final Map<String, Optional<ZonedDateTime>> first = new HashMap<>();

  /**
   * @param client not closed here
   * @param namespace that agents are in
   */
  AgentCheck(KubernetesClient client, String namespace, Deadline deadline, Consumer<String> out) {
    this.client = client;
    this.namespace = namespace;
    this.deadline = deadline;
    this.out = out;
  }

  /**
   * Waits until all are heard.
   *
   * @throws ClusterException when one is not at the end of the time
   */
  void await() throws InterruptedException {
    while (true) {
      int wanted = wanted();
      TreeSet<String> nodes = nodes();
      TreeSet<String> silent = silent(nodes);
      if (wanted > 0 && nodes.size() >= wanted && silent.isEmpty()) {
        out.accept("agents: " + nodes.size() + " of " + wanted + " nodes are heard");
        return;
      }
      if (deadline.isOver()) {
        throw new ClusterException(failure(wanted, nodes, silent));
      }
      deadline.pause(INTERVAL);
    }
  }

  /** How many nodes are to have one. */
  private int wanted() {
    DaemonSet agents = client.apps().daemonSets().inNamespace(namespace).withName(DAEMON_SET).get();
    if (agents == null) {
      throw new ClusterException(
          "there is no DaemonSet "
              + DAEMON_SET
              + " in namespace "
              + namespace
              + "; run this in the namespace that netattach is installed in");
    }
    Integer wanted =
        agents.getStatus() == null ? null : agents.getStatus().getDesiredNumberScheduled();
    return wanted == null ? 0 : wanted;
  }

  /** The nodes that have an agent's pod. */
  private TreeSet<String> nodes() {
    TreeSet<String> nodes = new TreeSet<>();
    for (Pod pod :
        client.pods().inNamespace(namespace).withLabels(AgentLease.LABELS).list().getItems()) {
      String node = pod.getSpec().getNodeName();
      if (node != null && !pod.isMarkedForDeletion()) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  /** Those whose Lease has not changed since it was seen first, or is not there. */
  private TreeSet<String> silent(TreeSet<String> nodes) {
    Map<String, Optional<ZonedDateTime>> renewed = new HashMap<>();
    for (Lease lease :
        client.leases().inNamespace(namespace).withLabels(AgentLease.LABELS).list().getItems()) {
      renewed.put(
          lease.getMetadata().getName(),
          Optional.ofNullable(lease.getSpec()).map(spec -> spec.getRenewTime()));
    }
    renewed.forEach(first::putIfAbsent);
    TreeSet<String> silent = new TreeSet<>();
    for (String node : nodes) {
      String name = AgentLease.name(node);
      if (!renewed.containsKey(name) || renewed.get(name).equals(first.get(name))) {
        silent.add(node);
      }
    }
    return silent;
  }

  private String failure(int wanted, TreeSet<String> nodes, TreeSet<String> silent) {
    StringBuilder failure = new StringBuilder("after " + deadline.inWords());
    if (wanted == 0) {
      failure.append(" no node is to have an agent");
    }
    if (nodes.size() < wanted) {
      failure.append(" only " + nodes.size() + " of " + wanted + " nodes have an agent's pod");
    }
    if (!silent.isEmpty()) {
      failure
          .append(nodes.size() < wanted ? ", and" : "")
          .append(" no agent is heard on ")
          .append(String.join(", ", silent));
    }
    return failure
        + ". Look at kubectl -n "
        + namespace
        + " describe daemonset "
        + DAEMON_SET
        + ", and at the logs of its pods";
  }
}
