package io.netattach.api;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The page on every field of every resource: what the definitions say, as tables. */
final class FieldsPage {
  private static final String HEADING =
      """
      <!-- Written from the types in io.netattach.api by make crds: change those, not this. -->

      # Every field

      What `kubectl explain` says, on one page. [The manifest](manifest.md) is the guide, with examples.

      In a path, `[]` is each item of a list and `{}` each value of a map. An empty cell below "default" is what
      the meaning says. The API server tests types, bounds and the rules below "Refused" when an object is
      written; its answer names the field before the message, where … stands for what was written.
      """;

  private static final String ATTACHMENT_SPEC = "spec";

  /** What people write first comes first. */
  private static final List<String> ORDER =
      List.of("NetworkAttachment", "NetworkAttachmentSet", "AddressPool", "AddressBlock");

  private final StringBuilder page = new StringBuilder(HEADING);
  private final @Nullable JSONSchemaProps attachmentSpec;

  private FieldsPage(List<CustomResourceDefinition> definitions) {
    this.attachmentSpec =
        definitions.stream()
            .filter(definition -> kind(definition).equals(NetworkAttachment.KIND))
            .map(definition -> schema(definition).getProperties().get(ATTACHMENT_SPEC))
            .findFirst()
            .orElseThrow();
    definitions.forEach(this::resource);
  }

  /**
   * The page.
   *
   * @param definitions the YAML of each, by name
   */
  static String of(Map<String, String> definitions) {
    return new FieldsPage(
            definitions.values().stream()
                .map(yaml -> Serialization.unmarshal(yaml, CustomResourceDefinition.class))
                .sorted(Comparator.comparing(definition -> ORDER.indexOf(kind(definition))))
                .toList())
        .page.toString();
  }

  private void resource(CustomResourceDefinition definition) {
    JSONSchemaProps schema = schema(definition);
    page.append("\n## ").append(kind(definition)).append("\n\n");
    page.append(text(schema.getDescription())).append("\n\n");
    page.append("For kubectl: ").append(names(definition)).append(". ");
    page.append(
        definition.getSpec().getScope().equals("Cluster")
            ? "An object of the cluster, in no namespace."
            : "An object of a namespace.");
    page.append(selectable(definition)).append("\n\n");
    page.append("Columns: ").append(columns(definition, 0));
    String wide = columns(definition, 1);
    page.append(wide.isEmpty() ? "" : "; with `-o wide` also " + wide).append(".\n");

    Map<String, List<String>> refusals = new LinkedHashMap<>();
    collect("", schema, refusals);
    for (String part : List.of("spec", "status")) {
      JSONSchemaProps root = schema.getProperties().get(part);
      if (root != null && !properties(root).isEmpty()) {
        page.append("\n### ").append(part).append(" of ").append(kind(definition)).append("\n\n");
        page.append(text(root.getDescription())).append("\n\n");
        page.append("| field | type | default | meaning |\n|---|---|---|---|\n");
        children(part, root);
      }
    }
    if (!refusals.isEmpty()) {
      page.append("\n### Refused in ").append(kind(definition)).append("\n\n");
      if (kind(definition).equals(NetworkAttachmentSet.KIND)) {
        page.append(
            "In `spec.template.spec` beside these [what is refused in a NetworkAttachment]");
        page.append("(#refused-in-networkattachment).\n\n");
      }
      page.append("| message | of |\n|---|---|\n");
      refusals.forEach((message, paths) ->
          page.append("| ")
              .append(cell(message))
              .append(" | ")
              .append(
                  paths.stream().map(path -> "`" + path + "`").collect(Collectors.joining(", ")))
              .append(" |\n"));
    }
  }

  /** Rows of the fields below one. */
  private void children(String path, JSONSchemaProps schema) {
    properties(schema)
        .forEach((name, child) -> {
          row(path + "." + name, child, required(schema, name));
        });
  }

  private void row(String path, JSONSchemaProps schema, boolean required) {
    page.append("| `")
        .append(path)
        .append("` | ")
        .append(type(schema))
        .append(" | ")
        .append(required ? "required" : defaultOf(schema))
        .append(" | ")
        .append(cell(schema.getDescription()));
    if (isTemplateSpec(path, schema)) {
      page.append(
          " Its fields are those of [spec of NetworkAttachment](#spec-of-networkattachment). |\n");
      return;
    }
    page.append(" |\n");
    JSONSchemaProps items = items(schema);
    if (items == null) {
      children(path, schema);
    } else {
      children(path + mark(schema), items);
    }
  }

  private boolean isTemplateSpec(String path, JSONSchemaProps schema) {
    return !path.equals(ATTACHMENT_SPEC)
        && attachmentSpec != null
        && paths(attachmentSpec).equals(paths(schema));
  }

  /** All fields below one. */
  private static Set<String> paths(JSONSchemaProps schema) {
    JSONSchemaProps items = items(schema);
    Set<String> paths = new TreeSet<>();
    properties(items == null ? schema : items)
        .forEach((name, child) -> {
          paths.add(name);
          paths(child).forEach(path -> paths.add(name + "." + path));
        });
    return paths;
  }

  /** Messages of rules, each with the fields that it is of. */
  private void collect(String path, JSONSchemaProps schema, Map<String, List<String>> refusals) {
    List<ValidationRule> rules = schema.getXKubernetesValidations();
    for (ValidationRule rule : rules == null ? List.<ValidationRule>of() : rules) {
      String of = path + (rule.getFieldPath() == null ? "" : rule.getFieldPath());
      refusals
          .computeIfAbsent(message(rule), key -> new ArrayList<>())
          .add(of.isEmpty() ? "metadata.name" : of.substring(1));
    }
    JSONSchemaProps items = items(schema);
    if (items != null) {
      collect(path + mark(schema), items, refusals);
    }
    properties(schema)
        .forEach((name, child) -> {
          String below = path + "." + name;
          if (!isTemplateSpec(below.substring(1), child)) {
            collect(below, child, refusals);
          }
        });
  }

  private static String message(ValidationRule rule) {
    return rule.getMessage() != null
        ? rule.getMessage()
        : MessageExpression.text(rule.getMessageExpression());
  }

  private static Map<String, JSONSchemaProps> properties(JSONSchemaProps schema) {
    return schema.getProperties() == null ? Map.of() : schema.getProperties();
  }

  /** What a list or a map holds; null where it is neither. */
  private static @Nullable JSONSchemaProps items(JSONSchemaProps schema) {
    if (schema.getItems() != null) {
      return schema.getItems().getSchema();
    }
    return schema.getAdditionalProperties() == null
        ? null
        : schema.getAdditionalProperties().getSchema();
  }

  private static String mark(JSONSchemaProps schema) {
    return schema.getItems() != null ? "[]" : "{}";
  }

  private static boolean required(JSONSchemaProps schema, String name) {
    return schema.getRequired() != null && schema.getRequired().contains(name);
  }

  private static String type(JSONSchemaProps schema) {
    JSONSchemaProps items = items(schema);
    if (items != null) {
      Long most = schema.getItems() != null ? schema.getMaxItems() : schema.getMaxProperties();
      return (schema.getItems() != null ? "list of " : "map to ")
          + (plain(items).equals("object") ? "objects" : plain(items))
          + (most == null ? "" : ", at most " + most);
    }
    return plain(schema) + bounds(schema);
  }

  private static String plain(JSONSchemaProps schema) {
    if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
      return "integer or text";
    }
    if (schema.getEnum() != null && !schema.getEnum().isEmpty()) {
      return schema.getEnum().stream()
          .map(value -> "`" + value.asText() + "`")
          .collect(Collectors.joining(", "));
    }
    return schema.getType().equals("string") ? "text" : schema.getType();
  }

  private static String bounds(JSONSchemaProps schema) {
    List<String> bounds = new ArrayList<>();
    if (schema.getMinimum() != null || schema.getMaximum() != null) {
      bounds.add(number(schema.getMinimum()) + " to " + number(schema.getMaximum()));
    }
    if (schema.getMaxLength() != null) {
      bounds.add("at most " + schema.getMaxLength() + " characters");
    }
    return bounds.stream().map(bound -> ", " + bound).collect(Collectors.joining());
  }

  private static String number(@Nullable Double bound) {
    return bound == null ? "…" : Long.toString(bound.longValue());
  }

  private static String defaultOf(JSONSchemaProps schema) {
    return schema.getDefault() == null ? "" : "`" + schema.getDefault() + "`";
  }

  private static String names(CustomResourceDefinition definition) {
    var names = definition.getSpec().getNames();
    List<String> shortNames = names.getShortNames() == null ? List.of() : names.getShortNames();
    return Stream.concat(Stream.of(names.getPlural()), shortNames.stream())
        .map(name -> "`" + name + "`")
        .collect(Collectors.joining(", "));
  }

  private static String selectable(CustomResourceDefinition definition) {
    var fields = version(definition).getSelectableFields();
    return fields == null || fields.isEmpty()
        ? ""
        : fields.stream()
            .map(field -> "`" + field.getJsonPath().substring(1) + "`")
            .collect(Collectors.joining(", ", " `--field-selector` knows ", "."));
  }

  private static String columns(CustomResourceDefinition definition, int priority) {
    return version(definition).getAdditionalPrinterColumns().stream()
        .filter(column -> column.getPriority() == priority)
        .map(CustomResourceColumnDefinition::getName)
        .collect(Collectors.joining(", "));
  }

  private static String kind(CustomResourceDefinition definition) {
    return definition.getSpec().getNames().getKind();
  }

  private static JSONSchemaProps schema(CustomResourceDefinition definition) {
    return version(definition).getSchema().getOpenAPIV3Schema();
  }

  private static CustomResourceDefinitionVersion version(CustomResourceDefinition definition) {
    return definition.getSpec().getVersions().getFirst();
  }

  private static String text(@Nullable String description) {
    return description == null ? "" : description.replace("<", "&lt;").replace("*", "\\*");
  }

  private static String cell(@Nullable String description) {
    return text(description).replace("|", "\\|");
  }
}
