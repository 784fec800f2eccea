package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.netattach.api.schema.Descriptions;
import io.netattach.api.schema.ListTypes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much of one range is used.
 *
 * @param subnet the range's
 * @param total how many addresses it gives out at most
 * @param used how many of its addresses have a user
 * @param free how many it can still give
 * @param users some of those that use it, at most {@value #MAX_USERS}
 */
@SchemaCustomizer(value = ListTypes.class, input = "users: atomic")
@SchemaCustomizer(
    value = Descriptions.class,
    input = "users[]: An address and who has it, such as 10.10.0.7 shop/db-link.")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AddressRangeStatus(
    @JsonPropertyDescription("The range's subnet.") @Nullable String subnet,
    @JsonPropertyDescription("Number of addresses that the range gives out at most.") long total,
    @JsonPropertyDescription("Number of addresses of the range that an attachment has.") long used,
    @JsonPropertyDescription("Number of addresses that the range can still give.") long free,
    @JsonPropertyDescription(
            "Some of the addresses in use and the attachments that have them; at most ten of them."
                + " kubectl get addressblocks -l netattach.io/pool=NAME -o yaml shows all.")
        @Size(max = MAX_USERS)
        List<String> users) {

  /** How many users are told by name; {@code used} counts them all. */
  public static final int MAX_USERS = 10;

  /** Copies the list; an absent one is empty. */
  public AddressRangeStatus {
    users = users == null ? List.of() : List.copyOf(users);
  }
}
