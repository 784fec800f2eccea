package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netattach.kube.ApiServer;
import io.netattach.kube.KubectlResult;
import io.netattach.kube.NeedsApiServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real API server takes all that is installed, with no unknown field and no warning. */
@NeedsApiServer
class ServerDryRunTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What must be there for a dry run: it does not see what the same run would have made. */
  @BeforeAll
  static void prepare(ApiServer server) {
    server.install(
        Path.of("k8s/namespace.yaml"),
        Path.of("k8s/rbac.yaml"),
        Path.of("k8s/crds/networkattachments.netattach.io.yaml"),
        Path.of("k8s/crds/networkattachmentsets.netattach.io.yaml"),
        Path.of("k8s/crds/addresspools.netattach.io.yaml"),
        Path.of("k8s/crds/addressblocks.netattach.io.yaml"));
    server.kubectl("create", "namespace", "shop");
    server.kubectlWithInput(
        """
        {apiVersion: v1, kind: Namespace, metadata: {name: baseline, labels: {
          pod-security.kubernetes.io/enforce: baseline}}}
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: netattach-agent, namespace: baseline}}
        """,
        "create",
        "-f",
        "-");
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void everyObjectIsAccepted(ClusterObjects objects, ApiServer server)
      throws JsonProcessingException {
    for (JsonNode object : objects.all()) {
      assertGood(dryRun(server, object));
    }
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.HookTest#hooks")
  void everyObjectOfAHookIsAccepted(String event, String values, String name, ApiServer server)
      throws JsonProcessingException {
    server.kubectl("-n", Chart.NAMESPACE, "create", "serviceaccount", name);
    for (JsonNode object : Chart.hooks(event, values).all()) {
      assertGood(dryRun(server, object));
    }
  }

  /**
   * The strictest level, which a cluster may enforce in every namespace but those that it names.
   */
  @ParameterizedTest
  @MethodSource("io.netattach.deploy.HookTest#hooks")
  void podSecurityHasNothingAgainstAHook(String event, String values, String name, ApiServer server)
      throws JsonProcessingException {
    server.kubectl("create", "namespace", "strict");
    server.kubectl("label", "namespace", "strict", "pod-security.kubernetes.io/enforce=restricted");
    server.kubectl("-n", "strict", "create", "serviceaccount", name);
    ObjectNode pod = JSON.createObjectNode();
    pod.put("apiVersion", "v1").put("kind", "Pod");
    pod.putObject("metadata").put("name", name).put("namespace", "strict");
    pod.set("spec", HookTest.pod(Chart.hooks(event, values)));

    assertGood(dryRun(server, pod));
  }

  /**
   * The server knows no objects of the Prometheus operator; those are compared with the manifests.
   */
  @Test
  void whatIsForMonitoringIsAccepted(ApiServer server) throws JsonProcessingException {
    ClusterObjects objects =
        Chart.render(
            "{monitoring: {service: true, dashboard: true}, agent: {listenAddress: 0.0.0.0}}");
    for (String kind : List.of("Service", "ConfigMap")) {
      assertThat(objects.ofKind(kind)).isNotEmpty();
      for (JsonNode object : objects.only(kind).all()) {
        assertGood(dryRun(server, object));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"k8s/uninstall", "k8s/uninstall-keep"})
  void theManifestsForAnUninstallationAreAccepted(String folder, ApiServer server)
      throws Exception {
    for (JsonNode object : Kustomize.build(folder).all()) {
      assertGood(dryRun(server, object));
    }
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void theirPodsAreAccepted(ClusterObjects objects, ApiServer server)
      throws JsonProcessingException {
    assertGood(dryRun(server, pod(objects.agent(), Chart.NAMESPACE)));
    assertGood(dryRun(server, pod(objects.controller(), Chart.NAMESPACE)));
  }

  @Test
  void podSecurityRefusesTheAgentWhereTheNamespaceDoesNotAllowIt(ApiServer server)
      throws JsonProcessingException {
    KubectlResult refused = dryRun(server, pod(Chart.render().agent(), "baseline"));

    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.err()).contains("violates PodSecurity \"baseline:latest\"", "privileged");
  }

  @Test
  void samplesAndTheExampleInTheNotesAreAccepted(ApiServer server) {
    assertGood(dryRun(server, "", "k8s/samples"));

    String notes = Chart.notes("{}");
    String example =
        notes
            .substring(notes.indexOf("<<'EOF'\n") + "<<'EOF'\n".length(), notes.indexOf("    EOF"))
            .stripIndent();
    KubectlResult result = dryRun(server, example, "-");
    assertGood(result);
    assertThat(result.out()).isEqualTo("networkattachmentset.netattach.io/every-node\n");
  }

  /** A pod as the workload's controller would make it. */
  private static JsonNode pod(JsonNode workload, String namespace) {
    JsonNode template = workload.at("/spec/template");
    ObjectNode pod = JSON.createObjectNode();
    pod.put("apiVersion", "v1").put("kind", "Pod");
    pod.set("metadata", template.path("metadata").deepCopy());
    ((ObjectNode) pod.path("metadata"))
        .put("name", workload.at("/metadata/name").asText() + "-0")
        .put("namespace", namespace);
    pod.set("spec", template.path("spec"));
    return pod;
  }

  private static KubectlResult dryRun(ApiServer server, JsonNode object)
      throws JsonProcessingException {
    return dryRun(server, JSON.writeValueAsString(object), "-");
  }

  private static KubectlResult dryRun(ApiServer server, String input, String file) {
    return server.kubectlWithInput(
        input,
        "apply",
        "--server-side",
        "--force-conflicts",
        "--dry-run=server",
        "--validate=strict",
        "-o",
        "name",
        "-f",
        file);
  }

  private static void assertGood(KubectlResult result) {
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
  }
}
