package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Rules;
import org.jspecify.annotations.Nullable;

/**
 * A running pod as target.
 *
 * @param name its name
 * @param uid its uid, by which it is told from another of its name; null until the controller has
 *     seen it
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        name: POD_NAME
        uid: POD_UID
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PodTarget(
    @JsonPropertyDescription(
            "Name of the pod, in the namespace of the attachment. No default. It cannot be changed."
                + " The attachment waits for a pod of that name, and goes with it.")
        @Required
        @Size(max = 253)
        @Nullable String name,
    @JsonPropertyDescription(
            "The pod's metadata.uid. Leave it out: the controller fills it in together with"
                + " nodeName, so that another pod of the same name is never taken for this one.")
        @Size(max = 64)
        @Nullable String uid) {}
