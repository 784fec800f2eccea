package io.netattach.controller;

import static io.netattach.controller.Cluster.eventually;
import static io.netattach.controller.Cluster.ready;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.api.NetworkAttachment;
import io.netattach.kube.Conditions;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Who speaks for nodes that do not, on a real API server with the rights of the release. */
@NeedsApiServer
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SilentNodesIT {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private Cluster cluster;
  private Program controller;

  @BeforeAll
  void start() {
    cluster = Cluster.start();
    cluster.namespace("shop");
    controller = cluster.controller("c-0", "--silent-after", "6", "--node-grace", "5");
    controller.awaitLine("leading as c-0");
  }

  @AfterAll
  void end() {
    if (controller != null) {
      controller.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  /** An agent that is heard while this is open. */
  private ScheduledExecutorService agent(String node) {
    ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    var unused = thread.scheduleWithFixedDelay(() -> cluster.beat(node), 0, 1, TimeUnit.SECONDS);
    return thread;
  }

  private NetworkAttachment attachment(String name, String node) {
    return cluster.create(Samples.attachment("shop", name, node));
  }

  private NetworkAttachment withFinalizer(String name, String node) {
    NetworkAttachment attachment = Samples.attachment("shop", name, node);
    attachment
        .getMetadata()
        .setFinalizers(List.of("example.com/other", NetworkAttachment.FINALIZER));
    return cluster.create(attachment);
  }

  @Test
  void aNodeThatDoesNotExistIsToldWithTheOneThatIsMeant() {
    cluster.node("n9", Map.of());

    NetworkAttachment attachment = attachment("typo", "n9-typo");

    eventually(() -> {
      var condition = ready(cluster.fresh(attachment));
      assertThat(condition.status()).isEqualTo(Conditions.UNKNOWN);
      assertThat(condition.reason()).isEqualTo("NodeNotFound");
      assertThat(condition.message())
          .isEqualTo(
              "no node is named n9-typo (did you mean n9?); nodeName cannot be changed: delete this"
                  + " attachment and write one of kubectl get nodes");
      assertThat(condition.observedGeneration()).isNull();
    });
    eventually(() ->
        assertThat(
                cluster.events("shop", event -> event.getInvolvedObject().getName().equals("typo")))
            .extracting(event -> event.getReason())
            .containsExactly("NodeNotFound"));
  }

  @Test
  void aSilentAgentIsToldAndHasTheLastWordWhenItIsBack() {
    cluster.node("quiet", Map.of());
    NetworkAttachment attachment = attachment("quiet", "quiet");
    ScheduledExecutorService agent = agent("quiet");
    cluster.attached(attachment);
    String heard = cluster.fresh(attachment).getMetadata().getResourceVersion();
    // Longer than the silence that is told, so what is heard is left alone.
    await()
        .during(Duration.ofSeconds(9))
        .atMost(Duration.ofSeconds(20))
        .until(() -> cluster.fresh(attachment).getMetadata().getResourceVersion().equals(heard));

    agent.close();

    eventually(() -> {
      NetworkAttachment now = cluster.fresh(attachment);
      var condition = ready(now);
      assertThat(condition.status()).isEqualTo(Conditions.UNKNOWN);
      assertThat(condition.reason()).isEqualTo("AgentSilent");
      assertThat(condition.message())
          .startsWith("the agent of node quiet was last heard at 20")
          .endsWith(
              "; what is attached stays, edits and deletes wait; look at kubectl -n"
                  + " netattach-system get pods -o wide --field-selector spec.nodeName=quiet");
      assertThat(now.getStatus().target()).isEqualTo("netns/blue");
      assertThat(now.getStatus().observedGeneration()).isEqualTo(1L);
    });
    String told = cluster.fresh(attachment).getMetadata().getResourceVersion();

    try (ScheduledExecutorService back = agent("quiet")) {
      controller.awaitLine("node quiet: its agent is heard again");
      assertThat(cluster.fresh(attachment).getMetadata().getResourceVersion())
          .as("told once")
          .isEqualTo(told);
      cluster.attached(attachment);
      String again = cluster.fresh(attachment).getMetadata().getResourceVersion();
      await()
          .during(Duration.ofSeconds(5))
          .atMost(Duration.ofSeconds(20))
          .until(() -> cluster.fresh(attachment).getMetadata().getResourceVersion().equals(again));
      back.shutdownNow();
    }
  }

  @Test
  void aRefusedWriteKeepsNoOtherFromBeingTold() {
    cluster.refuse("barred", "request.operation == 'UPDATE' && request.name.startsWith('barred')");
    List<NetworkAttachment> barred =
        List.of(attachment("barred-a", "nowhere-a"), attachment("barred-z", "nowhere-z"));
    controller.awaitLine("shop/barred-a: what became of its node cannot be written");
    controller.awaitLine("shop/barred-z: what became of its node cannot be written");

    NetworkAttachment other = attachment("other", "nowhere-m");

    eventually(() -> assertThat(ready(cluster.fresh(other)).reason()).isEqualTo("NodeNotFound"));
    cluster.refuseNoMore("barred");
    for (NetworkAttachment attachment : barred) {
      eventually(
          () -> assertThat(ready(cluster.fresh(attachment)).reason()).isEqualTo("NodeNotFound"));
    }
  }

  @Test
  void anEditThatNobodyActedOnIsNotSaidToBe() {
    cluster.node("deaf", Map.of());
    NetworkAttachment attachment = attachment("deaf", "deaf");
    cluster.attached(attachment);
    cluster.change(
        attachment, found -> found.setSpec(Samples.spec("deaf", "blue", "10.10.0.77/24")));

    eventually(() -> {
      NetworkAttachment now = cluster.fresh(attachment);
      assertThat(now.getMetadata().getGeneration()).isEqualTo(2L);
      assertThat(ready(now).reason()).isEqualTo("AgentSilent");
      assertThat(ready(now).message()).startsWith("no agent is heard on node deaf; ");
      assertThat(ready(now).observedGeneration()).isEqualTo(1L);
      assertThat(now.getStatus().observedGeneration()).isEqualTo(1L);
    });
  }

  @Test
  void whatWaitsForASilentNodeSaysSoAndIsNeverLetGo() {
    cluster.node("asleep", Map.of());
    NetworkAttachment attachment = withFinalizer("asleep", "asleep");
    cluster.client().resource(attachment).delete();

    eventually(() ->
        assertThat(ready(cluster.fresh(attachment)).message())
            .startsWith("this attachment waits to be detached: no agent is heard on node asleep"));

    await()
        .during(GRACE.multipliedBy(2))
        .atMost(Duration.ofSeconds(30))
        .until(() -> cluster.fresh(attachment).getMetadata().getFinalizers().size() == 2);
  }

  @Test
  void whatWaitsForANodeThatIsGoneIsLetGoAfterItsGrace() {
    cluster.node("gone", Map.of());
    NetworkAttachment attachment = withFinalizer("gone", "gone");
    NetworkAttachment kept = withFinalizer("gone-kept", "gone");
    cluster.client().resource(attachment).delete();
    cluster.deleteNode("gone");
    long deleted = System.nanoTime();

    eventually(() ->
        assertThat(ready(cluster.fresh(attachment)).message())
            .isEqualTo(
                "this attachment waits to be let go, which happens 5 s after node gone was found to"
                    + " be gone"));
    assertThat(cluster.fresh(attachment).getMetadata().getFinalizers()).hasSize(2);
    eventually(() ->
        assertThat(cluster.fresh(attachment).getMetadata().getFinalizers())
            .containsExactly("example.com/other"));
    assertThat(Duration.ofNanos(System.nanoTime() - deleted)).isGreaterThan(GRACE);
    assertThat(cluster.fresh(kept).getMetadata().getFinalizers()).hasSize(2);
    eventually(() -> assertThat(ready(cluster.fresh(kept)).reason()).isEqualTo("NodeNotFound"));
    eventually(() ->
        assertThat(
                cluster.events("shop", event -> event.getInvolvedObject().getName().equals("gone")))
            .extracting(event -> event.getReason())
            .contains("LetGo"));
  }

  @Test
  void anAgentThatIsHeardSpeaksForItselfWithoutANode() {
    try (ScheduledExecutorService agent = agent("bare")) {
      eventually(() ->
          assertThat(cluster.client().leases().inNamespace(Cluster.RELEASE).list().getItems())
              .anyMatch(lease -> lease.getMetadata().getName().equals("netattach-agent-bare")));
      NetworkAttachment attachment = attachment("bare", "bare");
      cluster.attached(attachment);
      String heard = cluster.fresh(attachment).getMetadata().getResourceVersion();
      await()
          .during(Duration.ofSeconds(8))
          .atMost(Duration.ofSeconds(20))
          .until(() -> cluster.fresh(attachment).getMetadata().getResourceVersion().equals(heard));
      agent.shutdownNow();
      eventually(
          () -> assertThat(ready(cluster.fresh(attachment)).reason()).isEqualTo("NodeNotFound"));
    }
  }
}
