package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import io.netattach.api.schema.Rules;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The end of the pair inside the target namespace.
 *
 * @param interfaceName its name there
 * @param mac its MAC address; null for one derived from the uid
 * @param mtu the MTU of the pair in bytes; null for the bridge's, else 1500
 * @param addresses its addresses with prefix lengths
 * @param addressPool the pool that gives it addresses; null for those that are written
 * @param routes the routes through it
 * @param sysctls settings of the kernel, by name, in order of the names
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        .: CONTAINER_END
        interface: END_NAME
        mac: MAC
        mtu: MTU
        addresses: DISTINCT_ADDRESSES
        addresses[]: ADDRESS
        sysctls: SYSCTLS
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
        addresses[]: An address with its prefix length, such as 10.10.0.2/24 or fd00:10::2/64.
        routes[]: One route through the container end.
        sysctls{}: Value of the setting, a whole number as text, such as \"1\".
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ContainerEnd(
    @JsonProperty("interface")
        @JsonPropertyDescription(
            "Name of the interface inside the target namespace, such as net1; at most 15 bytes. No"
                + " default. A name that is taken there by something else is a Conflict.")
        @Required
        @Size(max = 64)
        @Nullable String interfaceName,
    @JsonPropertyDescription(
            "MAC address of the container end: six bytes in hexadecimal with colons, such as"
                + " 02:00:5e:00:00:01. By default it is derived from the uid and so stays the same"
                + " after every repair.")
        @Size(max = 64)
        @Nullable String mac,
    @JsonPropertyDescription(
            "MTU of both ends, in bytes, from 68 to 65535. By default that of host.bridge, else"
                + " 1500. IPv6 needs 1280 or more.")
        @Min(68)
        @Max(65535)
        @Nullable Integer mtu,
    @JsonPropertyDescription(
            "Addresses of the container end, IPv4 and IPv6, each with its prefix length, such as"
                + " 10.10.0.2/24. At most 32; default none. A permanent address that is not in"
                + " the list is removed, whoever set it; link-local ones and those with a lifetime"
                + " are left alone.")
        @Size(max = 32)
        List<@Size(max = 64) String> addresses,
    @JsonPropertyDescription(
            "An AddressPool that gives the addresses, one of each IP family that it has. By default"
                + " none: write addresses. It cannot be changed in a NetworkAttachment.")
        @Nullable AddressPoolUse addressPool,
    @JsonPropertyDescription(
            "Routes through the container end, inside the target namespace. At most 64; default"
                + " none, apart from those that the kernel makes for the addresses. A static route"
                + " that is not in the list is removed; those of routing daemons are left alone.")
        @Size(max = 64)
        List<Route> routes,
    @JsonPropertyDescription(
            "Kernel settings of the container end, by sysctl name, with IFNAME where the interface"
                + " name goes, such as net.ipv4.conf.IFNAME.arp_notify. Values are text: write"
                + " numbers in quotes. Default none. Settings without effect beyond the interface"
                + " are allowed, others where the node allows them; at most 32.")
        @Size(max = 32)
        Map<String, @Size(max = 64) String> sysctls) {

  /** Copies the lists and the map; an absent one is empty. */
  public ContainerEnd {
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
    routes = routes == null ? List.of() : List.copyOf(routes);
    // Sorted, so that the same settings are always applied and printed in the same order.
    sysctls = sysctls == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(sysctls));
  }
}
