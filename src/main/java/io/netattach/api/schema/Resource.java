package io.netattach.api.schema;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * Completes a resource as a whole: it must have a spec, and its status begins with a condition
 * Ready that is Unknown. The input is the message of that condition.
 */
public final class Resource implements SchemaCustomizer.Customizer {
  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    schema.setRequired(List.of("spec"));
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status
        .withArray("conditions")
        .addObject()
        .put("type", "Ready")
        .put("status", "Unknown")
        .put("reason", "Pending")
        .put("message", input);
    SchemaPath.find(schema, "status").setDefault(status);
    return schema;
  }
}
