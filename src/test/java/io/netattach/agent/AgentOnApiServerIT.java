package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.Ip;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ApiProxy;
import io.netattach.kube.ApiServer;
import io.netattach.kube.AuditLog;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** On a real API server, as the service account that the manifests give the agent. */
@NeedsApiServer
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AgentOnApiServerIT extends AgentSuite {
  private static final Path DEFINITION =
      Path.of("k8s", "crds", "networkattachments.netattach.io.yaml");

  private static final String AGENT = "system:serviceaccount:netattach-system:netattach-agent";

  /** How many edits and how many deletes fall into status writes. */
  private static final int RACES = 500;

  private ApiServer server;
  private Path kubeconfig;

  AgentOnApiServerIT() {
    server = ApiServer.startWithAudit();
    kubeconfig = server.adminKubeconfig();
  }

  @BeforeAll
  void install() {
    server
        .client()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName("netattach-system")
                .endMetadata()
                .build())
        .create();
    server.install(DEFINITION, Path.of("k8s", "rbac.yaml"));
    kubeconfig = server.serviceAccountKubeconfig("netattach-system", "netattach-agent");
  }

  @AfterAll
  void close() {
    server.close();
  }

  @Override
  KubernetesClient client() {
    return server.client();
  }

  @Override
  Path kubeconfig() {
    return kubeconfig;
  }

  @Test
  void aKeyOfEllipticCurvesIsUnderstood() {
    try (Program agent =
        Program.start(
            "agent",
            server.adminKubeconfigWithEcKey(),
            Map.of("NODE_NAME", NODE),
            "--resync",
            "0")) {
      agent.awaitReady();
      create(simple("blue", 20));
      awaitAttached("blue");
    }
  }

  @Test
  void theNodesAttachmentsAloneAreHeardOf() {
    try (Program agent = startReady()) {
      create(simple("blue", 21));
      awaitAttached("blue");
      assertThat(agent.said()).doesNotContain("cannot select");
    }
    // A watch is written down when the server has seen that it has ended.
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(AuditLog.read(server.auditLog()).requests())
                .filteredOn(request -> request.verb().equals("watch"))
                .filteredOn(request -> request.resource().equals("networkattachments"))
                .filteredOn(request -> request.user().endsWith(":netattach-agent"))
                .isNotEmpty()
                .allMatch(
                    request -> request.uri().contains("fieldSelector=spec.nodeName%3D" + NODE)));
  }

  @Test
  void definitionsThatComeLaterAreWaitedFor() {
    CustomResourceDefinition definition =
        client()
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName("networkattachments.netattach.io")
            .get();
    client().resource(definition).delete();
    // Where that fails, the server tries it again after a minute.
    await()
        .atMost(PATIENCE.multipliedBy(2))
        .until(() -> client().resource(definition).get() == null);
    try (Program agent = start("--resync", "0")) {
      agent.awaitLine("apply the custom resource definitions of this release");
      server.install(DEFINITION);
      agent.awaitReady();
      create(simple("blue", 22));
      awaitAttached("blue");
    }
  }

  @Test
  void anApiServerThatGoesAndComesBackIsFoundAgain() {
    try (Program agent = startReady()) {
      create(simple("blue", 23));
      awaitAttached("blue");

      server.stopApiServer();
      Ip.here().ip("link set veth-blue mtu 1400");
      server.startApiServer();

      mergeSpec("blue", "{\"container\":{\"mtu\":1300}}");
      awaitAttached("blue");
      assertThat(Ip.here().link("veth-blue").path("mtu").asInt()).isEqualTo(1300);
      assertThat(agent.isRunning()).isTrue();
    }
  }

  /** An agent whose every status write a test can act before. */
  private Program behind(ApiProxy proxy) {
    return Program.start(
        "agent",
        server.serviceAccountKubeconfig("netattach-system", "netattach-agent", proxy),
        Map.of("NODE_NAME", NODE, "POD_NAME", "agent-x", "POD_NAMESPACE", "netattach-system"),
        "--resync",
        "0");
  }

  private static boolean isStatusWrite(String request, String name) {
    return request.startsWith("PATCH ") && request.contains("/" + name + "/status");
  }

  @Test
  void noEditThatFallsIntoAStatusWriteIsLost() {
    AtomicInteger edits = new AtomicInteger();
    try (ApiProxy proxy = new ApiProxy(server.url());
        Program agent = behind(proxy)) {
      agent.awaitReady();
      create(simple("raced", 30));
      // Each write of a status sees the spec change under it, which makes the next one.
      proxy.before(request -> {
        if (isStatusWrite(request, "raced") && edits.get() < RACES) {
          int edit = edits.incrementAndGet();
          mergeSpec("raced", "{\"container\":{\"mtu\":" + (1300 + edit % 100) + "}}");
        }
      });
      mergeSpec("raced", "{\"container\":{\"mtu\":1400}}");

      await().atMost(PATIENCE.multipliedBy(10)).until(() -> edits.get() == RACES);
      awaitAttached("raced");

      assertThat(Ip.here().link("veth-raced").path("mtu").asInt()).isEqualTo(1300 + RACES % 100);
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void noDeleteThatFallsIntoAStatusWriteIsLost() {
    Map<String, Boolean> deleted = new ConcurrentHashMap<>();
    int atOnce = 20;
    try (ApiProxy proxy = new ApiProxy(server.url());
        Program agent = behind(proxy)) {
      agent.awaitReady();
      proxy.before(request -> {
        if (request.startsWith("PATCH ") && request.contains("/status ")) {
          String name = request.replaceAll(".*/networkattachments/([^/]*)/status.*", "$1");
          if (deleted.putIfAbsent(name, true) == null) {
            attachment(name).delete();
          }
        }
      });
      for (int round = 0; round < RACES / atOnce; round++) {
        for (int i = 0; i < atOnce; i++) {
          create(simple("d" + round + "-" + i, i + 1));
        }
        await().atMost(PATIENCE).until(() -> attachments().list().getItems().isEmpty());
      }

      assertThat(deleted).hasSize(RACES);
      assertThat(Ip.here().ip("netns list")).isEmpty();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void aStatusIsWrittenForNewsAlone() {
    try (Program agent = startReady()) {
      create(simple("told", 24));
      awaitOperational("told");
      agent.terminate().exitCode();
    }
    long writes = statusWrites("told");
    assertThat(writes).as("attached, and perhaps its carrier later").isBetween(1L, 2L);
    // When the agent that is started next has attached another, it has seen this one, too.
    try (Program agent = start("--resync", "1").awaitReady()) {
      create(simple("another", 25));
      awaitAttached("another");
      Ip.here().ip("link delete veth-another");
      await()
          .atMost(PATIENCE)
          .until(() -> attachment("another").get().getStatus().lastRepair() != null);
      assertThat(agent.isRunning()).isTrue();
    }
    assertThat(statusWrites("told")).isEqualTo(writes);
  }

  private long statusWrites(String name) {
    return AuditLog.read(server.auditLog()).requests().stream()
        .filter(request -> request.uri().contains("/networkattachments/" + name + "/status"))
        .count();
  }

  @Test
  void aFinalizerIsAddedThoughTheObjectChangesMeanwhile() {
    AtomicInteger changes = new AtomicInteger();
    try (ApiProxy proxy = new ApiProxy(server.url());
        Program agent = behind(proxy)) {
      agent.awaitReady();
      proxy.before(request -> {
        if (request.startsWith("PATCH ")
            && request.contains("/networkattachments/moved ")
            && changes.getAndIncrement() == 0) {
          merge("moved", "{\"metadata\":{\"finalizers\":[\"example.org/other\"]}}");
        }
      });
      create(simple("moved", 26));
      awaitAttached("moved");

      assertThat(attachment("moved").get().getMetadata().getFinalizers())
          .containsExactlyInAnyOrder("example.org/other", NetworkAttachment.FINALIZER);
      merge("moved", "{\"metadata\":{\"finalizers\":[\"" + NetworkAttachment.FINALIZER + "\"]}}");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void whatLosesItsFinalizerWhileItIsAttachedIsNotLeftBehind() {
    AtomicInteger removals = new AtomicInteger();
    try (ApiProxy proxy = new ApiProxy(server.url());
        Program agent = behind(proxy)) {
      agent.awaitReady();
      proxy.before(request -> {
        if (isStatusWrite(request, "torn") && removals.getAndIncrement() == 0) {
          merge("torn", "{\"metadata\":{\"finalizers\":null}}");
          attachment("torn").delete();
        }
      });
      create(simple("torn", 27));

      agent.awaitLine("shop/torn: is gone: detached");
      assertThat(Ip.here().hasLink("veth-torn")).isFalse();
    }
  }

  @Test
  void whatIsMadeAndDeletedInTheSameMomentLeavesNothing() throws InterruptedException {
    int names = 12;
    int rounds = 15;
    try (Program agent = startReady();
        var threads = Executors.newFixedThreadPool(names)) {
      for (int i = 0; i < names; i++) {
        String name = "quick-" + i;
        int subnet = 40 + i;
        threads.execute(() -> {
          for (int round = 0; round < rounds; round++) {
            createWhenPossible(simple(name, subnet));
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(45_000_000));
            attachment(name).delete();
          }
        });
      }
      threads.shutdown();
      assertThat(threads.awaitTermination(3, TimeUnit.MINUTES)).isTrue();

      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> {
            assertThat(attachments().list().getItems()).isEmpty();
            assertThat(Ip.here().ip("-br link").lines()).hasSize(1);
            assertThat(Ip.here().ip("netns list")).isEmpty();
          });
      // The framework's timer has a race: where an object goes just when its retry is put off, the
      // retry, which nobody needs any more, is cancelled before it is scheduled.
      assertThat(agent.lines())
          .filteredOn(line -> line.contains("Exception"))
          .allMatch(line -> line.endsWith("Task already scheduled or cancelled"));
    }
  }

  /** The one before may still be on its way out. */
  private void createWhenPossible(NetworkAttachment attachment) {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(5))
        .ignoreExceptionsMatching(
            e -> e instanceof KubernetesClientException refused && refused.getCode() == 409)
        .until(() -> client().resource(attachment).create() != null);
  }

  @Test
  void whereTunnelsEndIsReadFromTheLeases() {
    try (Program agent =
        start(
            "--bridge", "{name: br-pods, uplink: {vxlan: {id: 42}}}", "--underlay", "192.0.2.1")) {
      agent.awaitReady();
      await().atMost(PATIENCE).until(() -> Ip.here().hasLink("br-pods"));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(AuditLog.read(server.auditLog()).used(AGENT))
                  .contains("list leases.coordination.k8s.io"));
    }
    try (Program agent = startReady()) {
      assertThat(Ip.here().hasLink("br-pods")).isFalse();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  /** After all others: what they made the agent ask for is what it may ask for. */
  @Test
  @Order(Integer.MAX_VALUE)
  void theAgentMayDoWhatItDoesAndNothingElse() {
    assertThat(AuditLog.read(server.auditLog()).used(AGENT))
        .isEqualTo(AuditLog.granted(Path.of("k8s", "rbac.yaml"), "netattach-agent"));
  }
}
