package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.netattach.api.ApiObjects;
import io.netattach.api.NetworkAttachment;
import io.netattach.cluster.ClusterException;
import io.netattach.cluster.DefinitionSetup;
import io.netattach.cluster.Detachment;
import io.netattach.cluster.FinalizerRemoval;
import io.netattach.cluster.PodSecurityLabels;
import io.netattach.cluster.SelfTest;
import io.netattach.kube.AgentLease;
import io.netattach.kube.ApiServer;
import io.netattach.kube.AuditLog;
import io.netattach.kube.NeedsApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The rights of hooks are those that their commands use: all of them, and none besides. */
@NeedsApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HookRightsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String ATTACHMENT =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: a, namespace: default, finalizers: %s}
      spec:
        nodeName: worker-1
        target: {netns: {name: blue}}
        container: {interface: net1}
      """;

  private static final String SET_AND_POOL =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachmentSet
      metadata: {name: every, namespace: default, finalizers: %1$s}
      spec:
        nodeSelector: {}
        template: {spec: {target: {netns: {name: blue}}, container: {interface: net1}}}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: AddressPool
      metadata: {name: blue, finalizers: %1$s}
      spec: {ranges: [{subnet: 10.10.0.0/24}]}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: AddressBlock
      metadata: {name: blue-0, finalizers: %1$s}
      spec: {pool: blue, first: 10.10.0.0}
      """;

  private final ApiServer server = ApiServer.startWithAudit();
  private final List<String> out = new ArrayList<>();

  private @TempDir Path folder = Path.of("");

  @BeforeEach
  void define() {
    ApiObjects.install(server);
  }

  @AfterAll
  void close() {
    server.close();
  }

  private void create(String yaml) {
    assertThat(server.kubectlWithInput(yaml, "create", "-f", "-").err()).isEmpty();
  }

  /** A client with the service account of a hook, which is installed with its roles. */
  private KubernetesClient as(String name, String namespace, ClusterObjects hook)
      throws IOException {
    server.kubectl("create", "namespace", namespace);
    StringBuilder yaml = new StringBuilder();
    for (JsonNode object : hook.all()) {
      if (object.path("kind").asText().matches("ServiceAccount|.*Role.*")) {
        yaml.append("---\n").append(JSON.writeValueAsString(object)).append('\n');
      }
    }
    server.install(Files.writeString(roles(namespace), yaml));
    for (JsonNode object : hook.all()) {
      if (object.path("kind").asText().endsWith("Role")) {
        awaitRights(object, "system:serviceaccount:" + namespace + ":" + name);
      }
    }
    return ApiServer.client(server.serviceAccountKubeconfig(namespace, name));
  }

  /** The API server takes roles up in its own time. */
  private void awaitRights(JsonNode role, String user) {
    for (JsonNode rule : role.path("rules")) {
      for (JsonNode resource : rule.path("resources")) {
        for (JsonNode verb : rule.path("verbs")) {
          SubjectAccessReview question =
              new SubjectAccessReviewBuilder()
                  .withNewSpec()
                  .withUser(user)
                  .withNewResourceAttributes()
                  .withNamespace(role.at("/metadata/namespace").asText(""))
                  .withGroup(rule.at("/apiGroups/0").asText())
                  .withResource(resource.asText())
                  .withName(rule.at("/resourceNames/0").asText(""))
                  .withVerb(verb.asText())
                  .endResourceAttributes()
                  .endSpec()
                  .build();
          await().atMost(LONG).until(() -> isAllowed(question));
        }
      }
    }
  }

  private boolean isAllowed(SubjectAccessReview question) {
    return server
        .client()
        .authorization()
        .v1()
        .subjectAccessReview()
        .create(question)
        .getStatus()
        .getAllowed();
  }

  private Path roles(String namespace) {
    return folder.resolve(namespace + ".yaml");
  }

  /** The log is written a moment after the answer. */
  private void assertAllIsUsed(String name, String namespace) {
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(
                    AuditLog.read(server.auditLog())
                        .used("system:serviceaccount:" + namespace + ":" + name))
                .isEqualTo(AuditLog.granted(roles(namespace), name)));
  }

  @Test
  void settingUpUsesAllThatItMay() throws Exception {
    server.kubectl("delete", "crd", "addressblocks.netattach.io");
    try (KubernetesClient client =
        as(
            "netattach-setup",
            "setting-up",
            Chart.hooks("setting-up", "pre-upgrade", "podSecurity: {labelNamespace: true}"))) {
      PodSecurityLabels.put(client, "setting-up", out::add);
      new DefinitionSetup(client, LONG, out::add).apply();
    }

    assertThat(out)
        .contains(
            "namespace setting-up: allows privileged pods",
            "definition addressblocks.netattach.io: created",
            "all definitions are established");
    // A right to create that is asked for within another request is not in the log of requests.
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(
                    AuditLog.read(server.auditLog())
                        .used("system:serviceaccount:setting-up:netattach-setup"))
                .containsExactly(
                    "get customresourcedefinitions.apiextensions.k8s.io",
                    "patch customresourcedefinitions.apiextensions.k8s.io",
                    "patch namespaces"));
  }

  @Test
  void settingUpChangesNothingElse() throws Exception {
    try (KubernetesClient client =
        as(
            "netattach-setup",
            "bounded",
            Chart.hooks("bounded", "pre-upgrade", "podSecurity: {labelNamespace: true}"))) {
      assertThatThrownBy(() -> PodSecurityLabels.put(client, "kube-system", out::add))
          .hasMessageContaining("namespaces \"kube-system\" is forbidden");
    }
  }

  @Test
  void detachingUsesAllThatItMay() throws Exception {
    create(ATTACHMENT.formatted("[]"));
    create(SET_AND_POOL.formatted("[]"));
    try (KubernetesClient client =
        as("netattach-uninstall", "detaching", Chart.hooks("detaching", "pre-delete", "{}"))) {
      new Detachment(client, LONG, out::add).detach();
    }

    assertThat(out)
        .contains(
            "0 NetworkAttachmentSets left", "0 NetworkAttachments left", "0 AddressPools left");
    assertAllIsUsed("netattach-uninstall", "detaching");
    server.kubectl("delete", "addressblocks", "--all");
  }

  @Test
  void lettingGoUsesAllThatItMay() throws Exception {
    // Ours are on attachments and pools only; who has put one elsewhere is not left with it.
    create(ATTACHMENT.formatted("[netattach.io/detach]"));
    create(SET_AND_POOL.formatted("[netattach.io/in-use]"));
    try (KubernetesClient client =
        as(
            "netattach-uninstall",
            "letting-go",
            Chart.hooks("letting-go", "post-delete", "uninstall: {policy: Keep}"))) {
      new FinalizerRemoval(client, "letting-go", LONG, out::add).remove();
    }

    assertThat(out)
        .contains(
            "1 NetworkAttachmentSet let go",
            "1 NetworkAttachment let go",
            "1 AddressPool let go",
            "1 AddressBlock let go");
    assertAllIsUsed("netattach-uninstall", "letting-go");
    for (String kind : List.of("nattset", "natt", "addresspools", "addressblocks")) {
      assertThat(server.kubectl("delete", kind, "--all").exitCode()).isZero();
    }
  }

  @Test
  void theTestOfAnInstallationUsesAllThatItMay() throws Exception {
    String namespace = "testing";
    try (KubernetesClient client =
            as("netattach-selftest", namespace, Chart.hooks(namespace, "test", "{}"));
        ScheduledExecutorService agent = Executors.newSingleThreadScheduledExecutor()) {
      playAgents(namespace, agent);
      SelfTest.Self self = new SelfTest.Self(namespace, "tester", "", "worker-1");
      SelfTest test =
          new SelfTest(client, self, SelfTest.Aim.NETNS, folder, Duration.ofSeconds(15), out::add);

      // Nobody carries it out.
      assertThatThrownBy(test::run)
          .isInstanceOf(ClusterException.class)
          .hasMessageContaining("attachment testing/selftest-tester is not ready");
      agent.shutdownNow();
    }

    assertThat(server.client().resources(NetworkAttachment.class).inNamespace(namespace).list())
        .extracting(list -> list.getItems().size())
        .isEqualTo(0);
    assertAllIsUsed("netattach-selftest", namespace);
  }

  /** A DaemonSet with one pod, and a Lease that is renewed. */
  private void playAgents(String namespace, ScheduledExecutorService agent) {
    server.kubectl("-n", namespace, "create", "serviceaccount", "default");
    create(
        """
        {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: netattach-agent, namespace: %1$s},
          spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}},
            spec: {containers: [{name: agent, image: netattach}]}}}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: netattach-agent-1, namespace: %1$s, labels: {
          app.kubernetes.io/name: netattach, app.kubernetes.io/component: agent}},
          spec: {nodeName: worker-1, containers: [{name: agent, image: netattach}]}}
        """
            .formatted(namespace));
    KubernetesClient admin = server.client();
    admin
        .apps()
        .daemonSets()
        .inNamespace(namespace)
        .withName("netattach-agent")
        .subresource("status")
        .patch(
            MERGE,
            """
            {"status": {"desiredNumberScheduled": 1, "currentNumberScheduled": 1,
              "numberMisscheduled": 0, "numberReady": 1}}
            """);
    var unused =
        agent.scheduleWithFixedDelay(
            () ->
                admin
                    .resource(
                        new LeaseBuilder()
                            .withNewMetadata()
                            .withNamespace(namespace)
                            .withName(AgentLease.name("worker-1"))
                            .withLabels(AgentLease.LABELS)
                            .endMetadata()
                            .withNewSpec()
                            .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                            .endSpec()
                            .build())
                    .forceConflicts()
                    .serverSideApply(),
            0,
            300,
            TimeUnit.MILLISECONDS);
  }
}
