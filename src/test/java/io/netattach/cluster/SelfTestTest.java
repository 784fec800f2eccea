package io.netattach.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.netattach.api.ApiObjects;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.AgentLease;
import io.netattach.kube.ApiServer;
import io.netattach.kube.Conditions;
import io.netattach.kube.NeedsApiServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the test of an installation says; the agent of worker-1 is played. */
@NeedsApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SelfTestTest {
  private static final String RELEASE = "netattach-system";
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
  private static final SelfTest.Self SELF = new SelfTest.Self(RELEASE, "tester", "", "worker-1");
  private static final Duration LONG = Duration.ofSeconds(60);

  /** For a time-out that comes after steps that a slow machine needs some time for. */
  private static final Duration FAIR = Duration.ofSeconds(10);

  /** For a time-out at the first step. */
  private static final Duration SHORT = Duration.ofSeconds(3);

  /** One for all, since the agent goes on between them. */
  private static @TempDir Path interfaces = Path.of("");

  private static final String WORKLOAD =
      """
      {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: netattach-agent, namespace: netattach-system},
        spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}},
          spec: {containers: [{name: agent, image: netattach}]}}}}
      ---
      {apiVersion: v1, kind: Pod, metadata: {name: netattach-agent-1, namespace: netattach-system, labels: {
        app.kubernetes.io/name: netattach, app.kubernetes.io/component: agent}},
        spec: {nodeName: worker-1, containers: [{name: agent, image: netattach}]}}
      """;

  private final ApiServer server = ApiServer.start();
  private final KubernetesClient client = server.client();
  private final List<String> out = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService agent = Executors.newSingleThreadScheduledExecutor();

  private volatile boolean isSilent;
  private volatile String reason = "Attached";
  private volatile boolean makesInterface = true;
  private volatile String lastTrouble = "none";

  @BeforeAll
  void install() {
    ApiObjects.install(server);
    server.kubectl("create", "namespace", RELEASE);
    server.kubectl("create", "serviceaccount", "default", "-n", RELEASE);
    assertThat(server.kubectlWithInput(WORKLOAD, "create", "-f", "-").err()).isEmpty();
    wantAgentsOn(1);
    client
        .resource(
            new LeaseBuilder()
                .withNewMetadata()
                .withNamespace(RELEASE)
                .withName(AgentLease.name("worker-1"))
                .withLabels(AgentLease.LABELS)
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity("netattach-agent-1")
                .endSpec()
                .build())
        .create();
    var unused = agent.scheduleWithFixedDelay(this::act, 0, 300, TimeUnit.MILLISECONDS);
  }

  private void wantAgentsOn(int nodes) {
    client
        .apps()
        .daemonSets()
        .inNamespace(RELEASE)
        .withName("netattach-agent")
        .subresource("status")
        .patch(
            MERGE,
            """
            {"status": {"desiredNumberScheduled": %d, "currentNumberScheduled": 1,
              "numberMisscheduled": 0, "numberReady": 1}}
            """
                .formatted(nodes));
  }

  @AfterEach
  void recover() {
    isSilent = false;
    reason = "Attached";
    makesInterface = true;
    wantAgentsOn(1);
    client.resources(NetworkAttachment.class).inNamespace(RELEASE).delete();
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(attachments()).as("the agent's last trouble: %s", lastTrouble).isEmpty());
    out.clear();
  }

  @AfterAll
  void close() {
    agent.shutdownNow();
    server.close();
  }

  /** What goes wrong, such as with an object that is gone meanwhile, is tried again. */
  private void act() {
    try {
      renew();
      client
          .resources(NetworkAttachment.class)
          .inNamespace(RELEASE)
          .list()
          .getItems()
          .forEach(this::carryOut);
    } catch (KubernetesClientException | UncheckedIOException e) {
      lastTrouble = e.toString();
    }
  }

  private void renew() {
    if (!isSilent) {
      client
          .leases()
          .inNamespace(RELEASE)
          .withName(AgentLease.name("worker-1"))
          .edit(lease ->
              new LeaseBuilder(lease)
                  .editSpec()
                  .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                  .endSpec()
                  .build());
    }
  }

  private void carryOut(NetworkAttachment attachment) {
    Path file = interfaces.resolve("nattest0");
    try {
      if (attachment.isMarkedForDeletion()) {
        Files.deleteIfExists(file);
        client.resource(attachment).patch(MERGE, "{\"metadata\":{\"finalizers\":[]}}");
        return;
      }
      client
          .resource(attachment)
          .patch(MERGE, "{\"metadata\":{\"finalizers\":[\"netattach.io/detach\"]}}");
      boolean isReady = reason.equals("Attached");
      if (isReady && makesInterface) {
        Files.writeString(file, "");
      }
      client
          .resource(attachment)
          .subresource("status")
          .patch(
              MERGE,
              """
              {"status": {"conditions": [{"type": "Ready", "status": "%s", "reason": "%s",
                "message": "said by the agent", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}
              """
                  .formatted(isReady ? Conditions.TRUE : Conditions.FALSE, reason));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SelfTest test(SelfTest.Aim aim, Duration time) {
    return new SelfTest(client, SELF, aim, interfaces, time, out::add);
  }

  private List<NetworkAttachment> attachments() {
    return client.resources(NetworkAttachment.class).inAnyNamespace().list().getItems();
  }

  @Test
  void anAttachmentToItsOwnPodComesAndGoes() throws InterruptedException {
    test(SelfTest.Aim.POD, LONG).run();

    assertThat(out)
        .containsExactly(
            "agents: 1 of 1 nodes are heard",
            "attachment netattach-system/selftest-tester: created",
            "attachment netattach-system/selftest-tester: Ready on node worker-1",
            "interface nattest0: is in this pod",
            "attachment netattach-system/selftest-tester: gone",
            "interface nattest0: is gone again");
    assertThat(attachments()).isEmpty();
  }

  @Test
  void anAttachmentToANamespaceOfItsNodeComesAndGoes() throws InterruptedException {
    test(SelfTest.Aim.NETNS, LONG).run();

    assertThat(out)
        .containsExactly(
            "agents: 1 of 1 nodes are heard",
            "attachment netattach-system/selftest-tester: created",
            "attachment netattach-system/selftest-tester: Ready on node worker-1",
            "attachment netattach-system/selftest-tester: gone");
    assertThat(attachments()).isEmpty();
  }

  @Test
  void agentsAloneCanBeAskedFor() throws InterruptedException {
    test(SelfTest.Aim.NONE, LONG).run();

    assertThat(out).containsExactly("agents: 1 of 1 nodes are heard", "no attachment is tried");
  }

  @Test
  void anAgentWhoseLeaseDoesNotChangeIsNamed() throws Exception {
    isSilent = true;
    // By then it is not in the middle of a renewal.
    agent.submit(() -> {}).get();

    assertThatThrownBy(() -> test(SelfTest.Aim.POD, SHORT).run())
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("after 3 s no agent is heard on worker-1. Look at kubectl -n");
  }

  @Test
  void aNodeWithoutAnAgentsPodIsCounted() {
    wantAgentsOn(2);

    assertThatThrownBy(() -> test(SelfTest.Aim.POD, FAIR).run())
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("after 10 s only 1 of 2 nodes have an agent's pod. Look at");
  }

  @Test
  void noNodeAtAllIsNoGoodInstallation() {
    wantAgentsOn(0);

    assertThatThrownBy(() -> test(SelfTest.Aim.NONE, FAIR).run())
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("after 10 s no node is to have an agent. Look at");
  }

  @Test
  void whatTheConditionSaysIsToldAndTheAttachmentIsTakenBack() throws InterruptedException {
    reason = "Conflict";

    assertThatThrownBy(() -> test(SelfTest.Aim.POD, FAIR).run())
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("is not ready after 10 s: False, Conflict, said by the agent. Look");
    assertThat(attachments()).allMatch(NetworkAttachment::isMarkedForDeletion);
    assertThat(out).endsWith("attachment netattach-system/selftest-tester: taken back");

    reason = "Attached";
    test(SelfTest.Aim.POD, LONG).run();
  }

  @Test
  void anInterfaceThatDoesNotComeIsTold() {
    makesInterface = false;

    assertThatThrownBy(() -> test(SelfTest.Aim.POD, FAIR).run())
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("this pod does not have the interface nattest0, although");
  }

  @Test
  void whatIsInterruptedIsTakenBack() throws InterruptedException {
    makesInterface = false;
    AtomicReference<Exception> end = new AtomicReference<>();
    Thread main =
        Thread.ofPlatform()
            .start(() -> {
              try {
                test(SelfTest.Aim.POD, LONG).run();
              } catch (RuntimeException | InterruptedException e) {
                end.set(e);
              }
            });
    await()
        .atMost(LONG)
        .until(() ->
            out.contains("attachment netattach-system/selftest-tester: Ready on node worker-1"));
    main.interrupt();

    assertThat(main.join(LONG)).isTrue();
    assertThat(end.get())
        .isNotNull()
        .isNotInstanceOf(ClusterException.class)
        .hasNoSuppressedExceptions();
    assertThat(out).endsWith("attachment netattach-system/selftest-tester: taken back");
  }

  @Test
  void aRefusalIsToldAsTheApiServerSaysIt() {
    SelfTest.Self wrong = new SelfTest.Self(RELEASE, "tester", "", "Worker");
    SelfTest test = new SelfTest(client, wrong, SelfTest.Aim.NETNS, interfaces, LONG, out::add);

    assertThatThrownBy(test::run)
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("is refused: ")
        .hasMessageContaining("is not the name of a node");
    assertThat(out).containsExactly("agents: 1 of 1 nodes are heard");
  }
}
