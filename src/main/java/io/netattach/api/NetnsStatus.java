package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * The target namespace, as it was found or made.
 *
 * @param path the file that names it
 * @param inode the inode of the namespace itself
 * @param created whether it was made for an attachment
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NetnsStatus(
    @JsonPropertyDescription("File of the namespace on the node, such as /run/netns/blue.")
        @Nullable String path,
    @JsonPropertyDescription(
            "Inode number of the namespace, as ls -Li shows it for that file. Another number is"
                + " another namespace of the same name.")
        @Nullable Long inode,
    @JsonPropertyDescription(
            "Whether the namespace was made because of spec.target.netns.create, and so falls under"
                + " its reclaimPolicy.")
        boolean created) {}
