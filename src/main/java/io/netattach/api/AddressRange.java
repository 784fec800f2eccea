package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import io.netattach.api.schema.Rules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of one network that a pool gives out.
 *
 * @param subnet the network, whose prefix length each address gets
 * @param rangeStart the lowest address that is given out; null for the lowest of the subnet
 * @param rangeEnd the highest address that is given out; null for the highest of the subnet
 * @param gateway the router of the network, which is not given out; null for none
 * @param exclude addresses and networks that are not given out
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        .: RANGE
        subnet: SUBNET
        rangeStart: RANGE_ADDRESS
        rangeEnd: RANGE_ADDRESS
        gateway: GATEWAY
        exclude[]: EXCLUSION
""")
@SchemaCustomizer(value = ListTypes.class, input = "exclude: set")
@SchemaCustomizer(
    value = Descriptions.class,
    input = "exclude[]: An address or a network, such as 10.10.0.5 or 10.10.0.240/28.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AddressRange(
    @JsonPropertyDescription(
            "The network, such as 10.10.0.0/24 or fd00:10::/64; its prefix length is that of every"
                + " address. No default. Its own address is never given out, nor is its broadcast"
                + " address where it has one. Of a network of more than 4294967296 addresses the"
                + " first so many are given out, counted from rangeStart.")
        @Required
        @Size(max = 64)
        @Nullable String subnet,
    @JsonPropertyDescription(
            "The lowest address that is given out. Default: the lowest of the subnet.")
        @Size(max = 64)
        @Nullable String rangeStart,
    @JsonPropertyDescription(
            "The highest address that is given out. Default: the highest of the subnet.")
        @Size(max = 64)
        @Nullable String rangeEnd,
    @JsonPropertyDescription(
            "Address of the router of the network, within the subnet. Default none. It is not given"
                + " out; attachments that ask for it get a default route through it.")
        @Size(max = 64)
        @Nullable String gateway,
    @JsonPropertyDescription(
            "Addresses and networks that are not given out, such as those of machines that are there"
                + " already. At most 64; default none. An address that is in use when it is excluded"
                + " stays with its attachment.")
        @Size(max = 64)
        List<@Size(max = 64) String> exclude) {

  /** Copies the list; an absent one is empty. */
  public AddressRange {
    exclude = exclude == null ? List.of() : List.copyOf(exclude);
  }
}
