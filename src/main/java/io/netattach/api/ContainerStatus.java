package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The container end, as the kernel has it.
 *
 * @param interfaceName its name
 * @param index its interface index in the target namespace
 * @param mac its MAC address
 * @param mtu its MTU in bytes
 * @param addresses its addresses with prefix lengths
 * @param gateways the gateways of its default routes
 */
@SchemaCustomizer(
    value = ListTypes.class,
    input =
"""
        addresses: atomic
        gateways: atomic
""")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        addresses[]: An address with its prefix length.
        gateways[]: Address of a gateway.
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ContainerStatus(
    @JsonProperty("interface")
        @JsonPropertyDescription("Name of the interface in the target namespace.")
        @Nullable String interfaceName,
    @JsonPropertyDescription(
            "Interface index in the target namespace. It changes when the pair is made again.")
        @Nullable Integer index,
    @JsonPropertyDescription("MAC address.") @Nullable String mac,
    @JsonPropertyDescription("MTU in bytes.") @Nullable Integer mtu,
    @JsonPropertyDescription("Addresses that were set, each with its prefix length.")
        @Size(max = 32)
        List<String> addresses,
    @JsonPropertyDescription("Gateways of the default routes that were set.") @Size(max = 64)
        List<String> gateways) {

  /** Copies the lists; an absent one is empty. */
  public ContainerStatus {
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
    gateways = gateways == null ? List.of() : List.copyOf(gateways);
  }
}
