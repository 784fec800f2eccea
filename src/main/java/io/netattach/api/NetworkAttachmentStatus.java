package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was really made of an attachment.
 *
 * @param observedGeneration the generation of the spec that the rest speaks of
 * @param conditions the state in a few words each; at most one of a type
 * @param assigned what a pool has given; null without a pool, and until it has
 * @param target the namespace in short
 * @param netns the namespace; null until it was found
 * @param host the host end; null until it was made
 * @param container the container end; null until it was made
 * @param lastRepair what was put right last; null if nothing ever was
 */
@SchemaCustomizer(value = ListTypes.class, input = "conditions: map type")
@SchemaCustomizer(
    value = Descriptions.class,
    input = "conditions[]: One aspect of the state; there is at most one of a type.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetworkAttachmentStatus(
    @JsonPropertyDescription(
            "Generation of the spec that this status speaks of. While it is below"
                + " metadata.generation, the latest change was not acted on yet.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "State of the attachment. Ready tells whether everything is as the spec asks; Stalled is"
                + " True when trying again will not help; Stable is False while something on the"
                + " node keeps undoing what is repaired.")
        @Size(max = 16)
        List<Condition> conditions,
    @JsonPropertyDescription(
            "What the pool of container.addressPool has given. The controller writes it once, and"
                + " the agent does nothing before.")
        @Nullable AssignedAddresses assigned,
    @JsonPropertyDescription("The target in short, such as netns/blue or pod/db-0.")
        @Nullable String target,
    @JsonPropertyDescription("The target namespace, as it was found or made.")
        @Nullable NetnsStatus netns,
    @JsonPropertyDescription("The host end, as the kernel has it.") @Nullable HostStatus host,
    @JsonPropertyDescription("The container end, as the kernel has it.")
        @Nullable ContainerStatus container,
    @JsonPropertyDescription(
            "The last repair: what was put right after something else than the spec had changed it."
                + " Absent when there was none.")
        @Nullable LastRepair lastRepair) {

  /** That of an attachment of which nothing is known. */
  public static final NetworkAttachmentStatus NOTHING =
      new NetworkAttachmentStatus(null, List.of(), null, null, null, null, null, null);

  /** Copies the conditions; an absent list is empty. */
  public NetworkAttachmentStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }

  /** The same with a condition in the place of that of its type. */
  public NetworkAttachmentStatus with(Condition condition) {
    List<Condition> others =
        conditions.stream()
            .filter(other -> !Objects.equals(other.type(), condition.type()))
            .toList();
    return new NetworkAttachmentStatus(
        observedGeneration,
        Stream.concat(Stream.of(condition), others.stream()).toList(),
        assigned,
        target,
        netns,
        host,
        container,
        lastRepair);
  }
}
