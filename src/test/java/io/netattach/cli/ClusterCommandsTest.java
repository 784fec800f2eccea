package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Command lines and surroundings in which the commands for a cluster cannot begin. */
class ClusterCommandsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "setup|nothing is to be set up; give --definitions, --label-namespace, or both; see netattach setup --help",
        "setup --definitions --timeout 0|--timeout: 0 is not within 1 to 86400 seconds; see netattach setup --help",
        "setup --label-namespace|'--label-namespace' (NAME); see netattach setup --help",
        "teardown|'--policy=POLICY'; see netattach teardown --help",
        "teardown --policy=Delete|expected one of [DETACH, KEEP] (case-insensitive) but was 'Delete'",
        "teardown --policy=Keep --timeout=1h|'--timeout': '1h' is not a whole number",
        "teardown --policy=Keep --timeout=86401|--timeout: 86401 is not within 1 to 86400 seconds",
        "selftest --target=host|expected one of [POD, NETNS, NONE] (case-insensitive) but was 'host'",
      })
  void aWrongCommandLineIsTold(String line, String says) {
    Invocation invocation = Invocation.of(line.split(" ", -1));

    assertThat(invocation.code()).isEqualTo(1);
    assertThat(invocation.err()).contains(says).hasLineCount(1);
    assertThat(invocation.out()).isEmpty();
  }

  @Test
  void withoutAClusterItSaysHowToNameOne() {
    try (Child child = Child.start(List.of(), Map.of("KUBECONFIG", ""), "setup", "--definitions")) {
      assertThat(child.exitCode()).isEqualTo(1);
      assertThat(child.err())
          .containsExactly(
              "netattach: there is neither $KUBECONFIG nor a pod's service account; set KUBECONFIG"
                  + " to the file of the cluster that is meant");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "setup --definitions|names no file that can be read; set it to the file of the cluster",
        "teardown --policy=Keep|names no file that can be read; set it to the file of the cluster",
        "controller|names no file that can be read; set it to the file of the cluster",
      })
  void aKubeconfigThatIsNotThereIsTold(String line, String says) {
    try (Child child =
        Child.start(List.of(), Map.of("KUBECONFIG", "/proc/none"), line.split(" ", -1))) {
      assertThat(child.exitCode()).isEqualTo(1);
      assertThat(child.err())
          .singleElement()
          .asString()
          .startsWith("netattach: KUBECONFIG=/proc/none " + says);
    }
  }

  @Test
  void aCertificateThatIsNotThereIsToldWithItsName(@TempDir Path folder) throws IOException {
    Path kubeconfig =
        Files.writeString(
            folder.resolve("config"),
            """
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
            users: [{name: u, user: {client-certificate: /proc/none, client-key: /proc/none}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """);
    try (Child child =
        Child.start(
            List.of(),
            Map.of("KUBECONFIG", kubeconfig.toString()),
            "setup",
            "--definitions",
            "--timeout=1")) {
      assertThat(child.exitCode()).isEqualTo(1);
      assertThat(child.err()).singleElement().asString().endsWith(": /proc/none does not exist");
    }
  }

  @Test
  void theTestOfAnInstallationNeedsToKnowItsPod() {
    try (Child child = Child.start(List.of(), Map.of("POD_NAME", ""), "selftest")) {
      assertThat(child.exitCode()).isEqualTo(1);
      assertThat(child.err())
          .containsExactly(
              "netattach: $POD_NAME is not set; run this in a pod that says who it is; see netattach"
                  + " selftest --help");
    }
  }
}
