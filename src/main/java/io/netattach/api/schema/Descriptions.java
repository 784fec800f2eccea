package io.netattach.api.schema;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * Describes what no annotation of a field reaches: a resource as a whole, what a list holds, the
 * values of a map. Its input has lines such as {@code addresses[]: An address.}
 */
public final class Descriptions implements SchemaCustomizer.Customizer {
  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    SchemaPath.entries(input)
        .forEach((path, text) -> SchemaPath.find(schema, path).setDescription(text));
    return schema;
  }
}
