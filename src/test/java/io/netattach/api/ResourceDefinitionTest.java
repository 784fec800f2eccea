package io.netattach.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.SelectableField;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the generator makes of the types and their annotations. */
class ResourceDefinitionTest {

  private static final Map<String, CustomResourceDefinitionVersion> VERSIONS =
      Definitions.generate().values().stream()
          .map(yaml -> Serialization.unmarshal(yaml, CustomResourceDefinition.class).getSpec())
          .collect(
              Collectors.toMap(
                  crd -> crd.getNames().getKind(), crd -> crd.getVersions().getFirst()));

  private final CustomResourceDefinitionVersion version =
      Objects.requireNonNull(VERSIONS.get(NetworkAttachment.KIND));

  private final CustomResourceDefinitionVersion ofSets =
      Objects.requireNonNull(VERSIONS.get(NetworkAttachmentSet.KIND));

  @Test
  void itTellsTheColumnsOfKubectlGet() {
    assertThat(version.getAdditionalPrinterColumns())
        .extracting(CustomResourceColumnDefinition::getName)
        .containsExactly(
            "NODE",
            "TARGET",
            "HOST-IF",
            "CONTAINER-IF",
            "READY",
            "REASON",
            "AGE",
            "ADDRESSES",
            "HOST-MAC",
            "CONTAINER-MAC");
    assertThat(ofSets.getAdditionalPrinterColumns())
        .extracting(CustomResourceColumnDefinition::getName)
        .containsExactly("DESIRED", "READY", "UPDATED", "FAILED", "AGE", "REASON");
    assertThat(wide(version)).containsExactly("ADDRESSES", "HOST-MAC", "CONTAINER-MAC");
    assertThat(wide(ofSets)).containsExactly("REASON");
  }

  private static List<String> wide(CustomResourceDefinitionVersion version) {
    return version.getAdditionalPrinterColumns().stream()
        .filter(column -> column.getPriority() == 1)
        .map(CustomResourceColumnDefinition::getName)
        .toList();
  }

  @Test
  void attachmentsCanBeSelectedByTheirNode() {
    assertThat(version.getSelectableFields())
        .extracting(SelectableField::getJsonPath)
        .containsExactly(".spec.nodeName");
    assertThat(ofSets.getSelectableFields()).isEmpty();
  }

  @Test
  void bothHaveAStatusOfTheirOwn() {
    assertThat(version.getSubresources().getStatus()).isNotNull();
    assertThat(ofSets.getSubresources().getStatus()).isNotNull();
  }

  @Test
  void itRequiresWhatHasNoDefault() {
    assertThat(version.getSchema().getOpenAPIV3Schema().getRequired()).containsExactly("spec");
    assertThat(schema("spec").getRequired()).containsExactly("container");
    assertThat(schema("spec", "target").getRequired()).isNullOrEmpty();
    assertThat(schema("spec", "target", "netns").getRequired()).containsExactly("name");
    assertThat(schema("spec", "container").getRequired()).containsExactly("interface");
    assertThat(schema("spec", "host", "bridge").getRequired()).containsExactly("name");
    assertThat(schema("spec", "host", "routes").getItems().getSchema().getRequired())
        .containsExactly("to");
    assertThat(schema("status", "conditions").getItems().getSchema().getRequired())
        .containsExactlyInAnyOrder("type", "status");
  }

  /** Else the API server takes the cost of a rule for endless. */
  @Test
  void everyTextListAndMapOfASpecIsBounded() {
    List<String> endless = new ArrayList<>();
    for (CustomResourceDefinitionVersion each : VERSIONS.values()) {
      forEach(
          "spec",
          field(each.getSchema().getOpenAPIV3Schema(), "spec"),
          (path, schema) -> {
            boolean bounded =
                switch (schema.getType()) {
                  // A number or a text that a rule bounds.
                  case null -> Boolean.TRUE.equals(schema.getXKubernetesIntOrString());
                  case "string" -> schema.getMaxLength() != null || !schema.getEnum().isEmpty();
                  case "array" -> schema.getMaxItems() != null;
                  case "object" ->
                      schema.getAdditionalProperties() == null || schema.getMaxProperties() != null;
                  default -> true;
                };
            if (!bounded) {
              endless.add(path);
            }
          });
    }
    assertThat(endless).isEmpty();
    for (String end : List.of("host", "container")) {
      assertThat(schema("spec", end, "addresses").getMaxItems()).isEqualTo(32);
      assertThat(schema("spec", end, "routes").getMaxItems()).isEqualTo(64);
    }
  }

  @Test
  void everyListSaysHowItMerges() {
    List<String> silent = new ArrayList<>();
    for (CustomResourceDefinitionVersion each : VERSIONS.values()) {
      forEach(
          "",
          each.getSchema().getOpenAPIV3Schema(),
          (path, schema) -> {
            if ("array".equals(schema.getType()) && schema.getXKubernetesListType() == null) {
              silent.add(path);
            }
          });
    }
    assertThat(silent).isEmpty();
    assertThat(schema("spec", "container", "routes").getXKubernetesListMapKeys())
        .containsExactly("to", "metric");
    assertThat(schema("status", "conditions").getXKubernetesListMapKeys()).containsExactly("type");
  }

  /** A pattern would show people its expression. */
  @Test
  void everyRuleHasASentenceAndNoneIsAPattern() {
    List<String> poor = new ArrayList<>();
    for (CustomResourceDefinitionVersion each : VERSIONS.values()) {
      forEach(
          "",
          each.getSchema().getOpenAPIV3Schema(),
          (path, schema) -> {
            boolean silent =
                schema.getXKubernetesValidations().stream()
                    .anyMatch(
                        rule -> rule.getMessage() == null && rule.getMessageExpression() == null);
            if (silent || schema.getPattern() != null) {
              poor.add(path);
            }
          });
    }
    assertThat(poor).isEmpty();
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
    VERSIONS.forEach((kind, each) ->
        forEach(
            kind,
            each.getSchema().getOpenAPIV3Schema(),
            (path, schema) -> {
              if (schema.getDescription() == null) {
                silent.add(path);
              }
            }));
    assertThat(silent).isEmpty();
  }

  private static void forEach(
      String path, JSONSchemaProps schema, BiConsumer<String, JSONSchemaProps> visitor) {
    visitor.accept(path, schema);
    schema.getProperties().forEach((name, field) -> forEach(path + "." + name, field, visitor));
    if (schema.getItems() != null) {
      forEach(path + "[]", schema.getItems().getSchema(), visitor);
    }
    if (schema.getAdditionalProperties() != null) {
      forEach(path + "{}", schema.getAdditionalProperties().getSchema(), visitor);
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
