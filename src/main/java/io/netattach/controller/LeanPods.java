package io.netattach.controller;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of each Pod what is asked for: who and where it is, and what is said of its attachments.
 * The rest, such as its containers, is many times as much.
 */
final class LeanPods extends BasicItemStore<Pod> {
  LeanPods() {
    super(Cache::metaNamespaceKeyFunc);
  }

  @Override
  public @Nullable Pod put(String key, Pod pod) {
    return super.put(key, lean(pod));
  }

  static Pod lean(Pod pod) {
    ObjectMeta metadata = pod.getMetadata();
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(metadata.getNamespace())
        .withName(metadata.getName())
        .withUid(metadata.getUid())
        .withResourceVersion(metadata.getResourceVersion())
        .withDeletionTimestamp(metadata.getDeletionTimestamp())
        .withLabels(metadata.getLabels())
        .withAnnotations(annotations(metadata.getAnnotations()))
        .endMetadata()
        .withNewSpec()
        .withNodeName(pod.getSpec().getNodeName())
        .withHostNetwork(pod.getSpec().getHostNetwork())
        .withReadinessGates(gates(pod.getSpec().getReadinessGates()))
        .endSpec()
        .withNewStatus()
        .withPhase(pod.getStatus() == null ? null : pod.getStatus().getPhase())
        .withConditions(
            pod.getStatus() == null ? List.of() : conditions(pod.getStatus().getConditions()))
        .endStatus()
        .build();
  }

  private static @Nullable Map<String, String> annotations(@Nullable Map<String, String> all) {
    String networks = all == null ? null : all.get(NetworkStatus.ANNOTATION);
    return networks == null ? null : Map.of(NetworkStatus.ANNOTATION, networks);
  }

  private static List<PodReadinessGate> gates(List<PodReadinessGate> all) {
    return all.stream()
        .filter(gate -> PodReport.CONDITION.equals(gate.getConditionType()))
        .toList();
  }

  private static List<PodCondition> conditions(List<PodCondition> all) {
    return all.stream()
        .filter(condition -> PodReport.CONDITION.equals(condition.getType()))
        .toList();
  }
}
