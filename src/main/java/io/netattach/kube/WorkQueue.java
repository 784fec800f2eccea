package io.netattach.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which objects wait for a thread of the operator framework, by what that tells of itself. By name
 * and not as a number: the framework does not tell the beginning of everything that it takes up.
 * Safe for use by several threads.
 */
@Singleton
public class WorkQueue implements Metrics {
  private volatile BiConsumer<HasMetadata, Exception> failures = (resource, failure) -> {};
  private final Set<ResourceID> waiting = ConcurrentHashMap.newKeySet();

  @Override
  public void reconciliationSubmitted(
      HasMetadata resource, @Nullable RetryInfo retry, Map<String, Object> metadata) {
    waiting.add(ResourceID.fromResource(resource));
  }

  @Override
  public void reconciliationStarted(HasMetadata resource, Map<String, Object> metadata) {
    waiting.remove(ResourceID.fromResource(resource));
  }

  @Override
  public void cleanupDone(ResourceID resource, Map<String, Object> metadata) {
    waiting.remove(resource);
  }

  /** What the framework tries again, its own writes of finalizers included. */
  @Override
  public void reconciliationFailed(
      HasMetadata resource,
      @Nullable RetryInfo retry,
      Exception failure,
      Map<String, Object> metadata) {
    failures.accept(resource, failure);
  }

  /** Who is told of an object with which something failed that is tried again. */
  public void onFailure(BiConsumer<HasMetadata, Exception> listener) {
    failures = listener;
  }

  /** How many they are. */
  public int length() {
    return waiting.size();
  }
}
