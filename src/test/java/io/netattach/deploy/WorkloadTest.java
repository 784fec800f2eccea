package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.cli.CommandOptions;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for agent and controller however they are installed. */
class WorkloadTest {
  private static final String VERSION = version();

  private static String version() {
    try (InputStream in =
        Objects.requireNonNull(WorkloadTest.class.getResourceAsStream("/netattach.properties"))) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new IllegalStateException("read netattach.properties", e);
    }
  }

  private static List<JsonNode> workloads(ClusterObjects objects) {
    return List.of(objects.agent(), objects.controller());
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void theImageIsThisVersions(ClusterObjects objects) {
    for (JsonNode workload : workloads(objects)) {
      assertThat(ClusterObjects.container(workload).path("image").asText())
          .isEqualTo("netattach:" + VERSION);
    }
    objects
        .all()
        .forEach(object -> {
          JsonNode label = object.at("/metadata/labels").path("app.kubernetes.io/version");
          assertThat(label.asText(VERSION)).isEqualTo(VERSION);
        });
  }

  @Test
  void chartAndKustomizationHaveThisVersion() {
    JsonNode chart =
        ClusterObjects.documents(ClusterObjects.read(Chart.FOLDER.resolve("Chart.yaml")))
            .getFirst();

    assertThat(chart.path("version").asText()).isEqualTo(VERSION);
    assertThat(chart.path("appVersion").asText()).isEqualTo(VERSION);
    assertThat(ClusterObjects.kustomization().at("/images/0/newTag").asText()).isEqualTo(VERSION);
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void everyArgumentIsAnOptionOfItsCommand(ClusterObjects objects) {
    for (JsonNode workload : workloads(objects)) {
      List<String> args = ClusterObjects.args(workload);
      assertThat(CommandOptions.of(args.getFirst()))
          .containsAll(
              args.stream().skip(1).map(arg -> arg.substring(0, end(arg))).distinct().toList());
    }
  }

  private static int end(String arg) {
    int equals = arg.indexOf('=');
    return equals < 0 ? arg.length() : equals;
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void theProbesAskWhereItListens(ClusterObjects objects) {
    for (JsonNode workload : workloads(objects)) {
      String listen = Objects.requireNonNull(ClusterObjects.option(workload, "--listen"));
      JsonNode container = ClusterObjects.container(workload);
      boolean hostNetwork = workload.at("/spec/template/spec/hostNetwork").asBoolean();
      for (Map.Entry<String, String> probe :
          Map.of(
                  "startupProbe", "/q/health/live",
                  "livenessProbe", "/q/health/live",
                  "readinessProbe", "/q/health/ready")
              .entrySet()) {
        JsonNode get = container.path(probe.getKey()).path("httpGet");
        assertThat(get.path("path").asText()).isEqualTo(probe.getValue());
        // Without a host the kubelet asks the pod's own address.
        assertThat(get.path("host").asText("0.0.0.0") + ":" + get.path("port").asInt())
            .isEqualTo(listen);
        assertThat(get.has("host")).isEqualTo(hostNetwork);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void theSelectorsFindTheirPodsAndNoOthers(ClusterObjects objects) {
    JsonNode agent = objects.agent();
    JsonNode controller = objects.controller();

    assertThat(selects(agent, agent) && selects(controller, controller)).isTrue();
    assertThat(selects(agent, controller) || selects(controller, agent)).isFalse();
    JsonNode spread =
        controller.at(
            "/spec/template/spec/affinity/podAntiAffinity"
                + "/preferredDuringSchedulingIgnoredDuringExecution/0/podAffinityTerm");
    assertThat(spread.path("labelSelector")).isEqualTo(controller.at("/spec/selector"));
  }

  private static boolean selects(JsonNode workload, JsonNode pods) {
    JsonNode labels = pods.at("/spec/template/metadata/labels");
    return workload.at("/spec/selector/matchLabels").properties().stream()
        .allMatch(entry -> entry.getValue().equals(labels.path(entry.getKey())));
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void podsLearnWhoAndWhereTheyAre(ClusterObjects objects) {
    assertThat(environment(objects.agent()))
        .isEqualTo(
            Map.of(
                "NODE_NAME", "spec.nodeName",
                "POD_NAME", "metadata.name",
                "POD_NAMESPACE", "metadata.namespace",
                "POD_UID", "metadata.uid",
                "HOST_IP", "status.hostIP"));
    assertThat(environment(objects.controller()))
        .isEqualTo(Map.of("POD_NAME", "metadata.name", "POD_NAMESPACE", "metadata.namespace"));
  }

  private static Map<String, String> environment(JsonNode workload) {
    Map<String, String> environment = new TreeMap<>();
    for (JsonNode variable : ClusterObjects.container(workload).path("env")) {
      environment.put(
          variable.path("name").asText(), variable.at("/valueFrom/fieldRef/fieldPath").asText());
    }
    return environment;
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void theControllerHasNoPrivilege(ClusterObjects objects) {
    JsonNode pod = objects.controller().at("/spec/template/spec");
    JsonNode container = pod.at("/containers/0/securityContext");

    assertThat(pod.path("securityContext"))
        .hasToString(
            "{\"runAsNonRoot\":true,\"runAsUser\":65532,\"runAsGroup\":65532,"
                + "\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}");
    assertThat(container)
        .hasToString(
            "{\"allowPrivilegeEscalation\":false,\"readOnlyRootFilesystem\":true,"
                + "\"capabilities\":{\"drop\":[\"ALL\"]}}");
    assertThat(pod.toString()).doesNotContain("hostPath", "hostNetwork");
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void theAgentSeesOfTheNodeItsNetworkItsNamedNamespacesAndItsContainerRuntimeOnly(
      ClusterObjects objects) {
    JsonNode pod = objects.agent().at("/spec/template/spec");

    assertThat(pod.path("hostNetwork").asBoolean()).isTrue();
    assertThat(pod.has("hostPID") || pod.has("hostIPC")).isFalse();
    assertThat(
            Stream.iterate(0, i -> i < pod.path("volumes").size(), i -> i + 1)
                .map(i -> pod.path("volumes").get(i))
                .filter(volume -> volume.has("hostPath"))
                .map(volume -> volume.at("/hostPath/path").asText()))
        .containsExactly("/run/netns", "/run/containerd", "/run/crio", "/run/k3s/containerd");
    pod.at("/containers/0/volumeMounts")
        .forEach(mount -> {
          if (!List.of("netns", "tmp").contains(mount.path("name").asText())) {
            assertThat(mount.path("readOnly").asBoolean()).as("%s", mount).isTrue();
            assertThat(mount.path("mountPropagation").asText()).isEqualTo("HostToContainer");
          }
        });
    assertThat(pod.at("/containers/0/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void noTaintKeepsTheAgentAway(ClusterObjects objects) {
    assertThat(objects.agent().at("/spec/template/spec/tolerations"))
        .hasToString("[{\"operator\":\"Exists\"}]");
  }
}
