package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.api.ApiObjects;
import io.netattach.kube.ApiServer;
import io.netattach.kube.KubectlResult;
import io.netattach.kube.NeedsApiServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By annotations of a namespace, an admin says what its attachments may use. */
@NeedsApiServer
class NamespaceLimitsTest {
  private static final String POLICIES = "k8s/policies/namespace-limits.yaml";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String ATTACHMENT =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: NAME, namespace: limited}
      spec:
        nodeName: worker-1
        target: {netns: {name: blue}}
        container: {interface: net1}
      """;

  private static final String SET =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachmentSet
      metadata: {name: web, namespace: limited}
      spec:
        podSelector: {}
        template:
          spec:
            container: {interface: net1}
            host: {bridge: {name: br0}}
      """;

  @BeforeAll
  static void install(ApiServer server) {
    ApiObjects.install(server);
    server.kubectl("create", "namespace", "limited");
    server.kubectl(
        "annotate",
        "namespace",
        "limited",
        "netattach.io/allowed-netns=\tblue\nlab-*",
        "netattach.io/allowed-pools=green re*d*");
    assertThat(server.kubectl("apply", "-f", POLICIES).err()).isEmpty();
    // The server takes up each of the two policies, and the annotations, in its own time.
    awaitThat(() -> createSet(server).err(), "bridge br0 is not allowed");
    awaitNetns(server, "blue lab-*");
  }

  /** Awaits that the server goes by this list of allowed network namespaces. */
  private static void awaitNetns(ApiServer server, String allowed) {
    awaitThat(
        () -> create(server, "probe", "name: blue", "name: red").err(),
        "network namespace red is not allowed in namespace limited, only: " + allowed + ";");
  }

  private static void awaitThat(Supplier<String> refusal, String contains) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(refusal.get()).contains(contains));
  }

  /** They hold in all namespaces, also a moment after they were deleted, and others come next. */
  @AfterAll
  static void uninstall(ApiServer server) {
    server.kubectl("delete", "-f", POLICIES);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(create(server, "probe", "name: blue", "name: red").err()).isEmpty();
          assertThat(createSet(server).err()).isEmpty();
        });
  }

  private static KubectlResult create(ApiServer server, String name, String what, String by) {
    return tryCreate(server, ATTACHMENT.replace("NAME", name).replace(what, by));
  }

  private static KubectlResult createSet(ApiServer server) {
    return tryCreate(server, SET);
  }

  private static KubectlResult tryCreate(ApiServer server, String manifest) {
    return server.kubectlWithInput(manifest, "create", "--dry-run=server", "-f", "-");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "target: {netns: {name: blue}} | target: {netns: {name: blue}}",
        "target: {netns: {name: blue}} | target: {netns: {name: lab-7}}",
        "target: {netns: {name: blue}} | target: {pod: {name: db-0}}",
        "{interface: net1} | {interface: net1, addressPool: {name: green}}",
      })
  void whatIsListedIsTaken(String what, String by, ApiServer server) {
    assertThat(create(server, "taken", what, by).err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "target: {netns: {name: blue}} | target: {netns: {name: blue2}}"
            + "| network namespace blue2 is not allowed in namespace limited, only: blue lab-*",
        "container: {interface: net1} | container: {interface: net1}, host: {bridge: {name: br0}}"
            + "| bridge br0 is not allowed in namespace limited, only: none; ask an administrator to"
            + " add it to annotation netattach.io/allowed-bridges of the namespace",
        "{interface: net1} | {interface: net1, addressPool: {name: red}}"
            + "| address pool red is not allowed in namespace limited, only: green re*d*",
      })
  void whatIsNotListedIsRefusedWithWhatIs(
      String what, String by, String sentence, ApiServer server) {
    String manifest =
        ATTACHMENT.replace("NAME", "refused").replace(what, by.replace("}, host", "}\n  host"));

    assertThat(tryCreate(server, manifest).err()).contains(sentence);
  }

  @Test
  void aSetIsRefusedAsItsAttachmentsWouldBe(ApiServer server) {
    assertThat(createSet(server).err()).contains("bridge br0 is not allowed in namespace limited");
  }

  /** Else what was allowed once could never be taken away. */
  @Test
  void whatIsThereMayGoWhenTheListChanges(ApiServer server) {
    String manifest = ATTACHMENT.replace("NAME", "goes").replace("name: blue", "name: lab-goes");
    assertThat(server.kubectlWithInput(manifest, "create", "-f", "-").err()).isEmpty();
    allowNetns(server, "blue");
    try {
      assertThat(
              server
                  .kubectl("-n", "limited", "label", "networkattachment", "goes", "any=1")
                  .exitCode())
          .isZero();
      assertThat(server.kubectl("-n", "limited", "delete", "natt", "goes").exitCode()).isZero();
    } finally {
      allowNetns(server, "blue lab-*");
    }
  }

  private static void allowNetns(ApiServer server, String allowed) {
    server.kubectl(
        "annotate", "--overwrite", "namespace", "limited", "netattach.io/allowed-netns=" + allowed);
    awaitNetns(server, allowed);
  }

  @Test
  void theChartHasTheSame() {
    ClusterObjects chart = Chart.render("{policies: {namespaceLimits: true}}");

    ClusterObjects.ofFiles(Path.of("k8s/policies")).all().stream()
        .filter(object -> object.path("kind").asText().startsWith("ValidatingAdmissionPolicy"))
        .forEach(object -> {
          JsonNode same = find(chart, object);
          assertThat(same.path("spec")).isEqualTo(object.path("spec"));
        });
    assertThat(Chart.render().all())
        .noneMatch(object -> object.at("/metadata/name").asText().startsWith("netattach-limits"));
  }

  private static JsonNode find(ClusterObjects chart, JsonNode object) {
    return chart.all().stream()
        .filter(other -> other.path("kind").equals(object.path("kind")))
        .filter(other -> other.at("/metadata/name").equals(object.at("/metadata/name")))
        .findFirst()
        .orElseThrow();
  }
}
