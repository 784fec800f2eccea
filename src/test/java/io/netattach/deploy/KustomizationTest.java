package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KustomizationTest {
  private static final Path K8S = Path.of("k8s");

  @Test
  void itTakesEveryFileThatIsThere() {
    List<String> resources = new ArrayList<>();
    ClusterObjects.kustomization().path("resources").forEach(r -> resources.add(r.asText()));

    assertThat(resources)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(yaml(""), yaml("crds/"))
                .filter(name -> !name.equals("kustomization.yaml"))
                .toList());
  }

  private static Stream<String> yaml(String below) {
    try (Stream<Path> files = Files.list(K8S.resolve(below))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".yaml"))
          .map(name -> below + name)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void eachFileCanBeAppliedByItself() {
    assertThat(ClusterObjects.ofKustomization().byId().keySet())
        .allMatch(id ->
            id.matches(
                "(Namespace|ClusterRole|ClusterRoleBinding|CustomResourceDefinition"
                    + "|ValidatingAdmissionPolicy|ValidatingAdmissionPolicyBinding)  .*"
                    + "|.* netattach-system .*"));
  }

  @Test
  void kubectlMakesOfItWhatItsFilesSay() throws Exception {
    assertThat(Kustomize.build("k8s")).isEqualTo(ClusterObjects.ofKustomization());
  }

  @Test
  void monitoringGoesWhereTheReleaseIs() throws Exception {
    ClusterObjects objects = Kustomize.build("k8s/monitoring");

    assertThat(objects.byId().keySet())
        .containsExactly(
            "ConfigMap netattach-system netattach-dashboard",
            "PodMonitor netattach-system netattach-agent",
            "PodMonitor netattach-system netattach-controller",
            "PrometheusRule netattach-system netattach");
    JsonNode dashboard = objects.get("ConfigMap", "netattach-dashboard");
    assertThat(dashboard.path("data").path("dashboard.json").asText()).contains("\"panels\"");
    for (JsonNode workload :
        List.of(
            ClusterObjects.ofKustomization().agent(),
            ClusterObjects.ofKustomization().controller())) {
      JsonNode monitor = objects.get("PodMonitor", workload.at("/metadata/name").asText());
      assertThat(monitor.at("/spec/selector")).isEqualTo(workload.at("/spec/selector"));
    }
  }
}
