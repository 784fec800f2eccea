package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the controller's token can write of pods, such as in the hands of one who stole it. */
@NeedsApiServer
@NullUnmarked
class ControllerTokenTest {
  private static final String RELEASE = "netattach-system";
  private static final String NAMESPACE = "told";
  private static final String[] FILES = {"k8s/rbac.yaml", "k8s/admission.yaml"};

  private static final PatchContext STRATEGIC = PatchContext.of(PatchType.STRATEGIC_MERGE);

  private static final PatchContext TRIAL =
      new PatchContext.Builder()
          .withPatchType(PatchType.STRATEGIC_MERGE)
          .withDryRun(List.of("All"))
          .build();

  private static final String NETWORKS = "k8s.v1.cni.cncf.io/network-status";
  private static final String TOLD =
      """
      {"metadata": {"annotations": {"k8s.v1.cni.cncf.io/network-status": "[]"}},
       "status": {"conditions": [{"type": "netattach.io/attached", "status": "True"}]}}\
      """;
  private static final String LABEL = "{\"metadata\": {\"labels\": {\"app\": \"bank\"}}}";

  private static KubernetesClient controller;

  @BeforeAll
  static void install(ApiServer server) {
    server.kubectl("apply", "--server-side", "-f", "k8s/namespace.yaml");
    for (String file : FILES) {
      assertThat(server.kubectl("apply", "--server-side", "-f", file).err()).isEmpty();
    }
    server.kubectl("create", "namespace", NAMESPACE);
    server.kubectl("-n", NAMESPACE, "create", "serviceaccount", "default");
    controller = ApiServer.client(server.serviceAccountKubeconfig(RELEASE, "netattach-controller"));
    // The server takes a policy up in its own time; until then a label would be written, and is no
    // news the next time: so it is only tried.
    server.client().resource(pod("probe").build()).create();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> refused(() -> tell("probe", LABEL, TRIAL), "writes no labels"));
  }

  @AfterAll
  static void uninstall(ApiServer server) {
    controller.close();
    server.kubectl("-n", NAMESPACE, "delete", "pod", "--all", "--force");
    for (String file : FILES) {
      server.kubectl("delete", "-f", file);
    }
  }

  /** A pod that runs, and of which others have written. */
  @BeforeEach
  void run(ApiServer server) {
    server
        .client()
        .resource(
            pod("web").editMetadata().withFinalizers("example.org/mine").endMetadata().build())
        .create();
    named(server.client(), "web")
        .subresource("status")
        .patch(
            STRATEGIC,
            """
            {"status": {"phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}],
              "conditions": [{"type": "Ready", "status": "True"},
                             {"type": "example.org/other", "status": "True"}]}}\
            """);
  }

  @AfterEach
  void end(ApiServer server) {
    named(server.client(), "web").patch(STRATEGIC, "{\"metadata\": {\"finalizers\": null}}");
    named(server.client(), "web").withGracePeriod(0).delete();
  }

  private static PodBuilder pod(String name) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(NAMESPACE)
        .withLabels(Map.of("app", "shop"))
        .withAnnotations(Map.of("example.org/mine", "x"))
        .endMetadata()
        .withNewSpec()
        .withNodeName("worker-1")
        .addNewContainer()
        .withName("web")
        .withImage("web")
        .endContainer()
        .endSpec();
  }

  private static PodResource named(KubernetesClient client, String name) {
    return client.pods().inNamespace(NAMESPACE).withName(name);
  }

  private static Pod tell(String name, String patch) {
    return tell(name, patch, STRATEGIC);
  }

  /** As the controller does it, which has no right to ask for a pod by its name. */
  private static Pod tell(String name, String patch, PatchContext how) {
    return controller.pods().resource(pod(name).build()).subresource("status").patch(how, patch);
  }

  private static void refused(ThrowingCallable write, String why) {
    assertThatThrownBy(write)
        .isInstanceOfSatisfying(
            KubernetesClientException.class,
            e -> assertThat(e.getCode()).isEqualTo(HttpURLConnection.HTTP_FORBIDDEN))
        .hasMessageContaining(why);
  }

  private static List<String> conditions(Pod pod) {
    return pod.getStatus().getConditions().stream().map(PodCondition::getType).toList();
  }

  @Test
  void itTellsPodsOfTheirAttachments() {
    Pod told = tell("web", TOLD);

    assertThat(told.getMetadata().getAnnotations())
        .containsEntry(NETWORKS, "[]")
        .containsEntry("example.org/mine", "x");
    assertThat(conditions(told))
        .containsExactlyInAnyOrder("Ready", "example.org/other", "netattach.io/attached");
  }

  @Test
  void itTellsThemSomethingElseAndNothingMore() {
    tell("web", TOLD);

    Pod closed = tell("web", TOLD.replace("True", "False").replace("\"[]\"", "null"));

    assertThat(closed.getMetadata().getAnnotations()).isEqualTo(Map.of("example.org/mine", "x"));
    assertThat(closed.getStatus().getConditions())
        .anySatisfy(condition -> {
          assertThat(condition.getType()).isEqualTo("netattach.io/attached");
          assertThat(condition.getStatus()).isEqualTo("False");
        });
  }

  @Test
  void itTellsPodsThatAreBeingDeleted(ApiServer server) {
    named(server.client(), "web").delete();

    Pod told = tell("web", TOLD);

    assertThat(told.isMarkedForDeletion()).isTrue();
    assertThat(conditions(told)).contains("netattach.io/attached");
  }

  @Test
  void itTellsPodsOfWhichNobodyHasWritten(ApiServer server) {
    server
        .client()
        .resource(
            pod("bare").editMetadata().withLabels(null).withAnnotations(null).endMetadata().build())
        .create();

    assertThat(conditions(tell("bare", TOLD))).contains("netattach.io/attached");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        LABEL,
        "{\"metadata\": {\"labels\": {\"new\": \"x\"}}}",
        "{\"metadata\": {\"labels\": null}}",
        "{\"metadata\": {\"finalizers\": null}}",
        "{\"metadata\": {\"finalizers\": [\"example.org/any\"]}}",
        "{\"metadata\": {\"annotations\": {\"new\": \"x\"}}}",
        "{\"metadata\": {\"annotations\": {\"example.org/mine\": \"y\"}}}",
        "{\"metadata\": {\"annotations\": null}}",
        "{\"status\": {\"phase\": \"Failed\"}}",
        "{\"status\": {\"phase\": null}}",
        "{\"status\": {\"message\": \"said by a thief\"}}",
        "{\"status\": {\"podIP\": \"10.0.0.2\", "
            + "\"podIPs\": [{\"$patch\": \"replace\"}, {\"ip\": \"10.0.0.2\"}]}}",
        "{\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"False\"}]}}",
        "{\"status\": {\"conditions\": [{\"type\": \"example.org/new\", \"status\": \"True\"}]}}",
        "{\"status\": {\"conditions\": [{\"type\": \"Ready\", \"$patch\": \"delete\"}]}}",
        "{\"status\": {\"conditions\": null}}"
      })
  void itWritesNothingElseOfPods(String patch) {
    refused(() -> tell("web", patch), "leave the");
  }

  @Test
  void whatAPodRunsStaysAsItIs() {
    String change = "{\"spec\": {\"containers\": [{\"name\": \"web\", \"image\": \"other\"}]}}";

    Pod web = tell("web", change);

    assertThat(web.getSpec().getContainers().getFirst().getImage()).isEqualTo("web");
  }

  @Test
  void othersWriteAsTheirRolesSay(ApiServer server) {
    Pod written = named(server.client(), "web").subresource("status").patch(STRATEGIC, LABEL);

    assertThat(written.getMetadata().getLabels()).containsEntry("app", "bank");
  }
}
