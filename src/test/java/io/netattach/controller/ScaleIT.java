package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressPoolUse;
import io.netattach.api.AddressRange;
import io.netattach.api.AttachmentTemplate;
import io.netattach.api.ContainerEnd;
import io.netattach.api.HostEnd;
import io.netattach.api.NetnsTarget;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetSpec;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.ReclaimPolicy;
import io.netattach.api.Target;
import io.netattach.api.UpdateStrategy;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import io.netattach.kube.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/**
 * A cluster of many nodes with Sets that select them all, without kernels. {@code
 * -Dnetattach.scale.watchers=5000 -Dnetattach.scale.attachments=50000} makes it a measurement: it
 * prints how long each part took, what it cost controller and API server, and what was written. So
 * many need more heap than the release has: {@code -Dnetattach.test.heap=512m}; and fewer may be
 * changed than are made: {@code -Dnetattach.scale.changed=10000}.
 */
@NeedsApiServer
@NullUnmarked
class ScaleIT {
  private static final int WATCHERS = Integer.getInteger("netattach.scale.watchers", 20);
  private static final int ATTACHMENTS = Integer.getInteger("netattach.scale.attachments", 200);
  private static final int CHANGED = Integer.getInteger("netattach.scale.changed", ATTACHMENTS);
  private static final Duration PATIENCE = Duration.ofSeconds(60L + ATTACHMENTS / 5);
  private static final String NAMESPACE = "scale";

  @Test
  void aClusterOfManyNodesConverges() {
    try (Cluster cluster = Cluster.startUnaudited();
        LightAgents agents = new LightAgents(cluster.client().getConfiguration())) {
      cluster.namespace(NAMESPACE);
      List<String> nodes = IntStream.range(0, WATCHERS).mapToObj(i -> "n" + i).toList();
      try (var clients = Executors.newFixedThreadPool(8)) {
        nodes.forEach(name -> clients.execute(() -> cluster.node(name, Map.of())));
      }
      agents.watch(nodes);
      await().atMost(PATIENCE).until(() -> agents.open() == WATCHERS);
      try (Restarted controller = new Restarted(cluster)) {
        attachAndChange(cluster, controller, agents);
      }
    }
  }

  private static void attachAndChange(Cluster cluster, Restarted controller, LightAgents agents) {
    Measure measure = new Measure(cluster, controller, agents);
    cluster.client().resource(pool()).create();
    List<NetworkAttachmentSet> sets = new ArrayList<>();
    for (int i = 0; i < ATTACHMENTS / WATCHERS; i++) {
      sets.add(
          cluster.create(
              Samples.set(
                  NAMESPACE, "s" + i, Samples.everything(), template("s" + i, "10.30.0.1/16"))));
    }
    int all = sets.size() * WATCHERS;
    patiently(agents, controller).until(() -> agents.attached() >= all);
    // Made, given its addresses, held by a finalizer and told of: some more may be in vain,
    // the more so the slower the machine is.
    assertThat(measure.say("made and attached", all)).isBetween(4.0, 5.0);

    List<NetworkAttachmentSet> edited = sets.subList(0, CHANGED / WATCHERS);
    for (NetworkAttachmentSet set : edited) {
      cluster.edit(
          set,
          spec ->
              new NetworkAttachmentSetSpec(
                  spec.nodeSelector(),
                  null,
                  new UpdateStrategy(new IntOrString("100%")),
                  template(set.getMetadata().getName(), "10.30.0.2/16")));
    }
    patiently(agents, controller)
        .until(() ->
            edited.stream()
                .map(cluster::fresh)
                .allMatch(set ->
                    set.getMetadata().getGeneration().equals(set.getStatus().observedGeneration())
                        && set.getStatus().updated() == WATCHERS
                        && set.getStatus().ready() == WATCHERS));
    assertThat(measure.say("changed", edited.size() * WATCHERS)).isBetween(2.0, 3.0);
    assertThat(agents.failure()).isNull();
  }

  private static AddressPool pool() {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("scale");
    pool.setSpec(
        new AddressPoolSpec(
            List.of(
                new AddressRange("10.64.0.0/14", null, null, null, List.of()),
                new AddressRange("fd00:64::/64", null, null, null, List.of()))));
    return pool;
  }

  /** One whose address on the node tells one version from another. */
  private static AttachmentTemplate template(String netns, String hostAddress) {
    return new AttachmentTemplate(
        null,
        new NetworkAttachmentSpec(
            null,
            new Target(new NetnsTarget(netns, true, ReclaimPolicy.DELETE), null),
            new ContainerEnd(
                "net1",
                null,
                null,
                List.of(),
                new AddressPoolUse("scale", false, false),
                List.of(),
                Map.of()),
            new HostEnd(null, null, List.of(hostAddress), List.of())));
  }

  private static ConditionFactory patiently(LightAgents agents, Restarted controller) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .failFast(() -> {
          controller.look();
          assertThat(agents.failure()).isNull();
        });
  }

  /**
   * A controller that is started again when it has ended, as by a kubelet: an API server that has
   * too much to do may take no renewal of its Lease for too long.
   */
  private static final class Restarted implements AutoCloseable {
    private final Cluster cluster;
    private Program now;
    private Usage latest;
    private Duration before = Duration.ZERO;
    private int ended;

    Restarted(Cluster cluster) {
      this.cluster = cluster;
      now = start();
      latest = Usage.of(now);
      now.awaitLine("leading as c-0");
    }

    private Program start() {
      return cluster.controller("c-" + ended, "--silent-after", "86400");
    }

    /** Is called again and again. */
    void look() {
      if (now.isRunning()) {
        latest = Usage.of(now);
        return;
      }
      List<String> lines = now.lines();
      System.out.println("ended: " + lines.subList(Math.max(0, lines.size() - 5), lines.size()));
      now.close();
      before = before.plus(latest.cpu());
      ended++;
      now = start();
    }

    /** How often it has ended. */
    int ended() {
      return ended;
    }

    /** What all of them have used, and what the one that runs has. */
    Usage usage() {
      Usage of = Usage.of(now);
      return new Usage(before.plus(of.cpu()), of.resident(), of.most());
    }

    long heap() {
      return now.heap();
    }

    @Override
    public void close() {
      now.close();
    }
  }

  /** What was used since it was made, and since it has spoken last. */
  private static final class Measure {
    private static final Pattern WRITE = Pattern.compile("verb=\"(POST|PUT|PATCH|APPLY|DELETE)\"");

    private final Cluster cluster;
    private final Restarted controller;
    private final LightAgents agents;
    private long time;
    private Usage usage;
    private Duration server;
    private long events;
    private long again;
    private double writes;
    private double otherWrites;

    Measure(Cluster cluster, Restarted controller, LightAgents agents) {
      this.cluster = cluster;
      this.controller = controller;
      this.agents = agents;
      begin();
    }

    private void begin() {
      time = System.nanoTime();
      usage = controller.usage();
      server = cluster.server().cpu();
      events = agents.events();
      again = agents.again();
      writes = writes(true);
      otherWrites = writes(false);
    }

    /**
     * Changes that were asked of the API server, to attachments alone or to what goes with them.
     */
    private double writes(boolean toAttachments) {
      return cluster
          .client()
          .raw("/metrics")
          .lines()
          .filter(line -> line.startsWith("apiserver_request_total{"))
          .filter(line -> line.contains("group=\"netattach.io\""))
          .filter(line -> line.contains("resource=\"networkattachments\"") == toAttachments)
          .filter(line -> WRITE.matcher(line).find())
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    }

    /** How often each attachment was written. */
    double say(String what, int attachments) {
      double written = (writes(true) - writes) / attachments;
      double seconds = (System.nanoTime() - time) / 1e9;
      System.out.printf(
          Locale.ROOT,
          "%d attachments of %d nodes %s in %.1f s (%.0f/s): for each %.2f writes to it, %.2f to"
              + " Sets and pools, %.2f events, and %d watches begun anew; the controller, started again %d times, %s, of"
              + " which %d MiB of heap are in use; API server and etcd used %.1f s of CPU%n",
          attachments,
          WATCHERS,
          what,
          seconds,
          attachments / seconds,
          written,
          (writes(false) - otherWrites) / attachments,
          (agents.events() - events) / (double) attachments,
          agents.again() - again,
          controller.ended(),
          controller.usage().since(usage),
          controller.heap() >> 20,
          cluster.server().cpu().minus(server).toMillis() / 1e3);
      begin();
      return written;
    }
  }
}
