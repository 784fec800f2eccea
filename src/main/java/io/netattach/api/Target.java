package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * The namespace that an attachment leads to.
 *
 * @param netns a named network namespace
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Target(
    @JsonPropertyDescription(
            "A named network namespace of the node, one that ip netns list shows. No default.")
        @Required
        @Nullable NetnsTarget netns) {}
