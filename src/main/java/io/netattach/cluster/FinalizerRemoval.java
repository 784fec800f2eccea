package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.AddressPool;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.JsonPatch;
import io.netattach.kube.StartFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Takes our finalizers, and nobody else's, from all objects, when agents and controller are gone:
 * afterwards nothing waits for them. Objects and links stay as they are; what is being deleted goes
 * without its link being taken down.
 */
public final class FinalizerRemoval {
  private static final Set<String> OURS =
      Set.of(NetworkAttachment.FINALIZER, AddressPool.FINALIZER);

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final String namespace;
  private final Deadline deadline;
  private final Deadline patience;
  private final Consumer<String> out;

  /**
   * @param client not closed here
   * @param namespace that agents and controller were in
   * @param timeout from now on; half of it for their pods to be gone
   * @param out told how it goes on, a line at a time
   */
  public FinalizerRemoval(
      KubernetesClient client, String namespace, Duration timeout, Consumer<String> out) {
    this.client = client;
    this.namespace = namespace;
    this.deadline = new Deadline(timeout);
    this.patience = new Deadline(timeout.dividedBy(2));
    this.out = out;
  }

  static boolean isOurs(String finalizer) {
    return OURS.contains(finalizer);
  }

  /**
   * Does it.
   *
   * @throws ClusterException when a finalizer of ours is left at the end of the time
   */
  public void remove() throws InterruptedException {
    awaitPods();
    for (Kind kind : Kind.values()) {
      strip(kind);
    }
  }

  /**
   * An agent that runs puts its finalizer back. One on a node that does not answer is not seen to
   * end, so there is an end to the waiting: what it puts back is found by looking again.
   */
  private void awaitPods() throws InterruptedException {
    List<String> told = List.of();
    while (true) {
      List<String> running = running();
      if (running.isEmpty()) {
        out.accept("no pod of an agent or a controller runs in namespace " + namespace);
        return;
      }
      if (patience.isOver()) {
        out.accept("going on although there are still pods: " + String.join(", ", running));
        return;
      }
      if (!running.equals(told)) {
        told = running;
        out.accept("waiting for the end of pods: " + String.join(", ", running));
      }
      patience.pause(INTERVAL);
    }
  }

  private List<String> running() {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel("app.kubernetes.io/name", "netattach")
        .withLabelIn("app.kubernetes.io/component", "agent", "controller")
        .list()
        .getItems()
        .stream()
        .filter(FinalizerRemoval::isRunning)
        .map(pod -> pod.getMetadata().getName())
        .sorted()
        .toList();
  }

  /** One that was evicted is still listed. */
  private static boolean isRunning(Pod pod) {
    String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
    return !"Succeeded".equals(phase) && !"Failed".equals(phase);
  }

  private void strip(Kind kind) throws InterruptedException {
    AtomicInteger stripped = new AtomicInteger();
    boolean wasClean = false;
    while (true) {
      int before = stripped.get();
      Leftovers left = Pass.over(client, kind, object -> strip(object, stripped));
      // One more look, for what somebody has put back.
      if (left.isEmpty() && stripped.get() == before) {
        out.accept(kind.count(before) + " let go");
        return;
      }
      // What has let everything go is looked at once more, even after the end.
      if (deadline.isOver() && (wasClean || !left.isEmpty())) {
        throw new ClusterException(failure(kind, left));
      }
      wasClean = left.isEmpty();
      deadline.pause(INTERVAL);
    }
  }

  /** Gives why a finalizer of ours may still be there. */
  private Optional<String> strip(GenericKubernetesResource object, AtomicInteger stripped) {
    List<String> finalizers = object.getFinalizers();
    if (finalizers.stream().noneMatch(FinalizerRemoval::isOurs)) {
      return Optional.empty();
    }
    String patch = patch(object, new ArrayList<>(finalizers));
    try {
      if (!JsonPatch.isInTime(() -> client.resource(object).patch(JsonPatch.CONTEXT, patch))) {
        return Optional.of("changed meanwhile");
      }
      stripped.incrementAndGet();
      return Optional.empty();
    } catch (KubernetesClientException e) {
      if (!ApiAnswer.isOne(e)) {
        throw e;
      }
      return Optional.of("not changed: " + StartFailure.innermost(e));
    }
  }

  /** From the last to the first, so that none moves before its turn. */
  private static String patch(GenericKubernetesResource object, List<String> finalizers) {
    JsonPatch patch = JsonPatch.of(object);
    for (int i = finalizers.size() - 1; i >= 0; i--) {
      if (isOurs(finalizers.get(i))) {
        String path = "/metadata/finalizers/" + i;
        patch.test(path, finalizers.get(i)).remove(path);
      }
    }
    return patch.toString();
  }

  private String failure(Kind kind, Leftovers left) {
    if (left.isOnlyUnread()) {
      return "after "
          + deadline.inWords()
          + " not all "
          + kind.definition()
          + " were read: there are more than can be gone over before the API server gives up its"
          + " list. Try again, since those that were read need no more time";
    }
    String what =
        left.isEmpty()
            ? "somebody puts finalizers of netattach.io back on " + kind.definition()
            : kind.count(left.count())
                + (left.count() == 1 ? " still has" : " still have")
                + " finalizers of netattach.io: "
                + left.inWords();
    return "after "
        + deadline.inWords()
        + " "
        + what
        + ". See that no agent and no controller runs (kubectl -n "
        + namespace
        + " get pods), and try again";
  }
}
