package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * One aspect of an object's state, in the form that Kubernetes tools know ({@code kubectl wait
 * --for=condition=Ready}).
 *
 * <p>A type of our own, because that of the client library leaves {@code type} optional in the
 * definition, and a list that is keyed by type needs it.
 *
 * @param type the aspect
 * @param status {@code True}, {@code False} or {@code Unknown}
 * @param reason why, in one word
 * @param message why, in a sentence
 * @param lastTransitionTime when status changed last, in RFC 3339
 * @param observedGeneration the generation of the spec that it speaks of
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Condition(
    @JsonPropertyDescription("The aspect that the condition speaks of, such as Ready.") @Required
        @Nullable String type,
    @JsonPropertyDescription("Whether the condition holds: True, False or Unknown.") @Required
        @Nullable String status,
    @JsonPropertyDescription("Why, in one word for programs, such as Attached.")
        @Nullable String reason,
    @JsonPropertyDescription("Why, in a sentence for people.") @Nullable String message,
    @JsonPropertyDescription("When status changed last, in UTC, such as 2025-01-31T12:00:00Z.")
        @Nullable String lastTransitionTime,
    @JsonPropertyDescription("Generation of the spec that the condition speaks of.")
        @Nullable Long observedGeneration) {

  /** An empty message is none: it is not written, so it could not be read back. */
  public Condition {
    message = message == null || message.isEmpty() ? null : message;
  }
}
