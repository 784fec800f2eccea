package io.netattach.api.schema;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts rules into a definition. Its input has lines such as {@code addresses[]: ADDRESS}: a place
 * and the name of a {@link RuleSet}.
 *
 * <p>The generator's own annotation is of no use here: on a component of a record it counts twice,
 * for the field and for the accessor, and on what a list holds it does not count at all.
 */
public final class Rules implements SchemaCustomizer.Customizer {
  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    SchemaPath.entries(input)
        .forEach((path, name) -> add(SchemaPath.find(schema, path), RuleSet.valueOf(name)));
    return schema;
  }

  private static void add(JSONSchemaProps schema, RuleSet set) {
    List<ValidationRule> rules = new ArrayList<>(schema.getXKubernetesValidations());
    set.rules().forEach(rule -> rules.add(rule.toSchema()));
    schema.setXKubernetesValidations(rules);
    if ("integer".equals(schema.getType())) {
      // A bound would speak before the rule does, and say less.
      schema.setMinimum(null);
      schema.setMaximum(null);
    }
  }
}
