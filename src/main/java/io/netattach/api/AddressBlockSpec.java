package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who has which of {@value #SIZE} neighbouring addresses.
 *
 * @param pool the pool
 * @param first the lowest address of the block, a multiple of its size
 * @param holders who has an address, by the address
 */
@SchemaCustomizer(value = Descriptions.class, input = "holders{}: Who has the address.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AddressBlockSpec(
    @JsonPropertyDescription("Name of the AddressPool. No default.") @Required @Size(max = 63)
        @Nullable String pool,
    @JsonPropertyDescription("The lowest address of the block. No default.")
        @Required
        @Size(max = 64)
        @Nullable String first,
    @JsonPropertyDescription(
            "Who has an address, by the address; those that are not there are free.")
        @Size(max = SIZE)
        Map<String, AddressHolder> holders) {

  /** Number of addresses in a block. */
  public static final int SIZE = 256;

  /** Copies the map; an absent one is empty. */
  public AddressBlockSpec {
    holders = holders == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(holders));
  }
}
