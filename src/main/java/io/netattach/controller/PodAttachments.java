package io.netattach.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.Conditions;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.JsonPatch;
import io.netattach.kube.KeyedQueue;
import io.netattach.kube.LogContext;
import io.netattach.kube.RetryDelay;
import io.netattach.kube.StartFailure;
import io.netattach.kube.StatusWriter;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Brings attachments and the pods that they lead to together: gives an attachment the node of its
 * pod, removes it when the pod is gone, and tells the pod of its attachments. A pod is looked at
 * when it or an attachment to it changes, by one thread at a time; other pods by others.
 */
final class PodAttachments implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  private static final int PARALLEL = 4;

  /** After a write that came too late: what overtook it is about to be heard. */
  private static final Duration SOON = Duration.ofMillis(100);

  private static final String NO_POD = "TargetNotFound";

  private static final PatchContext MERGE = PatchContext.of(PatchType.STRATEGIC_MERGE);

  private final KubernetesClient client;
  private final ClusterView view;
  private final EventRecorder events;
  private final ControllerMetrics metrics;
  private final Clock clock;
  private final StatusWriter<NetworkAttachment> statuses;
  private final PodReport report;
  private final RetryDelay delay = new RetryDelay(Duration.ZERO);

  /** The pods, by uid, whose annotation is found to be unreadable. */
  private final Set<String> unreadable = ConcurrentHashMap.newKeySet();

  private final KeyedQueue<ResourceID> queue;

  /**
   * @param client not closed here
   */
  PodAttachments(
      KubernetesClient client,
      ClusterView view,
      EventRecorder events,
      ControllerMetrics metrics,
      Clock clock) {
    this.client = client;
    this.view = view;
    this.events = events;
    this.metrics = metrics;
    this.clock = clock;
    this.statuses = new StatusWriter<>(client);
    this.report = new PodReport(clock);
    this.queue = new KeyedQueue<>("netattach-pod", PARALLEL, this::look);
  }

  /** Begins; what it knows of the cluster must have been read before. */
  void start() {
    view.listenToPods(queue::add);
  }

  private void look(ResourceID name) {
    Optional<Pod> pod = view.pod(name);
    List<NetworkAttachment> attachments = view.attachmentsTo(name);
    String key = String.valueOf(name);
    try {
      boolean isOvertaken = false;
      for (NetworkAttachment attachment : attachments) {
        try (var about = LogContext.attachment(attachment)) {
          isOvertaken |= !carryOut(attachment, PodStep.next(attachment, pod));
        }
      }
      if (pod.isPresent() && !pod.get().isMarkedForDeletion()) {
        isOvertaken |= !tell(pod.get(), attachments);
      } else {
        pod.ifPresent(ending -> unreadable.remove(ending.getMetadata().getUid()));
      }
      delay.forget(key);
      if (isOvertaken) {
        queue.addAfter(name, SOON);
      }
    } catch (KubernetesClientException e) {
      Duration later = delay.afterFailure(key);
      LOG.warnf(
          "pod %s: its attachments cannot be looked after, trying again in %d s: %s",
          key(name), later.toSeconds(), StartFailure.innermost(e));
      queue.addAfter(name, later);
    } catch (RuntimeException e) {
      Duration later = delay.afterFailure(key);
      LOG.errorf(e, "pod %s: is looked at again", key(name));
      queue.addAfter(name, later);
    }
  }

  /** Whether nothing had changed meanwhile. */
  private boolean carryOut(NetworkAttachment attachment, PodStep step) {
    return switch (step) {
      case PodStep.Leave leave -> true;
      case PodStep.Await await -> await(attachment, await.pod());
      case PodStep.Bind bind -> bind(attachment, bind);
      case PodStep.Remove remove -> remove(attachment, remove);
    };
  }

  private boolean bind(NetworkAttachment attachment, PodStep.Bind bind) {
    boolean isDone =
        write(
            "bind",
            () -> client.resource(attachment).patch(JsonPatch.CONTEXT, bind.patch().toString()));
    if (isDone) {
      LOG.infof("%s: its pod is on node %s", name(attachment), bind.node());
    }
    return isDone;
  }

  /** Said once, unless there has been such a pod since. */
  private boolean await(NetworkAttachment attachment, String pod) {
    Optional<Condition> last = Readiness.of(attachment);
    if (last.filter(ready -> NO_POD.equals(ready.reason())).isPresent()) {
      return true;
    }
    NetworkAttachmentStatus before =
        attachment.getStatus() == null ? NetworkAttachmentStatus.NOTHING : attachment.getStatus();
    String message =
        "no pod is named "
            + pod
            + " in namespace "
            + attachment.getMetadata().getNamespace()
            + " yet; it is attached when there is one";
    Condition ready =
        Conditions.of(
            before.conditions(),
            Conditions.READY,
            Conditions.FALSE,
            NO_POD,
            message,
            attachment.getMetadata().getGeneration(),
            clock.instant());
    boolean isDone = statuses.writeUnlessChanged(attachment, before.with(ready)).isPresent();
    if (isDone) {
      LOG.infof("%s: %s: %s", name(attachment), NO_POD, message);
      events.normal(attachment, NO_POD, message);
    }
    return isDone;
  }

  /**
   * What this process remembers of pods may be older than what it knows of the attachment. A list
   * of one needs no right to get pods.
   */
  private boolean remove(NetworkAttachment attachment, PodStep.Remove remove) {
    boolean isThere =
        client
            .pods()
            .inNamespace(attachment.getMetadata().getNamespace())
            .withField("metadata.name", remove.pod())
            .list()
            .getItems()
            .stream()
            .anyMatch(found ->
                found.getMetadata().getUid().equals(remove.uid()) && !Place.isCompleted(found));
    if (isThere) {
      return false;
    }
    boolean isDone =
        write("remove", () -> client.resource(attachment).lockResourceVersion().delete());
    if (isDone) {
      LOG.infof("%s: removed, since pod %s is gone", name(attachment), remove.pod());
    }
    return isDone;
  }

  private boolean tell(Pod pod, List<NetworkAttachment> attachments) {
    List<NetworkAttachment> own =
        attachments.stream()
            .filter(attachment -> isBound(attachment, pod))
            .filter(attachment -> !attachment.isMarkedForDeletion())
            .toList();
    return annotate(pod, own) & openGate(pod, own);
  }

  private static boolean isBound(NetworkAttachment attachment, Pod pod) {
    return PodStep.target(attachment)
        .filter(target -> pod.getMetadata().getUid().equals(target.uid()))
        .isPresent();
  }

  private boolean annotate(Pod pod, List<NetworkAttachment> attachments) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    String before = annotations == null ? null : annotations.get(NetworkStatus.ANNOTATION);
    List<NetworkAttachment> ready = attachments.stream().filter(Readiness::isReady).toList();
    String now;
    try {
      now = NetworkStatus.with(before, ready).orElse(null);
    } catch (NetworkStatus.Unreadable e) {
      tellUnreadable(pod, e);
      return true;
    }
    if (Objects.equals(now, before)) {
      return true;
    }
    String value = Serialization.asJson(Collections.singletonMap(NetworkStatus.ANNOTATION, now));
    String patch =
        "{\"metadata\":{\"uid\":%s,\"resourceVersion\":%s,\"annotations\":%s}}"
            .formatted(
                Serialization.asJson(pod.getMetadata().getUid()),
                Serialization.asJson(pod.getMetadata().getResourceVersion()),
                value);
    return write("annotate", () -> resource(pod).patch(MERGE, patch));
  }

  private void tellUnreadable(Pod pod, NetworkStatus.Unreadable e) {
    if (unreadable.add(pod.getMetadata().getUid())) {
      String message =
          "annotation "
              + NetworkStatus.ANNOTATION
              + " "
              + e.getMessage()
              + ", so the attachments of this pod are not added to it";
      LOG.warnf("pod %s: %s", name(pod), message);
      events.warning(pod, "NetworkStatusUnreadable", message);
    }
  }

  private boolean openGate(Pod pod, List<NetworkAttachment> attachments) {
    PodCondition condition =
        report.condition(pod, attachments, expected(pod, attachments)).orElse(null);
    if (condition == null) {
      return true;
    }
    // By type, so that conditions of others stay, whatever they are by now.
    String patch =
        "{\"metadata\":{\"uid\":%s},\"status\":{\"conditions\":[%s]}}"
            .formatted(
                Serialization.asJson(pod.getMetadata().getUid()), Serialization.asJson(condition));
    return write("gate", () -> resource(pod).subresource("status").patch(MERGE, patch));
  }

  /** The Sets that select a pod and have not given it its attachment. */
  private List<String> expected(Pod pod, List<NetworkAttachment> attachments) {
    if (pod.getSpec().getReadinessGates().isEmpty()) {
      return List.of();
    }
    Set<String> owners = new HashSet<>();
    attachments.forEach(
        attachment -> ClusterView.owner(attachment).ifPresent(owner -> owners.add(owner.getUid())));
    List<String> expected = new ArrayList<>();
    view.sets()
        .filter(set -> pod.getMetadata().getNamespace().equals(set.getMetadata().getNamespace()))
        .filter(set -> !set.isMarkedForDeletion() && set.getSpec().podSelector() != null)
        .filter(set -> LabelMatch.selects(set.getSpec().podSelector(), pod))
        .filter(set -> !owners.contains(set.getMetadata().getUid()))
        .forEach(set -> expected.add(set.getMetadata().getName()));
    expected.sort(null);
    return expected;
  }

  private PodResource resource(Pod pod) {
    return client.pods().resource(pod);
  }

  /** Whether it was written, rather than overtaken by another change. */
  private boolean write(String verb, Runnable writing) {
    try {
      writing.run();
      metrics.wroteForPod(verb);
      return true;
    } catch (KubernetesClientException e) {
      if (JsonPatch.isOvertaken(e)
          || e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private static String name(HasMetadata resource) {
    return resource.getMetadata().getNamespace() + "/" + resource.getMetadata().getName();
  }

  private static String key(ResourceID name) {
    return name.getNamespace().orElse("") + "/" + name.getName();
  }

  /** Ends; what is being written is finished. */
  @Override
  public void close() {
    queue.close();
  }
}
