package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * How much of one range is used.
 *
 * @param subnet the range's
 * @param total how many addresses it gives out at most
 * @param used how many of its addresses have a user
 * @param free how many it can still give
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AddressRangeStatus(
    @JsonPropertyDescription("The range's subnet.") @Required @Size(max = 64)
        @Nullable String subnet,
    @JsonPropertyDescription("Number of addresses that the range gives out at most.") long total,
    @JsonPropertyDescription("Number of addresses of the range that an attachment has.") long used,
    @JsonPropertyDescription("Number of addresses that the range can still give.") long free) {}
