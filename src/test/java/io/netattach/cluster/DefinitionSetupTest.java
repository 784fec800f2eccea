package io.netattach.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How definitions come to be those of this release; each test on a server without any. */
@NeedsApiServer
class DefinitionSetupTest {
  private static final String ATTACHMENTS = "networkattachments.netattach.io";

  private final ApiServer server = ApiServer.start();
  private final KubernetesClient client = server.client();
  private final List<String> out = new ArrayList<>();

  @AfterEach
  void close() {
    server.close();
  }

  private List<String> setUp() throws InterruptedException {
    out.clear();
    new DefinitionSetup(client, Duration.ofSeconds(60), out::add).apply();
    return out;
  }

  private CustomResourceDefinition read() throws IOException {
    return Serialization.unmarshal(
        Files.readString(Path.of("k8s/crds", ATTACHMENTS + ".yaml")),
        CustomResourceDefinition.class);
  }

  private CustomResourceDefinition stored() {
    return client.apiextensions().v1().customResourceDefinitions().withName(ATTACHMENTS).require();
  }

  @Test
  void anOldDefinitionBecomesThisReleasesAndWhatIsMissingIsCreated() throws Exception {
    CustomResourceDefinition old = read();
    var version = old.getSpec().getVersions().getFirst();
    version.setSelectableFields(List.of());
    version.getAdditionalPrinterColumns().removeFirst();
    version.getSchema().getOpenAPIV3Schema().setDescription("Old.");
    old.getSpec().getNames().setShortNames(List.of("natt", "oldnatt"));
    client.resource(old).fieldManager("helm").serverSideApply();

    List<String> said = setUp();

    assertThat(said)
        .containsExactlyInAnyOrder(
            "definition networkattachments.netattach.io: changed to this release's",
            "definition networkattachmentsets.netattach.io: created",
            "definition addresspools.netattach.io: created",
            "definition addressblocks.netattach.io: created",
            "all definitions are established");
    var expected = read().getSpec().getVersions().getFirst();
    var stored = stored().getSpec().getVersions().getFirst();
    assertThat(stored.getSelectableFields()).isEqualTo(expected.getSelectableFields()).isNotEmpty();
    assertThat(stored.getAdditionalPrinterColumns()).extracting("name").contains("NODE", "AGE");
    assertThat(stored.getSchema()).isEqualTo(expected.getSchema());
    assertThat(stored().getSpec().getNames().getShortNames()).containsExactly("natt");

    assertThat(setUp())
        .filteredOn(line -> line.startsWith("definition "))
        .hasSize(4)
        .allMatch(line -> line.endsWith(": is this release's already"));
  }

  @Test
  void whatHelmHasJustCreatedIsThisReleasesAlready() throws Exception {
    server.kubectl("create", "-f", "k8s/crds");

    assertThat(setUp())
        .filteredOn(line -> line.startsWith("definition "))
        .hasSize(4)
        .allMatch(line -> line.endsWith(": is this release's already"));
  }
}
