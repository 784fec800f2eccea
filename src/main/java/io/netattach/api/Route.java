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
 * A route through one end of the pair.
 *
 * @param to the destination with its prefix length
 * @param via the gateway; null for a destination on the link itself
 * @param metric the priority, an unsigned 32 bit number; the lower wins
 * @param onLink whether the gateway is reached on the link without an address that covers it
 */
@SchemaCustomizer(
    value = Rules.class,
    input =
"""
        .: ROUTE
        to: DESTINATION
        via: GATEWAY
        metric: METRIC
""")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Route(
    @JsonPropertyDescription(
            "Destination with its prefix length, such as 10.20.0.0/16; 0.0.0.0/0 or ::/0 is the"
                + " default route. No default. There may be one route for each destination and"
                + " metric.")
        @Required
        @Size(max = 64)
        @Nullable String to,
    @JsonPropertyDescription(
            "Address of the gateway, such as 10.10.0.1, of the same family as the destination. It"
                + " must be covered by an address of this end or by a route without via, be IPv6"
                + " link-local, or be said to be onLink. By default none: the destination is then"
                + " reached directly on the link.")
        @Size(max = 64)
        @Nullable String via,
    @JsonPropertyDescription(
            "Metric of the route: of several routes to one destination the lowest wins. From 0 to"
                + " 4294967295. Default 0, which the kernel reads as 1024 for IPv6.")
        @Default("0")
        @Min(0)
        @Max(4294967295L)
        long metric,
    @JsonPropertyDescription(
            "Whether the gateway is taken to be on the link although no address of this end covers"
                + " it. Default false: such a gateway is then refused.")
        @Default("false")
        boolean onLink) {}
