package io.netattach.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.Conditions;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.JsonPatch;
import io.netattach.kube.KeyedQueue;
import io.netattach.kube.LogContext;
import io.netattach.kube.Reasons;
import io.netattach.kube.RetryDelay;
import io.netattach.kube.StartFailure;
import io.netattach.kube.StatusWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings attachments and the pods that they lead to together: gives an attachment the node of its
 * pod, removes it when the pod is gone, and has the pod told of its attachments. A pod is looked at
 * when it or an attachment to it changes, by one thread at a time; other pods by others.
 */
final class PodAttachments implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  private static final int PARALLEL = 4;

  private static final Duration AT_LEAST_EVERY = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final ClusterView view;
  private final EventRecorder events;
  private final ControllerMetrics metrics;
  private final Clock clock;
  private final StatusWriter<NetworkAttachment> statuses;
  private final PodStatus told;
  private final RetryDelay delay = new RetryDelay(Duration.ZERO);

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
    this.told = new PodStatus(client, view, events, metrics, clock);
    this.queue = new KeyedQueue<>("netattach-pod", PARALLEL, this::look);
  }

  /** Begins; what it knows of the cluster must have been read before. */
  void start() {
    view.listenToPods(queue::add);
  }

  private void look(ResourceID name) {
    Optional<Pod> pod = view.pod(name);
    List<NetworkAttachment> attachments = view.attachmentsTo(name);
    Look look = new Look(name);
    for (NetworkAttachment attachment : attachments) {
      try (var about = LogContext.attachment(attachment)) {
        look.at(() -> carryOut(attachment, PodStep.next(attachment, pod)));
      }
    }
    if (pod.isPresent() && !pod.get().isMarkedForDeletion()) {
      look.at(() -> told.tell(pod.get(), attachments));
    } else {
      told.forget(name);
    }
    look.end();
    if (pod.isPresent() && PodReport.hasGate(pod.get())) {
      // That a Set selects it now, or no longer does, is no event of the pod.
      queue.addAfter(name, AT_LEAST_EVERY);
    }
  }

  /** One look at a pod: what the API server refuses of one write does not keep back the others. */
  private final class Look {
    private final ResourceID pod;
    private boolean overtaken;
    private @Nullable RuntimeException failure;

    Look(ResourceID pod) {
      this.pod = pod;
    }

    /**
     * @param part whether nothing had changed meanwhile
     */
    void at(BooleanSupplier part) {
      try {
        overtaken |= !part.getAsBoolean();
      } catch (RuntimeException e) {
        failure = e;
      }
    }

    void end() {
      if (failure != null) {
        Duration later = delay.afterFailure(key(pod));
        if (failure instanceof KubernetesClientException) {
          LOG.warnf(
              "pod %s: not all can be done for its attachments, trying again in %d s: %s",
              key(pod), later.toSeconds(), StartFailure.innermost(failure));
        } else {
          LOG.errorf(failure, "pod %s: is looked at again", key(pod));
        }
        queue.addAfter(pod, later);
        return;
      }
      if (overtaken) {
        // What overtook it is about to be heard; this is for when it is not.
        queue.addAfter(pod, delay.afterFailure(key(pod)));
      } else {
        delay.forget(key(pod));
      }
    }
  }

  /** Whether nothing had changed meanwhile. */
  private boolean carryOut(NetworkAttachment attachment, PodStep step) {
    return switch (step) {
      case PodStep.Leave leave -> true;
      case PodStep.Await await -> await(attachment, await.why());
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

  /** Said once. */
  private boolean await(NetworkAttachment attachment, String message) {
    // What is said of a node that is gone or silent is said by others, and again and again.
    boolean isUntold =
        Readiness.of(attachment)
            .filter(ready -> !Conditions.PENDING.equals(ready.reason()))
            .isEmpty();
    if (!isUntold) {
      return true;
    }
    NetworkAttachmentStatus before =
        attachment.getStatus() == null ? NetworkAttachmentStatus.NOTHING : attachment.getStatus();
    Condition ready =
        Conditions.of(
            before.conditions(),
            Conditions.READY,
            Conditions.FALSE,
            Reasons.TARGET_NOT_FOUND,
            message,
            attachment.getMetadata().getGeneration(),
            clock.instant());
    boolean isDone = statuses.writeUnlessChanged(attachment, before.with(ready)).isPresent();
    if (isDone) {
      LOG.infof("%s: %s: %s", name(attachment), Reasons.TARGET_NOT_FOUND, message);
      events.normal(attachment, Reasons.TARGET_NOT_FOUND, message);
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

  /** Whether it was written, rather than overtaken by another change. */
  private boolean write(String verb, Runnable writing) {
    boolean isDone = JsonPatch.isInTime(writing);
    if (isDone) {
      metrics.wroteForPod(verb);
    }
    return isDone;
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
