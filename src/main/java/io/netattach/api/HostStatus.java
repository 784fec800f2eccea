package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * The host end, as the kernel has it.
 *
 * @param interfaceName its name
 * @param index its interface index
 * @param mac its MAC address
 * @param mtu its MTU in bytes
 * @param operState its operational state in the words of {@code ip link}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HostStatus(
    @JsonProperty("interface") @JsonPropertyDescription("Name of the interface on the node.")
        @Nullable String interfaceName,
    @JsonPropertyDescription("Interface index on the node. It changes when the pair is made again.")
        @Nullable Integer index,
    @JsonPropertyDescription("MAC address.") @Nullable String mac,
    @JsonPropertyDescription("MTU in bytes.") @Nullable Integer mtu,
    @JsonPropertyDescription(
            "Operational state as ip link shows it: UP when both ends are up, LOWERLAYERDOWN when"
                + " only this one is, DOWN when this one is not.")
        @Nullable String operState) {}
