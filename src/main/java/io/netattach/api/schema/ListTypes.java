package io.netattach.api.schema;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * Says how lists merge. Its input has lines such as {@code addresses: set}, {@code values: atomic}
 * or {@code routes: map to metric}, where the words after {@code map} are what items are told apart
 * by.
 */
public final class ListTypes implements SchemaCustomizer.Customizer {
  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
    SchemaPath.entries(input)
        .forEach((path, type) -> {
          List<String> words = List.of(type.split(" ", -1));
          JSONSchemaProps list = SchemaPath.find(schema, path);
          list.setXKubernetesListType(words.getFirst());
          list.setXKubernetesListMapKeys(words.subList(1, words.size()));
        });
    return schema;
  }
}
