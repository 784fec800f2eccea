package io.netattach.kube;

import io.fabric8.kubernetes.client.CustomResource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The statuses that this process wrote, by uid. The cache of the API server's objects lags behind
 * them, so whether there is news is decided against these; and a status that is none of them was
 * written by somebody else, such as the controller of a node that it took for silent. Safe for use
 * by several threads.
 *
 * @param <S> the status
 */
public final class WrittenStatuses<S> {
  private final Map<String, S> written = new ConcurrentHashMap<>();

  /** The latest status that is known of a resource. */
  public @Nullable S latest(CustomResource<?, S> resource) {
    S ours = written.get(resource.getMetadata().getUid());
    return ours == null ? resource.getStatus() : ours;
  }

  /** Is told before it is written: the watch may be quicker than the answer. */
  public void writing(CustomResource<?, S> resource, S status) {
    written.put(resource.getMetadata().getUid(), status);
  }

  /** A status of a resource is not ours, so what was written no longer counts. */
  public boolean isForeign(CustomResource<?, S> resource) {
    String uid = resource.getMetadata().getUid();
    S ours = written.get(uid);
    return ours != null && !Objects.equals(ours, resource.getStatus()) && written.remove(uid, ours);
  }

  /** An object is gone, or its status was not written after all. */
  public void forget(String uid) {
    written.remove(uid);
  }

  /** Forgets all objects but those that there are. */
  public void retain(Set<String> uids) {
    written.keySet().retainAll(uids);
  }
}
