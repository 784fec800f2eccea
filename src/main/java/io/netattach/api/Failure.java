package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * One attachment of a Set that is not ready, in the words of its condition Ready.
 *
 * @param attachment its name
 * @param node its node
 * @param pod its pod; null where it leads to a named namespace
 * @param reason why, in one word
 * @param message why, in a sentence
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Failure(
    @JsonPropertyDescription("Name of the attachment, in the Set's namespace.")
        @Nullable String attachment,
    @JsonPropertyDescription("Name of its node.") @Nullable String node,
    @JsonPropertyDescription("Name of its pod, in the Set's namespace.") @Nullable String pod,
    @JsonPropertyDescription("Reason of its condition Ready, such as TargetNotFound.")
        @Nullable String reason,
    @JsonPropertyDescription("Message of its condition Ready.") @Nullable String message) {}
