package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import io.netattach.api.schema.Rules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of the pair on the node.
 *
 * @param interfaceName its name; null for one derived from the uid
 * @param bridge the bridge that it is a port of; null for none
 * @param addresses its addresses with prefix lengths
 * @param routes the routes through it
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        .: REACHABLE_GATEWAYS
        interface: END_NAME
        addresses: DISTINCT_ADDRESSES
        addresses[]: ADDRESS
        routes[].to: NO_DEFAULT_ROUTE
""")
@SchemaCustomizer(
    value = ListTypes.class,
    input =
"""
        addresses: set
        routes: map to metric
""")
@SchemaCustomizer(
    value = Descriptions.class,
    input =
"""
        addresses[]: An address with its prefix length, such as 10.10.0.1/24 or fd00:10::1/64.
        routes[]: One route through the host end.
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HostEnd(
    @JsonProperty("interface")
        @JsonPropertyDescription(
            "Name of the interface on the node, such as veth-db; at most 15 bytes. By default derived"
                + " from the uid. A name that is taken by something else is a Conflict.")
        @Size(max = 64)
        @Nullable String interfaceName,
    @JsonPropertyDescription(
            "A bridge of the node that the host end becomes a port of. Default none. The bridge must"
                + " exist; it is not made.")
        @Nullable BridgePort bridge,
    @JsonPropertyDescription(
            "Addresses of the host end, IPv4 and IPv6, each with its prefix length, such as"
                + " 10.10.0.1/24. At most 32; default none. A permanent address that is not in the"
                + " list is removed, whoever set it. Without an IPv6 address or route here, IPv6 is"
                + " off on the host end.")
        @Size(max = 32)
        List<@Size(max = 64) String> addresses,
    @JsonPropertyDescription(
            "Routes through the host end, in the node's main table. At most 64; default none, apart"
                + " from those that the kernel makes for the addresses. Default routes are refused. A"
                + " static route that is not in the list is removed; those of routing daemons are left"
                + " alone.")
        @Size(max = 64)
        List<Route> routes) {

  /** Copies the lists; an absent one is empty. */
  public HostEnd {
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
    routes = routes == null ? List.of() : List.copyOf(routes);
  }
}
