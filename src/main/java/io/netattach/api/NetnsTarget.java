package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Rules;
import org.jspecify.annotations.Nullable;

/**
 * A named network namespace as target.
 *
 * @param name its name under {@code /run/netns}
 * @param create whether to make it when it is not there
 * @param reclaimPolicy what becomes of a namespace that was made for an attachment
 */
@SchemaCustomizer(value = Rules.class, input = "name: NETNS_NAME")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetnsTarget(
    @JsonPropertyDescription(
            "Name of the namespace, such as blue: its file name under /run/netns on the node, 1 to 255"
                + " bytes. No default. In a NetworkAttachment it cannot be changed.")
        @Required
        @Size(max = 255)
        @Nullable String name,
    @JsonPropertyDescription(
            "Whether to make the namespace when the node has none of that name. Default false: the"
                + " attachment then waits, with reason TargetNotFound, until somebody makes it.")
        @Default("false")
        boolean create,
    @JsonPropertyDescription(
            "What becomes of a namespace that was made because of create, once the last attachment"
                + " in it is gone: Delete removes it, Retain leaves it. Default Delete. A namespace"
                + " that somebody else made is never removed.")
        @Default("Delete")
        ReclaimPolicy reclaimPolicy) {

  /** Fills in the default that the definition in the cluster would. */
  public NetnsTarget {
    reclaimPolicy = reclaimPolicy == null ? ReclaimPolicy.DELETE : reclaimPolicy;
  }
}
