package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.Ip;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.cli.Node;
import io.netattach.cri.FakeRuntime;
import io.netattach.cri.Pod;
import io.netattach.kube.Conditions;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import runtime.v1.NamespaceMode;

/**
 * Attachments to pods. What runs in them is left out: the test makes their namespaces and answers
 * in place of the container runtime; API server, socket and kernel are real.
 */
@NeedsApiServer
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PodTargetIT {
  private static final Duration PATIENCE = AgentSuite.PATIENCE;
  private static final String NAMED_BY_A_RUNTIME = "cni-0f2c1a7e-93d4-4f5b-8a55-8f7f6f0e1c22";
  private static final Pod DB = new Pod(AgentSuite.NAMESPACE, "db-0", "uid-of-db-0");

  private final AtomicInteger namespaces = new AtomicInteger();
  private ClusterNode node;
  private FakeRuntime runtime;
  private @TempDir Path folder;

  @BeforeAll
  void makeCluster() {
    node = new ClusterNode();
  }

  @AfterAll
  void endCluster() {
    node.close();
  }

  @BeforeEach
  void startRuntime() throws IOException {
    runtime = new FakeRuntime(Files.createTempDirectory(folder, "run").resolve("cri.sock"));
  }

  @AfterEach
  void clear() {
    runtime.close();
    node.attachments()
        .list()
        .getItems()
        .forEach(attachment -> node.forget(attachment.getMetadata().getName()));
    Node.clear();
  }

  private Program agent() {
    return node.agent("--runtime-socket", runtime.socket().toString());
  }

  /** A namespace such as a container runtime makes; gives its name. */
  private String podNamespace() {
    String name = "cni-" + namespaces.incrementAndGet();
    Ip.here().ip("netns add " + name);
    Ip.here().ip("-n " + name + " link set lo up");
    return name;
  }

  /** A pod that runs; gives the id of its sandbox. */
  private String run(Pod pod, String netns) {
    return runtime.run(pod, "/var/run/netns/" + netns);
  }

  private static NetworkAttachment toPod(String name, String target, String container) {
    return Serialization.unmarshal(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: %1$s, namespace: shop}
        spec:
          nodeName: node-1
          target: {pod: %2$s}
          container: {interface: net1, %3$s}
          host: {interface: veth-%1$s}
        """
            .formatted(name, target, container),
        NetworkAttachment.class);
  }

  private static NetworkAttachment toDb(String name) {
    return toPod(name, "{name: db-0, uid: uid-of-db-0}", "addresses: [10.10.0.2/24]");
  }

  private static NetworkAttachment toNetns(String name, String netns) {
    return Serialization.unmarshal(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: %1$s, namespace: shop}
        spec:
          nodeName: node-1
          target: {netns: {name: %2$s, create: true}}
          container: {interface: net1}
          host: {interface: veth-%1$s}
        """
            .formatted(name, netns),
        NetworkAttachment.class);
  }

  private Condition awaitNotReady(String name, String reason) {
    return Objects.requireNonNull(
        await(name)
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> ready(name), ready -> ready != null && reason.equals(ready.reason())));
  }

  private @Nullable Condition ready(String name) {
    NetworkAttachmentStatus status = node.attachment(name).require().getStatus();
    return status == null
        ? null
        : Conditions.find(status.conditions(), Conditions.READY).orElse(null);
  }

  private static JsonNode net1(String netns) {
    return AgentSuite.inside(netns, "addr show dev net1").get(0);
  }

  private static boolean hasNet1(String netns) {
    return Ip.here().ip("-n " + netns + " -br link").contains("net1");
  }

  @Test
  void aPodIsAttachedToAndLeftWithItsNamespace() {
    String netns = podNamespace();
    run(DB, netns);
    try (Program agent = agent()) {
      node.create(toDb("db"));

      NetworkAttachmentStatus status = node.awaitAttached("db");

      assertThat(net1(netns).path("operstate").asText()).isEqualTo("UP");
      assertThat(AgentSuite.addresses(AgentSuite.inside(netns, "addr show dev net1")))
          .containsExactly("10.10.0.2/24");
      assertThat(status.target()).isEqualTo("pod/db-0");
      assertThat(AgentSuite.netns(status).path()).isEqualTo("/run/netns/" + netns);
      assertThat(AgentSuite.netns(status).created()).isFalse();
      assertThat(String.valueOf(AgentSuite.netns(status).inode()))
          .isEqualTo(Ip.here().command("stat -L -c %i /run/netns/" + netns).strip());
      assertThat(Objects.requireNonNull(ready("db")).message())
          .isEqualTo("net1 in pod db-0 is linked to veth-db on the node");
      agent.awaitLine("shop/db: attached in");
      assertThat(agent.lines())
          .as("only the agent speaks")
          .noneMatch(l -> l.startsWith("WARNING:"));
      assertThat(agent.scrape().value("netattach_runtime_duration_seconds_count", "call", "list"))
          .isPositive();

      node.attachment("db").delete();
      node.awaitGone("db");

      assertThat(Ip.here().hasLink("veth-db")).isFalse();
      assertThat(Ip.here().ip("netns list")).contains(netns);
    }
  }

  @Test
  void beforeThePodIsKnownAnAttachmentIsNotTheAgents() {
    run(DB, podNamespace());
    try (Program agent = agent()) {
      node.create(toPod("db", "{name: db-0}", "addresses: [10.10.0.2/24]"));
      node.create(toPod("never", "{name: db-9}", "addresses: [10.10.0.9/24]"));
      node.create(toNetns("other", "other"));
      node.awaitAttached("other");

      NetworkAttachment early = node.attachment("db").require();
      assertThat(early.getMetadata().getFinalizers()).isEmpty();
      assertThat(Objects.requireNonNull(ready("db")).reason()).isEqualTo("Pending");
      node.attachment("never").delete();
      assertThat(node.attachment("never").get()).as("nothing holds it").isNull();

      node.merge("db", "{\"spec\":{\"target\":{\"pod\":{\"uid\":\"uid-of-db-0\"}}}}");

      node.awaitAttached("db");
      assertThat(agent.said()).doesNotContain("shop/never");
    }
  }

  @Test
  void aSandboxThatComesIsFoundWithoutAWordInBetween() {
    long before = statusWrites("db");
    try (Program agent = agent()) {
      node.create(toDb("db"));
      node.create(toPod("web", "{name: web-0, uid: uid-of-web-0}", "mtu: 1400"));
      awaitNotReady("db", "TargetNotFound");
      awaitNotReady("web", "TargetNotFound");
      int lists = runtime.lists();
      await().atMost(PATIENCE).until(() -> runtime.lists() > lists + 10);
      assertThat(statusWrites("db") - before).as("waiting").isEqualTo(1);
      assertThat(agent.scrape().value("netattach_sandboxes_awaited")).isEqualTo(2);

      String netns = podNamespace();
      run(DB, netns);
      node.awaitAttached("db");
      run(new Pod(AgentSuite.NAMESPACE, "web-0", "uid-of-web-0"), podNamespace());
      node.awaitAttached("web");

      assertThat(hasNet1(netns)).isTrue();
      assertThat(statusWrites("db") - before)
          .as("waiting, attached, and perhaps its carrier later")
          .isBetween(2L, 3L);
      AtomicInteger seen = new AtomicInteger();
      await("nobody asks for lists any more")
          .atMost(PATIENCE)
          .pollInterval(SandboxWatch.INTERVAL.multipliedBy(5))
          .until(() -> {
            int now = runtime.lists();
            return now == seen.getAndSet(now);
          });
    }
  }

  private long statusWrites(String name) {
    return node.writes().stream()
        .filter(request -> request.uri().contains("/" + name + "/status"))
        .count();
  }

  @Test
  void aSandboxThatIsMadeAnewIsAttachedToAgain() {
    String first = podNamespace();
    String sandbox = run(DB, first);
    try (Program agent = agent()) {
      node.create(toDb("db"));
      node.awaitAttached("db");

      runtime.end(sandbox);
      Ip.here().ip("netns delete " + first);
      awaitNotReady("db", "TargetNotFound");
      await().atMost(PATIENCE).until(() -> !Ip.here().hasLink("veth-db"));
      String second = podNamespace();
      run(DB, second);

      NetworkAttachmentStatus status = node.awaitAttached("db");
      assertThat(AgentSuite.netns(status).path()).isEqualTo("/run/netns/" + second);
      assertThat(hasNet1(second)).isTrue();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  /** Its network namespace may outlive it, as long as anything holds it. */
  @Test
  void anOldSandboxWhoseNamespaceStaysIsLeft() {
    String first = podNamespace();
    String sandbox = run(DB, first);
    try (Program agent = agent()) {
      node.create(toDb("db"));
      node.awaitAttached("db");

      runtime.end(sandbox);
      String second = podNamespace();
      run(DB, second);
      Ip.here().ip("link set veth-db down");

      await().atMost(PATIENCE).until(() -> hasNet1(second));
      assertThat(hasNet1(first)).isFalse();
      node.awaitAttached("db");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  /** As CRI-O does when the first process of a pod is killed. */
  @Test
  void aSandboxThatIsMadeAnewIsFoundAlthoughNothingHappensToTheOldNamespace() {
    String first = podNamespace();
    String sandbox = run(DB, first);
    try (Program agent = agent()) {
      node.create(toDb("db"));
      node.awaitAttached("db");

      runtime.end(sandbox);
      String second = "067664ba-8de2-4692-ae7c-6bfc37efe179";
      Ip.here().ip("netns add " + second);
      run(DB, second);

      await().atMost(PATIENCE).until(() -> hasNet1(second));
      assertThat(hasNet1(first)).isFalse();
      node.awaitAttached("db");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void aSandboxThatIsLostWhileItIsAttachedToIsLeftAtOnce() {
    String first = podNamespace();
    String sandbox = run(DB, first);
    AtomicBoolean lost = new AtomicBoolean();
    AtomicBoolean wasThere = new AtomicBoolean();
    runtime.beforeStatus(() -> {
      // The question after attaching.
      if (Ip.here().hasLink("veth-db") && lost.compareAndSet(false, true)) {
        wasThere.set(hasNet1(first));
        runtime.end(sandbox);
      }
    });
    try (Program agent = agent()) {
      node.create(toDb("db"));

      awaitNotReady("db", "TargetNotFound");
      assertThat(wasThere).isTrue();
      assertThat(hasNet1(first)).isFalse();
      assertThat(Ip.here().hasLink("veth-db")).isFalse();

      String second = podNamespace();
      run(DB, second);
      node.awaitAttached("db");
      assertThat(hasNet1(second)).isTrue();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kube-system/db-0", "shop/other"})
  void aUidOfAnotherPodIsRefused(String other) {
    String netns = podNamespace();
    run(new Pod(other.split("/", 2)[0], other.split("/", 2)[1], DB.uid()), netns);
    try (Program agent = agent()) {
      node.create(toDb("db"));

      Condition ready = awaitNotReady("db", "Refused");

      assertThat(ready.message()).contains("target.pod.uid", "not of pod shop/db-0");
      assertThat(hasNet1(netns)).isFalse();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void aPodOfTheNodesNetworkIsRefused() {
    runtime.runOnNode(DB);
    try (Program agent = agent()) {
      node.create(toDb("db"));

      assertThat(awaitNotReady("db", "Refused").message()).contains("hostNetwork: true");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  /** Whatever the runtime says of it. */
  @Test
  void aNamespaceThatIsTheNodesIsRefused() {
    Ip.here().ip("netns attach own " + ProcessHandle.current().pid());
    run(DB, "own");
    try (Program agent = agent()) {
      node.create(toDb("db"));

      assertThat(awaitNotReady("db", "Refused").message()).contains("hostNetwork: true");
      assertThat(Ip.here().hasLink("net1")).isFalse();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void aNamespaceElsewhereIsRefusedWithWhatToSet() {
    runtime.run(DB, "/proc/1/ns/net");
    try (Program agent = agent()) {
      node.create(toDb("db"));

      assertThat(awaitNotReady("db", "Refused").message()).contains("/proc/1/ns/net", "/run/netns");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void whatARuntimeSaysWithoutSenseIsSaidAndAskedAgain() {
    String netns = podNamespace();
    String broken = runtime.run(DB, NamespaceMode.POD, "{\"runtimeSpec\":");
    try (Program agent = agent()) {
      node.create(toDb("db"));

      assertThat(awaitNotReady("db", "TargetNotFound").message()).contains("no JSON");

      runtime.remove(broken);
      run(DB, netns);
      node.awaitAttached("db");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void whileTheRuntimeIsAwayWhatIsAttachedIsRepairedAndOthersWait() {
    String netns = podNamespace();
    run(DB, netns);
    Pod web = new Pod(AgentSuite.NAMESPACE, "web-0", "uid-of-web-0");
    run(web, podNamespace());
    try (Program agent = agent()) {
      node.create(toDb("db"));
      node.awaitAttached("db");

      runtime.stop();
      node.create(toPod("web", "{name: web-0, uid: uid-of-web-0}", "mtu: 1400"));
      assertThat(awaitNotReady("web", "TargetNotFound").message())
          .contains(runtime.socket().toString(), "--runtime-socket");
      Ip.here().ip("link delete veth-db");
      await()
          .atMost(PATIENCE)
          .until(() -> node.attachment("db").require().getStatus().lastRepair() != null);
      assertThat(hasNet1(netns)).isTrue();
      assertThat(Objects.requireNonNull(ready("db")).status()).isEqualTo(Conditions.TRUE);

      runtime.start();

      node.awaitAttached("web");
      assertThat(agent.scrape().value("netattach_runtime_failures_total", "call", "list"))
          .isPositive();
    }
  }

  @Test
  void aRuntimeThatHangsHoldsUpNoNamedNamespace() {
    run(DB, podNamespace());
    try (Program agent = agent()) {
      var release = runtime.hold();
      node.create(toDb("db"));
      for (int i = 0; i < 5; i++) {
        node.create(toNetns("n" + i, "n" + i));
      }
      for (int i = 0; i < 5; i++) {
        node.awaitAttached("n" + i);
      }
      assertThat(awaitNotReady("db", "TargetNotFound").message()).contains("does not answer");

      release.countDown();

      node.awaitAttached("db");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void aPodsNamespaceIsNobodyElsesByNoName() {
    String netns = podNamespace();
    run(DB, netns);
    Ip.here()
        .shell("touch /run/netns/alias && mount --bind /run/netns/" + netns + " /run/netns/alias");
    Ip.here().ip("netns add free");
    try (Program agent = agent()) {
      node.create(toNetns("direct", netns));
      node.create(toNetns("alias", "alias"));
      node.create(toNetns("free", "free"));

      for (String name : List.of("direct", "alias")) {
        assertThat(awaitNotReady(name, "Refused").message())
            .contains("is the namespace of a pod; use target.pod");
      }
      node.awaitAttached("free");
      assertThat(hasNet1(netns)).isFalse();
      assertThat(runtime.statuses()).as("each sandbox is asked for once").isEqualTo(1);
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void whatIsInAPodByTheNameOfItsNamespaceIsTakenAway() {
    String netns = podNamespace();
    try (Program agent = agent()) {
      node.create(toNetns("direct", netns));
      node.awaitAttached("direct");
      assertThat(agent.isRunning()).isTrue();
    }
    run(DB, netns);
    try (Program agent = agent()) {
      awaitNotReady("direct", "Refused");

      assertThat(hasNet1(netns)).isFalse();
      assertThat(Ip.here().hasLink("veth-direct")).isFalse();
      assertThat(Ip.here().ip("netns list")).contains(netns);
      assertThat(agent.isRunning()).isTrue();
    }
  }

  /** The runtime of pods may be another than the one that is asked. */
  @Test
  void aNameAsARuntimeGivesIsRefusedAlthoughTheOneThatIsAskedDoesNotKnowIt() {
    Ip.here().ip("netns add " + NAMED_BY_A_RUNTIME);
    try (Program agent = agent()) {
      node.create(toNetns("pod", NAMED_BY_A_RUNTIME));

      assertThat(awaitNotReady("pod", "Refused").message()).contains("use target.pod");
      assertThat(hasNet1(NAMED_BY_A_RUNTIME)).isFalse();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void withoutARuntimeToAskTheFormOfANameDecides() {
    String name = NAMED_BY_A_RUNTIME;
    Ip.here().ip("netns add " + name);
    runtime.close();
    try (Program agent = node.agent("--runtime-socket", folder.resolve("none.sock").toString())) {
      node.create(toNetns("pod", name));
      node.create(toNetns("fine", "fine"));

      assertThat(awaitNotReady("pod", "Refused").message()).contains("use target.pod");
      node.awaitAttached("fine");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void whatAPoolGivesIsAttachedWithAndKept() {
    String netns = podNamespace();
    run(DB, netns);
    AssignedAddresses given =
        new AssignedAddresses(
            "blue", List.of("10.20.0.7/24", "fd00:20::7/64"), List.of("10.20.0.1", "fd00:20::1"));
    try (Program agent = agent()) {
      node.create(
          toPod(
              "db",
              "{name: db-0, uid: uid-of-db-0}",
              "addressPool: {name: blue, defaultRoute: true}"));
      node.create(toNetns("other", "other"));
      node.awaitAttached("other");
      assertThat(node.attachment("db").require().getMetadata().getFinalizers()).isEmpty();

      node.attachment("db")
          .editStatus(now -> {
            now.setStatus(
                new NetworkAttachmentStatus(
                    null, now.getStatus().conditions(), given, null, null, null, null, null));
            return now;
          });

      NetworkAttachmentStatus status = node.awaitAttached("db");
      assertThat(status.assigned()).isEqualTo(given);
      assertThat(AgentSuite.addresses(AgentSuite.inside(netns, "addr show dev net1")))
          .containsExactlyInAnyOrder("10.20.0.7/24", "fd00:20::7/64");
      assertThat(AgentSuite.inside(netns, "route show default").get(0).path("gateway").asText())
          .isEqualTo("10.20.0.1");
      assertThat(AgentSuite.inside(netns, "-6 route show default").get(0).path("gateway").asText())
          .isEqualTo("fd00:20::1");
      assertThat(AgentSuite.container(status).gateways())
          .containsExactly("10.20.0.1", "fd00:20::1");
      assertThat(agent.isRunning()).isTrue();
    }
  }
}
