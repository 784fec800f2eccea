package io.netattach.agent;

import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The statuses that this agent wrote, by uid. The cache of the API server's objects lags behind
 * them, so whether there is news is decided against these; and a status that is none of them was
 * written by somebody else, such as the controller of a node that it took for silent. Safe for use
 * by several threads.
 */
final class WrittenStatuses {
  private final Map<String, NetworkAttachmentStatus> written = new ConcurrentHashMap<>();

  /** The latest status that is known of a resource. */
  @Nullable NetworkAttachmentStatus latest(NetworkAttachment resource) {
    NetworkAttachmentStatus ours = written.get(resource.getMetadata().getUid());
    return ours == null ? resource.getStatus() : ours;
  }

  /** Is told before it is written: the watch may be quicker than the answer. */
  void writing(NetworkAttachment resource, NetworkAttachmentStatus status) {
    written.put(resource.getMetadata().getUid(), status);
  }

  /** A status of a resource is not ours, so what was written no longer counts. */
  boolean isForeign(NetworkAttachment resource) {
    String uid = resource.getMetadata().getUid();
    NetworkAttachmentStatus ours = written.get(uid);
    return ours != null && !Objects.equals(ours, resource.getStatus()) && written.remove(uid, ours);
  }

  void forget(String uid) {
    written.remove(uid);
  }
}
