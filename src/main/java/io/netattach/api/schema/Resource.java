package io.netattach.api.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;

/**
 * Completes a resource as a whole: it must have a spec, and its status begins with a condition
 * Ready that is Unknown. The input is the message of that condition.
 */
public final class Resource implements SchemaCustomizer.Customizer {
  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    schema.setRequired(List.of("spec"));
    Map<String, String> ready =
        Map.of("type", "Ready", "status", "Unknown", "reason", "Pending", "message", input);
    SchemaPath.find(schema, "status")
        .setDefault(
            serialization.convertValue(Map.of("conditions", List.of(ready)), JsonNode.class));
    return schema;
  }
}
