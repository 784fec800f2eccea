package io.netattach.controller;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.JsonPatch;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells pods of their attachments: the annotation that lists their networks and the condition for
 * their readiness gate, in one write of the pod's status, by which neither its spec nor its owners
 * can be changed (the API server's strategy for pods/status). Safe for use by several threads, for
 * a pod by one at a time.
 */
final class PodStatus {
  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  private static final PatchContext MERGE = PatchContext.of(PatchType.STRATEGIC_MERGE);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final KubernetesClient client;
  private final ClusterView view;
  private final EventRecorder events;
  private final ControllerMetrics metrics;
  private final PodReport report;

  /** Of pods that were told why their annotation is left alone, the uid by the name. */
  private final Map<ResourceID, String> leftAlone = new ConcurrentHashMap<>();

  /**
   * @param client not closed here
   */
  PodStatus(
      KubernetesClient client,
      ClusterView view,
      EventRecorder events,
      ControllerMetrics metrics,
      Clock clock) {
    this.client = client;
    this.view = view;
    this.events = events;
    this.metrics = metrics;
    this.report = new PodReport(clock);
  }

  /**
   * Tells a pod what there is to tell, if that is news.
   *
   * @param attachments to pods of its name
   * @return whether nothing had changed meanwhile
   */
  boolean tell(Pod pod, List<NetworkAttachment> attachments) {
    List<NetworkAttachment> own =
        attachments.stream()
            .filter(attachment -> isBound(attachment, pod))
            .filter(attachment -> !attachment.isMarkedForDeletion())
            .toList();
    ObjectNode patch = JSON.createObjectNode();
    ObjectNode metadata = patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
    boolean isAnnotated = annotate(pod, own, metadata);
    Optional<PodCondition> condition = report.condition(pod, own, expected(pod, own));
    // By type, so that conditions of others stay, whatever they are by now.
    condition.ifPresent(
        now -> patch.putObject("status").putArray("conditions").add(JSON.valueToTree(now)));
    if (!isAnnotated && condition.isEmpty()) {
      return true;
    }
    boolean isDone;
    try {
      isDone = write(pod, patch);
    } catch (KubernetesClientException e) {
      if (!isAnnotated || !isForAnnotations(e)) {
        throw e;
      }
      tellLeftAlone(
          pod, "NetworkStatusTooLong", "has no room beside the other annotations of the pod");
      isAnnotated = false;
      metadata.remove(List.of("annotations", "resourceVersion"));
      isDone = condition.isEmpty() || write(pod, patch);
    }
    if (isDone && isAnnotated) {
      metrics.wroteForPod("annotate");
    }
    if (isDone && condition.isPresent()) {
      metrics.wroteForPod("gate");
    }
    return isDone;
  }

  private boolean write(Pod pod, ObjectNode patch) {
    return JsonPatch.isInTime(
        () -> client.pods().resource(pod).subresource("status").patch(MERGE, patch.toString()));
  }

  /** Whether it is refused because the annotations are too long. */
  private static boolean isForAnnotations(KubernetesClientException e) {
    Status status = e.getStatus();
    return status != null
        && status.getDetails() != null
        && status.getDetails().getCauses().stream()
            .anyMatch(cause -> "metadata.annotations".equals(cause.getField()));
  }

  /** Keeps nothing of a pod that ends or is gone. */
  void forget(ResourceID pod) {
    leftAlone.remove(pod);
  }

  private static boolean isBound(NetworkAttachment attachment, Pod pod) {
    return PodStep.target(attachment)
        .filter(target -> pod.getMetadata().getUid().equals(target.uid()))
        .isPresent();
  }

  /** Whether there is something to write of it. */
  private boolean annotate(Pod pod, List<NetworkAttachment> attachments, ObjectNode metadata) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    String before = annotations == null ? null : annotations.get(NetworkStatus.ANNOTATION);
    if (attachments.isEmpty() && !NetworkStatus.hasOurs(before)) {
      return false;
    }
    String now;
    try {
      List<NetworkAttachment> attached =
          attachments.stream().filter(PodReport::isAttached).toList();
      now = NetworkStatus.with(before, attached).orElse(null);
    } catch (NetworkStatus.Unreadable e) {
      tellLeftAlone(pod, "NetworkStatusUnreadable", String.valueOf(e.getMessage()));
      return false;
    }
    if (Objects.equals(now, before)) {
      return false;
    }
    // Others write into it, too: what they have written since makes this come too late.
    metadata.put("resourceVersion", pod.getMetadata().getResourceVersion());
    metadata.putObject("annotations").put(NetworkStatus.ANNOTATION, now);
    return true;
  }

  private void tellLeftAlone(Pod pod, String reason, String why) {
    String uid = pod.getMetadata().getUid();
    @Nullable String before = leftAlone.put(ResourceID.fromResource(pod), uid);
    if (!uid.equals(before)) {
      String message =
          "annotation "
              + NetworkStatus.ANNOTATION
              + " "
              + why
              + ", so the attachments of this pod are not added to it";
      LOG.warnf(
          "pod %s/%s: %s", pod.getMetadata().getNamespace(), pod.getMetadata().getName(), message);
      events.warning(pod, reason, message);
    }
  }

  /** The Sets that select a pod and have not given it its attachment, in order of their names. */
  private List<String> expected(Pod pod, List<NetworkAttachment> attachments) {
    if (!PodReport.hasGate(pod)) {
      return List.of();
    }
    Set<String> owners = new HashSet<>();
    attachments.forEach(
        attachment -> ClusterView.owner(attachment).ifPresent(owner -> owners.add(owner.getUid())));
    return view.sets()
        .filter(set -> pod.getMetadata().getNamespace().equals(set.getMetadata().getNamespace()))
        .filter(set -> !set.isMarkedForDeletion() && set.getSpec().podSelector() != null)
        .filter(set -> LabelMatch.selects(set.getSpec().podSelector(), pod))
        .filter(set -> !owners.contains(set.getMetadata().getUid()))
        .map(set -> set.getMetadata().getName())
        .sorted()
        .toList();
  }
}
