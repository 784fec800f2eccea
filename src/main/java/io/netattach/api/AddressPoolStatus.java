package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much of a pool is used.
 *
 * @param observedGeneration the generation of the spec that the rest speaks of
 * @param total how many attachments can have addresses of it
 * @param used how many attachments have
 * @param free how many more can
 * @param inUse who uses it, in words; null where nobody does
 * @param ranges the same for each range, in addresses
 * @param conditions the state in a few words each; at most one of a type
 */
@SchemaCustomizer(
    value = ListTypes.class,
    input =
"""
        ranges: map subnet
        conditions: map type
""")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        ranges[]: How much of one range is used.
        conditions[]: One aspect of the state; there is at most one of a type.
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AddressPoolStatus(
    @JsonPropertyDescription(
            "Generation of the spec that this status speaks of. While it is below"
                + " metadata.generation, the latest change was not acted on yet.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Number of attachments that can have addresses of the pool: where it has both IP"
                + " families, that of the smaller one.")
        long total,
    @JsonPropertyDescription("Number of attachments that have addresses of the pool.") long used,
    @JsonPropertyDescription("Number of attachments that can still get addresses of the pool.")
        long free,
    @JsonPropertyDescription(
            "Who uses the pool, in words, such as 10.10.0.7 is that of shop/db-link; absent where"
                + " nobody does. At most ten are named.")
        @Size(max = 4096)
        @Nullable String inUse,
    @JsonPropertyDescription("The same for each range, in addresses.") @Size(max = 16)
        List<AddressRangeStatus> ranges,
    @JsonPropertyDescription(
            "State of the pool. Ready is True while it has addresses to give; False with reason"
                + " Exhausted when it has none, InvalidSpec when its ranges cannot be used, InUse"
                + " when it was deleted and waits for those that use it.")
        @Size(max = 16)
        List<Condition> conditions) {

  /** Copies the lists; an absent one is empty. */
  public AddressPoolStatus {
    ranges = ranges == null ? List.of() : List.copyOf(ranges);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
