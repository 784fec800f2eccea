package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.Rules;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the attachments of a Set carry in their metadata.
 *
 * @param labels labels of each attachment
 * @param annotations annotations of each attachment
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        labels: TEMPLATE_LABELS
        labels{}: LABEL_VALUE
        annotations: TEMPLATE_ANNOTATIONS
""")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        labels{}: Value of the label.
        annotations{}: Text of the annotation, at most 16384 characters.
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TemplateMetadata(
    @JsonPropertyDescription(
            "Labels of each attachment, beside the Set's own. At most 32; default none. Names under"
                + " netattach.io/ are the Set's.")
        @Size(max = 32)
        Map<String, @Size(max = 64) String> labels,
    @JsonPropertyDescription("Annotations of each attachment. At most 32; default none.")
        @Size(max = 32)
        Map<String, @Size(max = 16384) String> annotations) {

  /** Copies the maps; an absent one is empty. */
  public TemplateMetadata {
    labels = labels == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(labels));
    annotations =
        annotations == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(annotations));
  }
}
