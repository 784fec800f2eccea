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
 * How an attachment uses a pool of addresses.
 *
 * @param name the pool
 * @param stable whether a pod that comes again under its name gets the addresses it had
 * @param defaultRoute whether the container end gets default routes through the pool's gateways
 */
@SchemaCustomizer(value = Rules.class, input = "name: POOL_REFERENCE")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AddressPoolUse(
    @JsonPropertyDescription(
            "Name of the AddressPool, as kubectl get addresspools shows it. No" + " default.")
        @Required
        @Size(max = 63)
        @Nullable String name,
    @JsonPropertyDescription(
            "Whether a pod that is made again under its name gets the addresses that it had, as the"
                + " pods of a StatefulSet may want. Default false. They are kept for it while the"
                + " pool has others to give, and as long as the Set exists; it has no effect on an"
                + " attachment that belongs to no Set of pods.")
        @Default("false")
        boolean stable,
    @JsonPropertyDescription(
            "Whether the container end gets a default route through the gateway of each range that"
                + " an address comes from. Default false. In a pod, which has a default route"
                + " already, it competes with that.")
        @Default("false")
        boolean defaultRoute) {}
