package io.netattach.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which objects wait for a thread of the operator framework, by what that tells of itself. By name
 * and not as a number: the framework does not tell the beginning of everything that it takes up.
 * Safe for use by several threads.
 */
@Singleton
public class WorkQueue implements Metrics {
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

  /** How many they are. */
  public int length() {
    return waiting.size();
  }
}
