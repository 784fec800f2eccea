package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * What was put right last.
 *
 * @param time when, in RFC 3339, such as {@code 2025-01-31T12:00:00Z}
 * @param what the steps in words
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LastRepair(
    @JsonPropertyDescription("When the repair was done, in UTC, such as 2025-01-31T12:00:00Z.")
        @Nullable String time,
    @JsonPropertyDescription("What was put right, in words.") @Nullable String what) {}
