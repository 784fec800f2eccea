package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;

class KubeconfigFilesTest {
  private static final String CLUSTERS =
      "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443'}}]\n";
  private static final String CONTEXTS =
      "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n";

  @TempDir Path folder;

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @ParameterizedTest
  @NullAndEmptySource
  void whatIsNotSetIsNoFault(String value) {
    assertThat(KubeconfigFiles.fault(value)).isEmpty();
  }

  @Test
  void whatLeadsToAClusterIsNoFault() throws IOException {
    Path file = file("config", "apiVersion: v1\nkind: Config\n" + CLUSTERS + CONTEXTS);

    assertThat(KubeconfigFiles.fault(file.toString())).isEmpty();
  }

  @Test
  void severalFilesTogetherLeadToOne() throws IOException {
    Path clusters = file("clusters", CLUSTERS);
    Path contexts = file("contexts", CONTEXTS);

    assertThat(KubeconfigFiles.fault(folder.resolve("none") + ":" + contexts + ":" + clusters))
        .isEmpty();
    assertThat(KubeconfigFiles.fault(contexts.toString()))
        .hasValueSatisfying(
            fault -> assertThat(fault.what()).endsWith("does not have cluster c of its context x"));
  }

  @Test
  void aFileThatIsNotThereIsToldWithItsName() {
    Path none = folder.resolve("none");

    assertThat(KubeconfigFiles.fault(none.toString()))
        .hasValueSatisfying(fault ->
            assertThat(fault.sentence())
                .isEqualTo(
                    "KUBECONFIG="
                        + none
                        + " names no file that can be read; set it to the file of the cluster that"
                        + " is meant"));
    assertThat(KubeconfigFiles.fault(folder.toString()))
        .hasValueSatisfying(fault -> assertThat(fault.what()).endsWith("no file that can be read"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "garbage|is no kubeconfig (",
        "a: [|is no kubeconfig (",
        "``|has no current context",
        "apiVersion: v1|has no current context",
        "current-context: y|does not have its current context, y",
      })
  void whatItDoesNotSayIsTold(String content, String says) throws IOException {
    assertThat(KubeconfigFiles.fault(file("config", content).toString()))
        .hasValueSatisfying(fault -> assertThat(fault.sentence()).contains(says).hasLineCount(1));
  }
}
