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
 * What one attachment asks for.
 *
 * @param nodeName the node that carries it out
 * @param target the namespace that it leads to
 * @param container the end inside that namespace
 * @param host the end on the node; null asks for one with nothing on it
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        .: SPEC
        nodeName: NODE_NAME
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetworkAttachmentSpec(
    @JsonPropertyDescription(
            "Name of the node that carries this attachment out, as kubectl get nodes shows it."
                + " No default: a NetworkAttachment to a netns needs it, for one to a pod the controller"
                + " fills it in; it cannot be changed. The template of a NetworkAttachmentSet has none. Only the agent of that node acts on the attachment"
                + " and writes its status.")
        @Size(max = 253)
        @Nullable String nodeName,
    @JsonPropertyDescription(
            "The network namespace that the attachment leads to. No default: a NetworkAttachment"
                + " needs it, and so does the template of a Set of nodes; the template of a Set of"
                + " pods has none.")
        @Nullable Target target,
    @JsonPropertyDescription(
            "The container end: the interface of the veth pair inside the target namespace. No"
                + " default.")
        @Required
        @Nullable ContainerEnd container,
    @JsonPropertyDescription(
            "The host end: the interface of the veth pair on the node. By default it has a name"
                + " derived from the uid, no address, no route and no bridge.")
        @Nullable HostEnd host) {}
