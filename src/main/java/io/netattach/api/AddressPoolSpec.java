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

/**
 * What a pool gives out.
 *
 * @param ranges where the addresses come from
 */
@SchemaCustomizer(value = Rules.class, input = "ranges: RANGES")
@SchemaCustomizer(value = ListTypes.class, input = "ranges: map subnet")
@SchemaCustomizer(value = Descriptions.class, input = "ranges[]: Addresses of one network.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AddressPoolSpec(
    @JsonPropertyDescription(
            "Where the addresses come from: one range for each network, at least one, at most 16. No"
                + " default. An attachment gets one address of each IP family that there is, from the"
                + " first range of the family that has one. A range that is in use cannot be removed"
                + " or narrowed.")
        @Required
        @Size(max = 16)
        List<AddressRange> ranges) {

  /** Copies the list; an absent one is empty. */
  public AddressPoolSpec {
    ranges = ranges == null ? List.of() : List.copyOf(ranges);
  }
}
