package io.netattach.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.SelectableField;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the generator makes of the types and their annotations. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResourceDefinitionTest {

  private CustomResourceDefinitionVersion version = new CustomResourceDefinitionVersion();

  @BeforeAll
  void generate(@TempDir Path folder) throws IOException {
    new CRDGenerator()
        .customResourceClasses(NetworkAttachment.class)
        .forCRDVersions("v1")
        .inOutputDir(folder.toFile())
        .detailedGenerate();
    String yaml = Files.readString(folder.resolve("networkattachments.netattach.io-v1.yml"));
    version =
        Serialization.unmarshal(yaml, CustomResourceDefinition.class)
            .getSpec()
            .getVersions()
            .getFirst();
  }

  @Test
  void itTellsTheColumnsOfKubectlGet() {
    assertThat(version.getAdditionalPrinterColumns())
        .filteredOn(column -> column.getPriority() == 0)
        .extracting(CustomResourceColumnDefinition::getName)
        .containsExactlyInAnyOrder(
            "NODE", "TARGET", "HOST-IF", "CONTAINER-IF", "READY", "REASON", "AGE");
    assertThat(version.getAdditionalPrinterColumns())
        .filteredOn(column -> column.getPriority() == 1)
        .extracting(CustomResourceColumnDefinition::getName)
        .containsExactlyInAnyOrder("ADDRESSES", "HOST-MAC", "CONTAINER-MAC");
  }

  @Test
  void attachmentsCanBeSelectedByTheirNode() {
    assertThat(version.getSelectableFields())
        .extracting(SelectableField::getJsonPath)
        .containsExactly(".spec.nodeName");
  }

  @Test
  void itRequiresWhatHasNoDefault() {
    assertThat(schema("spec").getRequired()).containsExactlyInAnyOrder("target", "container");
    assertThat(schema("spec", "target").getRequired()).containsExactly("netns");
    assertThat(schema("spec", "target", "netns").getRequired()).containsExactly("name");
    assertThat(schema("spec", "container").getRequired()).containsExactly("interface");
    assertThat(schema("spec", "host", "bridge").getRequired()).containsExactly("name");
    assertThat(schema("spec", "host", "routes").getItems().getSchema().getRequired())
        .containsExactly("to");
    assertThat(schema("status", "conditions").getItems().getSchema().getRequired())
        .containsExactlyInAnyOrder("type", "status");
  }

  @Test
  void itBoundsNumbersAndLists() {
    assertThat(schema("spec", "container", "mtu").getMinimum()).isEqualTo(68);
    assertThat(schema("spec", "container", "mtu").getMaximum()).isEqualTo(65535);
    assertThat(schema("spec", "host", "bridge", "vlan").getMaximum()).isEqualTo(4094);
    assertThat(
            field(schema("spec", "host", "routes").getItems().getSchema(), "metric").getMaximum())
        .isEqualTo(4294967295.0);
    for (String end : List.of("host", "container")) {
      assertThat(schema("spec", end, "addresses").getMaxItems()).isEqualTo(32);
      assertThat(schema("spec", end, "routes").getMaxItems()).isEqualTo(64);
    }
  }

  @Test
  void itTellsDefaultsAndChoices() {
    var policy = schema("spec", "target", "netns", "reclaimPolicy");

    assertThat(policy.getDefault().asText()).isEqualTo("Delete");
    assertThat(policy.getEnum())
        .extracting(word -> word.asText())
        .containsExactly("Delete", "Retain");
    assertThat(schema("spec", "target", "netns", "create").getDefault().asBoolean(true)).isFalse();
  }

  @Test
  void everyFieldIsDescribed() {
    List<String> silent = new ArrayList<>();
    collectSilent("spec", schema("spec"), silent);
    collectSilent("status", schema("status"), silent);

    assertThat(silent).isEmpty();
  }

  private static void collectSilent(String path, JSONSchemaProps schema, List<String> silent) {
    schema
        .getProperties()
        .forEach((name, field) -> {
          if (field.getDescription() == null) {
            silent.add(path + "." + name);
          }
          collectSilent(path + "." + name, field, silent);
        });
    if (schema.getItems() != null) {
      collectSilent(path + "[]", schema.getItems().getSchema(), silent);
    }
  }

  private JSONSchemaProps schema(String... path) {
    JSONSchemaProps schema = version.getSchema().getOpenAPIV3Schema();
    for (String name : path) {
      schema = field(schema, name);
    }
    return schema;
  }

  private static JSONSchemaProps field(JSONSchemaProps schema, String name) {
    return Objects.requireNonNull(schema.getProperties().get(name), name);
  }
}
