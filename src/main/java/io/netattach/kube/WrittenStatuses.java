package io.netattach.kube;

import io.fabric8.kubernetes.client.CustomResource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The statuses that this process wrote last, by uid. The cache of the API server's objects lags
 * behind them, so whether there is news is decided against these; and a later status that differs
 * was written by somebody else, such as the controller of a node that it took for silent. Safe for
 * use by several threads.
 *
 * @param <S> the status
 */
public final class WrittenStatuses<S> {
  private final Map<String, Written<S>> written = new ConcurrentHashMap<>();

  /**
   * What was written.
   *
   * @param version the object's with it; null until the answer is there
   */
  private record Written<S>(S status, @Nullable String version) {
    /** Whether an object is as it was written, or later. */
    boolean isIn(CustomResource<?, S> resource) {
      return version != null
          && ObjectVersion.isAtLeast(resource.getMetadata().getResourceVersion(), version);
    }
  }

  /** The latest status that is known of a resource. */
  public @Nullable S latest(CustomResource<?, S> resource) {
    Written<S> ours = written.get(resource.getMetadata().getUid());
    return ours == null || ours.isIn(resource) ? resource.getStatus() : ours.status();
  }

  /** Is told before it is written: the watch may be quicker than the answer. */
  public void writing(CustomResource<?, S> resource, S status) {
    written.put(resource.getMetadata().getUid(), new Written<>(status, null));
  }

  /** Is told the answer. */
  public void wrote(CustomResource<?, S> answer) {
    String version = answer.getMetadata().getResourceVersion();
    written.computeIfPresent(
        answer.getMetadata().getUid(), (uid, ours) -> new Written<>(ours.status(), version));
  }

  /**
   * Whether a status that is heard of may be somebody else's. While one of ours is being written,
   * that cannot be told, and a look too many does no harm.
   *
   * @param resource as it is now
   * @param before as it was heard of before: where this process has written no status of it, any
   *     that changes is another's
   */
  public boolean isForeign(CustomResource<?, S> resource, CustomResource<?, S> before) {
    Written<S> ours = written.get(resource.getMetadata().getUid());
    if (ours == null) {
      return !Objects.equals(before.getStatus(), resource.getStatus());
    }
    return !Objects.equals(ours.status(), resource.getStatus())
        && (ours.version() == null || ours.isIn(resource));
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
