package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Rules;
import org.jspecify.annotations.Nullable;

/**
 * The host end as a port of a bridge.
 *
 * @param name the bridge
 * @param vlan the VLAN of untagged traffic, from 1 to 4094; null for the bridge's own default
 * @param hairpin whether frames may go back out of the port that they came in by
 * @param isolated whether the port is kept from other isolated ports
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        name: INTERFACE_NAME
        vlan: VLAN
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record BridgePort(
    @JsonPropertyDescription("Name of the bridge on the node, such as br-blue. No default.")
        @Required
        @Size(max = 64)
        @Nullable String name,
    @JsonPropertyDescription(
            "VLAN of the port, from 1 to 4094: traffic of the container end travels untagged on the"
                + " link and in this VLAN on the bridge. By default what the bridge gives to new"
                + " ports. It has an effect only on a bridge with VLAN filtering.")
        @Min(1)
        @Max(4094)
        @Nullable Integer vlan,
    @JsonPropertyDescription(
            "Whether the bridge may send a frame back out of the port that it came in by. Default"
                + " false.")
        @Default("false")
        boolean hairpin,
    @JsonPropertyDescription(
            "Whether the port is kept from all other isolated ports of the bridge; it still reaches"
                + " those that are not isolated. Default false.")
        @Default("false")
        boolean isolated) {}
