package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.Ip;
import io.netattach.IpMonitorLog;
import io.netattach.NoLeftovers;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.cli.Node;
import io.netattach.kube.AuditLog;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import io.netattach.kube.StatusWriter;
import io.netattach.kube.Usage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Many attachments of one node, created at once, left alone, and deleted at once. {@code
 * -Dnetattach.load.attachments=1000 -Dnetattach.load.quiet=600} makes it a measurement: it prints
 * how long each of the three took and what it cost the agent.
 */
@NeedsApiServer
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class AgentLoadIT {
  private static final int ATTACHMENTS = Integer.getInteger("netattach.load.attachments", 100);

  /** For how many seconds they are left alone. */
  private static final int QUIET = Integer.getInteger("netattach.load.quiet", 5);

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int CLIENTS = 8;

  @AfterEach
  void clear() {
    Node.clear();
  }

  private static NetworkAttachment attachment(int i) {
    return Serialization.unmarshal(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: load-%1$d, namespace: shop}
        spec:
          nodeName: node-1
          target: {netns: {name: load-%1$d, create: true}}
          container:
            interface: net1
            addresses: [10.%2$d.%3$d.2/24]
            routes: [{to: 0.0.0.0/0, via: 10.%2$d.%3$d.1}]
          host: {interface: veth-%1$d, addresses: [10.%2$d.%3$d.1/24]}
        """
            .formatted(i, 16 + i / 250, i % 250),
        NetworkAttachment.class);
  }

  /** Who is there, and who has been Ready, as the API server tells it. */
  private static final class Seen implements Watcher<NetworkAttachment> {
    private final Set<String> there = ConcurrentHashMap.newKeySet();
    private final Map<String, NetworkAttachmentStatus> ready = new ConcurrentHashMap<>();

    @Override
    public void eventReceived(Action action, NetworkAttachment attachment) {
      String name = attachment.getMetadata().getName();
      if (action == Action.DELETED) {
        there.remove(name);
        return;
      }
      there.add(name);
      if (ClusterNode.isAttached(attachment)) {
        ready.put(name, Objects.requireNonNull(attachment.getStatus()));
      }
    }

    @Override
    public void onClose(WatcherException cause) {}
  }

  @Test
  void manyAtOnceAreMadeLeftAloneAndRemoved() throws Exception {
    Seen seen = new Seen();
    try (ClusterNode node = new ClusterNode()) {
      try (Program agent = node.agent("--resync", "300");
          Watch watch = node.attachments().watch(seen)) {
        Cost cost = Cost.soFar(node, agent);
        long start = System.nanoTime();
        each(i -> node.create(attachment(i)));
        double created = secondsSince(start);
        until(agent, () -> seen.ready.size() == ATTACHMENTS);
        double ready = secondsSince(start);
        print(
            "load: %d created in %.1f s, all Ready in %.1f s (%.0f a second); %s; wrote %s",
            ATTACHMENTS,
            created,
            ready,
            ATTACHMENTS / ready,
            Cost.soFar(node, agent).since(cost),
            counted(node.writes()));
        assertThat(Ip.here().json("link show type veth").size()).isEqualTo(ATTACHMENTS);

        nothingHappensTo(node, agent);

        cost = Cost.soFar(node, agent);
        start = System.nanoTime();
        each(i -> node.attachment("load-" + i).delete());
        until(agent, seen.there::isEmpty);
        print(
            "load: %d deleted, all gone in %.1f s; %s",
            ATTACHMENTS, secondsSince(start), Cost.soFar(node, agent).since(cost));
        assertThat(Ip.here().json("link show type veth")).isEmpty();
        assertThat(Ip.here().ip("netns list")).isEmpty();
      }
      theSameWithoutAnAgent(node, seen);
    }
  }

  /** What is left of the time when nobody does anything but write to the API server. */
  private static void theSameWithoutAnAgent(ClusterNode node, Seen seen) throws Exception {
    Duration before = node.serverCpu();
    long start = System.nanoTime();
    StatusWriter<NetworkAttachment> statuses = new StatusWriter<>(node.client());
    EventRecorder events = new EventRecorder(node.client(), "nobody", "node-1", Clock.systemUTC());
    each(i -> {
      NetworkAttachment made = node.client().resource(attachment(i)).create();
      String name = made.getMetadata().getName();
      node.merge(name, "{\"metadata\":{\"finalizers\":[\"" + NetworkAttachment.FINALIZER + "\"]}}");
      statuses.write(made, Objects.requireNonNull(seen.ready.get(name)));
      events.normal(made, "Attached", "net1 in " + name + ", veth-" + i);
    });
    double seconds = secondsSince(start);
    print(
        "load: the same writes without an agent in %.1f s (%.0f a second); the API server used"
            + " %.2f s of CPU",
        seconds, ATTACHMENTS / seconds, node.serverCpu().minus(before).toMillis() / 1e3);
  }

  /** By as many clients at once as keep the API server busy. */
  private static void each(IntConsumer request) throws InterruptedException, ExecutionException {
    try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> made =
          IntStream.range(0, ATTACHMENTS)
              .<Future<?>>mapToObj(i -> threads.submit(() -> request.accept(i)))
              .toList();
      for (Future<?> one : made) {
        one.get();
      }
    }
  }

  private static void until(Program agent, BooleanSupplier reached) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> reached.getAsBoolean() || !agent.isRunning());
    assertThat(agent.isRunning()).as(agent::said).isTrue();
  }

  /** Neither to the objects nor in the kernel, however often the agent looks at them. */
  private static void nothingHappensTo(ClusterNode node, Program agent)
      throws IOException, InterruptedException {
    // What their being new brings may still come: carriers that are seen later, and events.
    AtomicInteger latest = new AtomicInteger(-1);
    await()
        .atMost(PATIENCE)
        .during(Duration.ofSeconds(2))
        .until(() -> {
          int now = node.writes().size();
          return latest.getAndSet(now) == now;
        });
    int writes = latest.get();
    Usage before = Usage.of(agent);
    try (IpMonitorLog kernel = new IpMonitorLog()) {
      int mark = kernel.mark();
      Thread.sleep(Duration.ofSeconds(QUIET));
      List<AuditLog.Request> written = node.writes().stream().skip(writes).toList();
      List<String> changed = kernel.since(mark);
      print(
          "load: in %d s, %d writes to the API but for the lease, %d changes in the kernel; the"
              + " agent %s",
          QUIET, written.size(), changed.size(), Usage.of(agent).since(before));
      assertThat(written).isEmpty();
      assertThat(changed).isEmpty();
    }
  }

  /** What an agent has used so far, and what its API server and etcd have. */
  private record Cost(Usage agent, Duration server) {
    static Cost soFar(ClusterNode node, Program agent) {
      return new Cost(Usage.of(agent), node.serverCpu());
    }

    String since(Cost before) {
      return String.format(
          Locale.ROOT,
          "the agent %s; the API server used %.2f s",
          agent.since(before.agent),
          server.minus(before.server).toMillis() / 1e3);
    }
  }

  private static Map<String, Integer> counted(List<AuditLog.Request> requests) {
    Map<String, Integer> counts = new TreeMap<>();
    requests.forEach(
        request -> counts.merge(request.verb() + " " + request.resource(), 1, Integer::sum));
    return counts;
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
