package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KustomizationTest {
  private static final Path K8S = Path.of("k8s");

  private @TempDir Path folder = Path.of("");

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
    assertThat(kustomize(K8S)).isEqualTo(ClusterObjects.ofKustomization());
  }

  @Test
  void monitoringGoesWhereTheReleaseIs() throws Exception {
    ClusterObjects objects = kustomize(K8S.resolve("monitoring"));

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

  private ClusterObjects kustomize(Path resources) throws Exception {
    Optional<Path> kubectl = kubectl();
    assumeTrue(
        kubectl.isPresent(),
        "there is no kubectl on the PATH, in /usr/local/kubebuilder/bin, or where KUBEBUILDER_ASSETS"
            + " says");
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");

    int code =
        new ProcessBuilder(kubectl.orElseThrow().toString(), "kustomize", resources.toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start()
            .waitFor();

    assertThat(code).as("%s", Files.readString(err)).isZero();
    assertThat(Files.readString(err)).isEmpty();
    return ClusterObjects.of(Files.readString(out));
  }

  private static Optional<Path> kubectl() {
    return Stream.of(
            Stream.ofNullable(System.getenv("KUBEBUILDER_ASSETS")),
            Stream.of("/usr/local/kubebuilder/bin"),
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":")))
        .flatMap(folders -> folders)
        .filter(name -> !name.isEmpty())
        .map(name -> Path.of(name, "kubectl"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
