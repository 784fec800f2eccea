package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import io.netattach.api.schema.Rules;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which nodes or pods: those whose labels meet every requirement. One without requirements is all
 * of them.
 *
 * @param matchLabels labels that one must have, with these values
 * @param matchExpressions requirements of other kinds
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        matchLabels: LABELS
        matchLabels{}: LABEL_VALUE
""")
@SchemaCustomizer(value = ListTypes.class, input = "matchExpressions: atomic")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        matchLabels{}: Value that the label must have; \"\" for an empty one.
        matchExpressions[]: One requirement on a label.
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LabelSelector(
    @JsonPropertyDescription(
            "Labels that a node or pod must have, each with this value, such as app: db. At most"
                + " 32; default none. It must meet them all, and matchExpressions as well.")
        @Size(max = 32)
        Map<String, @Size(max = 64) String> matchLabels,
    @JsonPropertyDescription(
            "Requirements on the labels of a node or pod, all of which it must meet. At most 32; default"
                + " none.")
        @Size(max = 32)
        List<LabelRequirement> matchExpressions) {

  /** Copies the list and the map; an absent one is empty. */
  public LabelSelector {
    matchLabels =
        matchLabels == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(matchLabels));
    matchExpressions = matchExpressions == null ? List.of() : List.copyOf(matchExpressions);
  }
}
