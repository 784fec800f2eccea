package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.Ip;
import io.netattach.KernelChange;
import io.netattach.Lookalikes;
import io.netattach.api.NetworkAttachment;
import io.netattach.attach.State;
import io.netattach.kube.ApiProxy;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The agent is killed before any of its changes of the kernel, by strace(1), and at any of its
 * writes to the API server; the next one completes what it was at. A few of these windows, drawn by
 * {@code -Dnetattach.crash.seed}; {@code -Dnetattach.crash.windows=all} takes every one.
 */
@NeedsApiServer
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AgentCrashIT {
  private static final boolean ALL = "all".equals(System.getProperty("netattach.crash.windows"));
  private static final long SEED = Long.getLong("netattach.crash.seed", System.nanoTime());

  /** Where strace counts calls of a thread that is not the one that changes something. */
  private static final int TRIES = 3;

  private static final String BLUE =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: blue, namespace: shop}
      spec:
        nodeName: node-1
        target: {netns: {name: blue, create: true}}
        container:
          interface: net1
          addresses: [10.10.0.2/24, "fd00:10::2/64"]
          routes: [{to: 0.0.0.0/0, via: 10.10.0.1}]
          sysctls: {net.ipv4.conf.IFNAME.arp_notify: "1"}
        host:
          interface: veth-blue
          addresses: [10.10.0.1/24]
          routes: [{to: 10.30.0.0/16, via: 10.10.0.2}]
          bridge: {name: br0}
      """;

  private static final String EDIT =
      """
      {"spec": {
        "container": {
          "addresses": ["10.10.0.3/24", "fd00:10::2/64"],
          "routes": [{"to": "0.0.0.0/0", "via": "10.10.0.7"}]},
        "host": {"interface": "veth-new", "bridge": {"name": "br1"}}}}
      """;

  /** What the agent is at when it is killed. */
  enum Operation {
    ATTACH(""),
    UPDATE(""),
    REPAIR(
        """
        ip link set veth-blue nomaster
        ip link set veth-blue mtu 1400 group 7
        ip address flush dev veth-blue
        ip link set veth-blue down
        ip -n blue link set net1 mtu 1300
        ip -n blue route flush dev net1
        ip -n blue address delete 10.10.0.2/24 dev net1
        """),
    REPAIR_OF_PAIR("ip link delete veth-blue"),
    REPAIR_OF_NAMESPACE("ip netns delete blue"),
    DETACH("");

    /** Of a repair, what is done to the attachment before. */
    final String drift;

    Operation(String drift) {
      this.drift = drift;
    }
  }

  private static final Random RANDOM = new Random(SEED);

  private final Map<Operation, State> clean = new EnumMap<>(Operation.class);
  private ClusterNode node;
  private Lookalikes lookalikes;
  private State bare;
  private List<String> filesOfOthers;

  @BeforeAll
  void aNodeWithBridgesAndLookalikes() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "there is no strace here");
    node = new ClusterNode();
    Ip.here().addBridge("br0", "02:00:00:00:00:b0");
    Ip.here().addBridge("br1", "02:00:00:00:00:b1");
    try (Program agent = agent()) {
      attach();
      lookalikes = Lookalikes.of(Ip.here(), "veth-blue", "blue");
      detach();
      bare = State.of(Ip.here());
      filesOfOthers = Ip.here().netnsFiles();
      attach();
      State attached = attached();
      for (Operation operation : Operation.values()) {
        clean.put(operation, attached);
      }
      node.merge("blue", EDIT);
      node.awaitAttached("blue");
      clean.put(Operation.UPDATE, attached());
      detach();
      assertThat(agent.isRunning()).isTrue();
    }
    nothingIsLeft();
    System.out.printf("crash windows: -Dnetattach.crash.seed=%d%n", SEED);
  }

  @AfterAll
  void close() {
    if (lookalikes != null) {
      lookalikes.remove();
      Ip.here().ip("link delete br0");
      Ip.here().ip("link delete br1");
    }
    if (node != null) {
      node.close();
    }
  }

  /** So that a window which leaves something does so in its own name only. */
  @BeforeEach
  void nothingOfAnEarlierWindow() {
    node.forget("blue");
    Ip.here()
        .shell(
            "for link in veth-blue veth-new; do ip link delete $link 2>/dev/null || :; done;"
                + " ip netns delete blue 2>/dev/null || :");
  }

  private Program agent() {
    return node.agent("--allow-bridge", "br0", "--allow-bridge", "br1");
  }

  private void attach() {
    node.create(Serialization.unmarshal(BLUE, NetworkAttachment.class));
    node.awaitAttached("blue");
  }

  private void detach() {
    node.attachment("blue").delete();
    node.awaitGone("blue");
  }

  static List<Operation> some() {
    List<Operation> some = new ArrayList<>(List.of(Operation.values()));
    Collections.shuffle(some, RANDOM);
    return ALL ? List.of(Operation.values()) : some.subList(0, 2);
  }

  @ParameterizedTest
  @MethodSource("some")
  void whatItWasAtWhenItWasKilledIsCompletedByTheNext(Operation operation) throws Exception {
    List<KernelChange> changes = changes(operation);
    assertThat(changes).hasSizeGreaterThan(1);
    List<Integer> windows = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      windows.add(i);
    }
    if (!ALL) {
      windows = List.of(RANDOM.nextInt(changes.size()));
    }
    for (int window : windows) {
      try {
        killBefore(operation, changes, window);
      } catch (AssertionError | ConditionTimeoutException e) {
        throw new AssertionError(
            operation + ", killed before change " + window + " of " + changes, e);
      }
    }
    System.out.printf(
        "crash windows of the agent's %s: %d of %d, nothing left%n",
        operation, windows.size(), changes.size());
  }

  /** What it changes when nobody kills it. */
  private List<KernelChange> changes(Operation operation) throws IOException {
    Path log = Files.createTempFile("netattach-", ".strace");
    try (Program agent = agent()) {
      prepare(operation, agent);
      try (Tracer tracer = Tracer.start(agent, KernelChange.tracing(log))) {
        perform(operation, agent);
        await(operation.name()).atMost(AgentSuite.PATIENCE).until(() -> isDone(operation));
        assertThat(tracer.isRunning()).isTrue();
      }
      return KernelChange.in(log);
    } finally {
      Files.delete(log);
      isCompleted(operation);
    }
  }

  /** strace counts the calls of each thread: another than the one that is meant may be first. */
  private void killBefore(Operation operation, List<KernelChange> changes, int window)
      throws IOException {
    List<String> elsewhere = new ArrayList<>();
    while (elsewhere.size() < TRIES) {
      KernelChange change = changes.get(window);
      Path log = Files.createTempFile("netattach-", ".strace");
      try (Program agent = agent()) {
        prepare(operation, agent);
        try (var _ = Tracer.start(agent, change.killing(log))) {
          perform(operation, agent);
          await("its end")
              .atMost(AgentSuite.PATIENCE)
              .until(() -> !agent.isRunning() || isDone(operation));
        }
        boolean killed = !agent.isRunning();
        agent.kill().exitCode();
        List<KernelChange> made = KernelChange.in(log);
        isCompleted(operation);
        if (killed && isBefore(change, window, made)) {
          return;
        }
        elsewhere.add(killed ? "killed before " + made : "not killed: " + made);
      } finally {
        Files.delete(log);
      }
    }
    throw new AssertionError("strace did not kill where it should: " + elsewhere);
  }

  /**
   * The log ends with the call that was not made. One of a setting's writes has no other; and
   * before the first change one kill is as good as another.
   */
  private static boolean isBefore(KernelChange change, int window, List<KernelChange> made) {
    if (!change.file().isEmpty()) {
      return made.equals(List.of(change));
    }
    return window == 0 && made.isEmpty()
        || made.size() == window + 1 && made.getLast().call().equals(change.call());
  }

  /** Up to where it is killed. */
  private void prepare(Operation operation, Program agent) {
    if (operation != Operation.ATTACH) {
      attach();
    }
    if (!operation.drift.isEmpty()) {
      // So that it hears of all of it at once.
      Ip.here().command("kill -STOP " + agent.pid());
      Ip.here().shell(operation.drift);
    }
  }

  private void perform(Operation operation, Program agent) {
    switch (operation) {
      case ATTACH -> node.create(Serialization.unmarshal(BLUE, NetworkAttachment.class));
      case UPDATE -> node.merge("blue", EDIT);
      case DETACH -> node.attachment("blue").delete();
      default -> Ip.here().command("kill -CONT " + agent.pid());
    }
  }

  /** Whether it has done the last that it does. */
  private boolean isDone(Operation operation) {
    return switch (operation) {
      case ATTACH -> node.isTold("blue", "Attached");
      case UPDATE -> node.isTold("blue", "Changed");
      case DETACH -> node.attachment("blue").get() == null;
      default -> node.isTold("blue", "Repaired");
    };
  }

  /** The next agent makes it as asked for, says so, and takes it away when it is deleted. */
  private void isCompleted(Operation operation) {
    try (Program agent = agent()) {
      if (operation != Operation.DETACH) {
        await(operation.name())
            .atMost(AgentSuite.PATIENCE)
            .pollInterval(Duration.ofMillis(50))
            .untilAsserted(() -> {
              attached().isSameAs(Objects.requireNonNull(clean.get(operation)));
              node.statusIsTrue("blue");
            });
        node.attachment("blue").delete();
      }
      node.awaitGone("blue");
      nothingIsLeft();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  /** What is on the node beyond what others have, without what differs from object to object. */
  private State attached() {
    String uid = node.attachment("blue").require().getMetadata().getUid();
    String host = Ip.here().link("netattach-" + uid).path("address").asText();
    String container = Ip.here().one("-n blue link show dev net1").path("address").asText();
    return State.of(Ip.here(), "blue")
        .beyond(bare)
        .unnumbered()
        .replacing(uid, "UID")
        .replacing(host, "HOST-MAC")
        .replacing(container, "CONTAINER-MAC");
  }

  private void nothingIsLeft() {
    State.of(Ip.here()).isSameAs(bare);
    assertThat(Ip.here().netnsFiles()).isEqualTo(filesOfOthers);
    lookalikes.areUnchanged();
  }

  @ParameterizedTest
  @MethodSource("some")
  void killedAtAWriteToTheApiServerItIsCompletedByTheNext(Operation operation) {
    if (!ALL) {
      assertThat(killAtWrite(operation, 1, RANDOM.nextBoolean())).isTrue();
      return;
    }
    int windows = 0;
    for (boolean passed : List.of(false, true)) {
      for (int number = 1; killAtWrite(operation, number, passed); number++) {
        windows++;
      }
    }
    assertThat(windows).isPositive();
    System.out.printf(
        "crash windows at the agent's writes, %s: %d, nothing left%n", operation, windows);
  }

  /**
   * Kills it when it has sent a write.
   *
   * @param number which, the first being 1
   * @param passed whether the API server gets it
   * @return false where it makes fewer
   */
  private boolean killAtWrite(Operation operation, int number, boolean passed) {
    AtomicInteger writes = new AtomicInteger();
    boolean killed;
    try (ApiProxy proxy = node.proxy();
        Program agent = node.agentBehind(proxy, "--allow-bridge", "br0", "--allow-bridge", "br1")) {
      prepare(operation, agent);
      proxy.before(request -> {
        if (isWrite(request) && writes.incrementAndGet() == number) {
          agent.kill().exitCode();
          if (!passed) {
            throw new ApiProxy.Dropped();
          }
        }
      });
      perform(operation, agent);
      await(operation.name())
          .atMost(AgentSuite.PATIENCE)
          .until(() -> !agent.isRunning() || isDone(operation));
      // What it tells last may be on its way.
      killed = writes.get() >= number;
      agent.kill().exitCode();
    }
    isCompleted(operation);
    return killed;
  }

  private static boolean isWrite(String request) {
    return !request.startsWith("GET ") && !request.contains("/leases");
  }

  @Test
  void aCleanUpThatWasKilledIsCompletedByTheNext() throws IOException {
    assumeTrue(ALL, "orphans are waited for, 40 s each time: -Dnetattach.crash.windows=all");
    try (Program agent = agent()) {
      attach();
      agent.kill().exitCode();
    }
    node.merge("blue", "{\"metadata\":{\"finalizers\":null}}");
    detach();
    Path log = Files.createTempFile("netattach-", ".strace");
    try (Program agent = agent();
        var _ = Tracer.start(agent, new KernelChange("umount2", 1, "").killing(log))) {
      await("its end").atMost(Duration.ofMinutes(2)).until(() -> !agent.isRunning());
      assertThat(Ip.here().hasLink("veth-blue")).isFalse();
      assertThat(Ip.here().netnsFiles()).contains("blue");
    } finally {
      Files.delete(log);
    }
    try (Program agent = agent()) {
      await("the clean-up").atMost(Duration.ofMinutes(2)).untilAsserted(this::nothingIsLeft);
      assertThat(agent.isRunning()).isTrue();
    }
    System.out.println("crash windows of the agent's clean-up: 1, nothing left");
  }

  /** strace(1), at work on all threads of an agent that is running. */
  private record Tracer(Process process) implements AutoCloseable {
    static Tracer start(Program agent, List<String> options) throws IOException {
      List<String> command = new ArrayList<>(List.of("strace", "-p", "" + agent.pid()));
      command.addAll(options);
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      // A thread that was doing something else may have it killed at once.
      await("strace")
          .atMost(AgentSuite.PATIENCE)
          .until(() -> isTraced(agent.pid()) || !agent.isRunning());
      return new Tracer(process);
    }

    private static boolean isTraced(long pid) {
      try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
        for (Path thread : threads.toList()) {
          if (Files.readString(thread.resolve("status")).contains("TracerPid:\t0\n")) {
            return false;
          }
        }
        return true;
      } catch (IOException e) {
        // A thread has ended meanwhile.
        return false;
      }
    }

    boolean isRunning() {
      return process.isAlive();
    }

    /** It lets go of the agent and ends. */
    @Override
    public void close() {
      process.destroy();
      await("the end of strace").atMost(AgentSuite.PATIENCE).until(() -> !process.isAlive());
    }
  }
}
