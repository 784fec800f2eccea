package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Required;
import io.netattach.api.schema.Rules;
import org.jspecify.annotations.Nullable;

/**
 * What a Set asks for: one attachment for each node, or each pod, that it selects.
 *
 * @param nodeSelector the nodes that get one; null for a Set of pods
 * @param podSelector the pods that get one; null for a Set of nodes
 * @param updateStrategy how a change of the template is carried over; null for the default
 * @param template what each of the attachments looks like
 */
@SchemaCustomizer(value = Rules.class, input = ".: SET")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NetworkAttachmentSetSpec(
    @JsonPropertyDescription(
            "The nodes that get an attachment, by their labels. No default: write this or"
                + " podSelector; {} selects every node, also one that has taints. A node that matches"
                + " no longer loses its attachment.")
        @Nullable LabelSelector nodeSelector,
    @JsonPropertyDescription(
            "The pods of the Set's namespace that get an attachment, by their labels. No default:"
                + " write this or nodeSelector; {} selects every pod. A pod gets it as soon as it"
                + " has a node, keeps it while it runs, and loses it when it matches no longer. A pod"
                + " that uses the host network is refused.")
        @Nullable LabelSelector podSelector,
    @JsonPropertyDescription(
            "How a change of the template reaches the attachments. Default: maxUnavailable 25%.")
        @Nullable UpdateStrategy updateStrategy,
    @JsonPropertyDescription(
            "The attachment that each selected node or pod gets. No default. A change is carried over to"
                + " all attachments of the Set.")
        @Required
        @Nullable AttachmentTemplate template) {}
