package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import io.netattach.api.schema.Rules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pool has given to an attachment, for as long as that exists.
 *
 * @param pool the pool
 * @param addresses with prefix lengths, one of each IP family of the pool
 * @param gateways those of the ranges that the addresses come from
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
@SchemaCustomizer(value = Rules.class, input = "addresses[]: ASSIGNED_ADDRESS")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AssignedAddresses(
    @JsonPropertyDescription("Name of the AddressPool.") @Size(max = 63) @Nullable String pool,
    @JsonPropertyDescription("The addresses, each with the prefix length of its range's subnet.")
        @Size(max = 2)
        List<@Size(max = 64) String> addresses,
    @JsonPropertyDescription("Gateways of the ranges that the addresses come from.") @Size(max = 2)
        List<@Size(max = 64) String> gateways) {

  /** Copies the lists; an absent one is empty. */
  public AssignedAddresses {
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
    gateways = gateways == null ? List.of() : List.copyOf(gateways);
  }
}
