package io.netattach.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an informer keeps its objects: without their managed fields, which only the API server acts
 * on and which are the greater part of a small object. Safe for use by several threads.
 */
public final class LeanStore<R extends HasMetadata> extends BasicItemStore<R> {
  public LeanStore() {
    super(Cache::metaNamespaceKeyFunc);
  }

  @Override
  public @Nullable R put(String key, R resource) {
    resource.getMetadata().setManagedFields(List.of());
    return super.put(key, resource);
  }
}
