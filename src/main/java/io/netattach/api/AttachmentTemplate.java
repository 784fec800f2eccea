package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Required;
import io.netattach.api.schema.Rules;
import org.jspecify.annotations.Nullable;

/**
 * What the attachments of a Set look like.
 *
 * @param metadata labels and annotations of each; null for none
 * @param spec the spec of each, without the name of a node or pod
 */
@SchemaCustomizer(value = Rules.class, input = ".: TEMPLATE")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttachmentTemplate(
    @JsonPropertyDescription(
            "Labels and annotations that each attachment gets. Default none but the Set's own,"
                + " netattach.io/set, netattach.io/node and netattach.io/pod.")
        @Nullable TemplateMetadata metadata,
    @JsonPropertyDescription(
            "The spec of each attachment, as in a NetworkAttachment. No default. Leave nodeName"
                + " out: each attachment gets the name of its own node; and in a Set of pods target,"
                + " too: each gets its own pod.")
        @Required
        @Nullable NetworkAttachmentSpec spec) {}
