package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.netattach.api.schema.Rules;
import org.jspecify.annotations.Nullable;

/**
 * The namespace that an attachment leads to.
 *
 * @param netns a named network namespace; null for a pod
 * @param pod a pod; null for a named namespace
 */
@SchemaCustomizer(value = Rules.class, input = ".: TARGET")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Target(
    @JsonPropertyDescription(
            "A named network namespace of the node, one that ip netns list shows. No default:"
                + " write this or pod.")
        @Nullable NetnsTarget netns,
    @JsonPropertyDescription(
            "A running pod of the same Kubernetes namespace. No default: write this or netns.")
        @Nullable PodTarget pod) {}
