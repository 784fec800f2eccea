package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import io.netattach.api.schema.Rules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One requirement on a label of a node or pod.
 *
 * @param key the label
 * @param operator how it is compared
 * @param values what it is compared with; empty for {@code Exists} and {@code DoesNotExist}
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        .: REQUIREMENT
        key: LABEL_KEY
        values[]: LABEL_VALUE
""")
@SchemaCustomizer(value = ListTypes.class, input = "values: atomic")
@SchemaCustomizer(
    value = Descriptions.class,
    input = "values[]: A value that the label is compared with.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LabelRequirement(
    @JsonPropertyDescription("Name of the label, such as kubernetes.io/arch. No default.")
        @Required
        @Size(max = 320)
        @Nullable String key,
    @JsonPropertyDescription(
            "How the label is compared. In: it has one of the values. NotIn: it has none of them, or"
                + " is not there. Exists: it is there, with whatever value. DoesNotExist: it is"
                + " not. No default.")
        @Required
        @Nullable SelectorOperator operator,
    @JsonPropertyDescription(
            "Values that In and NotIn compare with; at least one, at most 64. Exists and DoesNotExist"
                + " take none. Default none.")
        @Size(max = 64)
        List<@Size(max = 64) String> values) {

  /** Copies the values; an absent list is empty. */
  public LabelRequirement {
    values = values == null ? List.of() : List.copyOf(values);
  }
}
