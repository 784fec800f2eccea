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
 * How far a Set has come.
 *
 * @param observedGeneration the generation of the spec that the rest speaks of
 * @param desired how many nodes or pods match
 * @param ready how many attachments are ready
 * @param updated how many attachments are as the template says now
 * @param failed how many attachments are not ready for another reason than that they are new
 * @param conditions the state in a few words each; at most one of a type
 * @param failures some of those that failed, at most {@value #MAX_FAILURES}
 */
@SchemaCustomizer(
    value = ListTypes.class,
    input =
"""
        conditions: map type
        failures: atomic
""")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        conditions[]: One aspect of the state; there is at most one of a type.
        failures[]: One attachment that failed.
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetworkAttachmentSetStatus(
    @JsonPropertyDescription(
            "Generation of the spec that this status speaks of. While it is below"
                + " metadata.generation, the latest change was not acted on yet.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Number of nodes or pods that the selector matches.") int desired,
    @JsonPropertyDescription("Number of attachments of the Set whose condition Ready is True.")
        int ready,
    @JsonPropertyDescription(
            "Number of attachments of the Set that are as the template says now, ready or not.")
        int updated,
    @JsonPropertyDescription(
            "Number of attachments of the Set that are not ready, other than those that no agent has"
                + " acted on yet.")
        int failed,
    @JsonPropertyDescription(
            "State of the Set. Ready is True when every node or pod that matches has an attachment that is"
                + " as the template says and ready.")
        @Size(max = 16)
        List<Condition> conditions,
    @JsonPropertyDescription(
            "Attachments that failed, with the reason of each; at most ten of them. kubectl get natt"
                + " -l netattach.io/set=NAME shows all.")
        @Size(max = MAX_FAILURES)
        List<Failure> failures) {

  /** How many failures are told by name; {@code failed} counts them all. */
  public static final int MAX_FAILURES = 10;

  /** Copies the lists; an absent one is empty. */
  public NetworkAttachmentSetStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    failures = failures == null ? List.of() : List.copyOf(failures);
  }
}
