package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * Who has an address of a pool.
 *
 * @param attachment namespace and name, such as {@code shop/db-link}
 * @param uid of the attachment; null for an address that is only kept
 * @param keptFor namespace, the Set's uid and the pod's name; null where it is kept for nobody
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AddressHolder(
    @JsonPropertyDescription(
            "The attachment that has the address, or had it last, as namespace/name.")
        @Size(max = 320)
        @Nullable String attachment,
    @JsonPropertyDescription(
            "The attachment's metadata.uid; absent where the address is kept for a pod that is not"
                + " there.")
        @Size(max = 64)
        @Nullable String uid,
    @JsonPropertyDescription(
            "For whom the address is kept when the attachment is gone, because of"
                + " addressPool.stable: namespace, uid of the Set, and name of the pod.")
        @Size(max = 384)
        @Nullable String keptFor) {}
