package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the attachments of a Set carry in their metadata.
 *
 * @param labels labels of each attachment
 * @param annotations annotations of each attachment
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TemplateMetadata(
    @JsonPropertyDescription(
            "Labels of each attachment, beside the Set's own. At most 32; default none. Names under"
                + " netattach.io/ are the Set's.")
        @Size(max = 32)
        Map<String, String> labels,
    @JsonPropertyDescription("Annotations of each attachment. At most 32; default none.")
        @Size(max = 32)
        Map<String, String> annotations) {

  /** Copies the maps; an absent one is empty. */
  public TemplateMetadata {
    labels = labels == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(labels));
    annotations =
        annotations == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(annotations));
  }
}
