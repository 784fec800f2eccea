package io.netattach.pool;

import io.netattach.api.NetworkAttachment;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is known of attachments and Sets without asking: a little behind the API server, so nobody
 * loses an address because of it. Safe for use by several threads.
 */
public interface KnownAttachments {
  /** Those that ask for addresses of a pool and have none. They must not be changed. */
  List<NetworkAttachment> waiting(String pool);

  /** All. They must not be changed. */
  Stream<NetworkAttachment> all();

  /** The one of a name. It must not be changed. */
  Optional<NetworkAttachment> named(String namespace, String name);

  /** Whether there is a node of a name. */
  boolean hasNode(String name);

  /** Whether there is a Set of a uid in a namespace. */
  boolean hasSet(String namespace, String uid);
}
