package io.netattach.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.netattach.api.PodTarget;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a Set has an attachment: a node, or a pod on it.
 *
 * @param node its name
 * @param pod null for the node itself
 * @param barred why there can be none; null where there can
 */
record Place(String node, @Nullable PodTarget pod, @Nullable String barred) {
  private static final Set<String> COMPLETED = Set.of("Succeeded", "Failed");

  /** That of a node. */
  static Place on(String node) {
    return new Place(node, null, null);
  }

  /** That of a pod that has a node. */
  static Place in(Pod pod) {
    String name = pod.getMetadata().getName();
    String barred =
        Boolean.TRUE.equals(pod.getSpec().getHostNetwork())
            ? "pod "
                + name
                + " uses the node's own network, where nothing is attached; take hostNetwork out of"
                + " it, or a label that podSelector matches"
            : null;
    return new Place(
        Objects.requireNonNull(pod.getSpec().getNodeName()),
        new PodTarget(name, pod.getMetadata().getUid()),
        barred);
  }

  /** Whether a pod has a namespace of its own on a node, now or soon. */
  static boolean isOne(Pod pod) {
    return pod.getSpec().getNodeName() != null && !isCompleted(pod);
  }

  /** Whether all containers of a pod have ended for good, and its namespace with them. */
  static boolean isCompleted(Pod pod) {
    return COMPLETED.contains(String.valueOf(pod.getStatus().getPhase()));
  }

  /**
   * What no two places of a Set have in common, other than a node and its successor of the name.
   */
  String key() {
    return pod == null ? node : String.valueOf(pod.uid());
  }

  @Override
  public String toString() {
    return pod == null ? "node " + node : "pod " + pod.name();
  }
}
