package io.netattach.cli.manifest;

import io.netattach.api.NetworkAttachment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An attachment and where it was read.
 *
 * @param source the file, and the document and list entry in it where there are several; for
 *     messages, such as {@code links.yaml: document 2}
 * @param folder the folder that the file is in; null where it came from elsewhere
 * @param attachment the attachment; it has a name, a namespace, a uid and a spec
 */
public record Manifest(String source, @Nullable Path folder, NetworkAttachment attachment) {
  Manifest in(@Nullable Path newFolder) {
    return new Manifest(source, newFolder, attachment);
  }
}
