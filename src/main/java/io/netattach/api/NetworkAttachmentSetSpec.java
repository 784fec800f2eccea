package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * What a Set asks for: one attachment for each node that it selects.
 *
 * @param nodeSelector the nodes that get one
 * @param template what each of the attachments looks like
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NetworkAttachmentSetSpec(
    @JsonPropertyDescription(
            "The nodes that get an attachment, by their labels. No default; {} selects every node,"
                + " also one that has taints. A node that matches no longer loses its attachment.")
        @Required
        @Nullable NodeSelector nodeSelector,
    @JsonPropertyDescription(
            "The attachment that each selected node gets. No default. A change is carried over to"
                + " all attachments of the Set.")
        @Required
        @Nullable AttachmentTemplate template) {}
