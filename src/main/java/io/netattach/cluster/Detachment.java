package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.Conditions;
import io.netattach.kube.StartFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Deletes whatever there is in a cluster, while agents and controller are there to take it down:
 * Sets first, or they would make their attachments anew, and pools last, which wait until nobody
 * has their addresses. Who makes new ones meanwhile is not waited for: those are deleted, too.
 */
public final class Detachment {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final Deadline deadline;
  private final Consumer<String> out;

  /**
   * @param client not closed here
   * @param timeout from now on
   * @param out told how it goes on, a line at a time
   */
  public Detachment(KubernetesClient client, Duration timeout, Consumer<String> out) {
    this.client = client;
    this.deadline = new Deadline(timeout);
    this.out = out;
  }

  /**
   * Does it, and waits until everything is gone.
   *
   * @throws ClusterException when something is left at the end of the time
   */
  public void detach() throws InterruptedException {
    for (Kind kind : List.of(Kind.SETS, Kind.ATTACHMENTS, Kind.POOLS)) {
      clear(kind);
    }
  }

  private void clear(Kind kind) throws InterruptedException {
    int told = -1;
    while (true) {
      long begun = System.nanoTime();
      Leftovers left = Pass.over(client, kind, this::delete);
      if (left.isEmpty()) {
        out.accept(kind.count(0) + " left");
        return;
      }
      if (left.count() != told) {
        told = left.count();
        out.accept("waiting for " + kind.count(told) + " to be taken down");
      }
      if (deadline.isOver()) {
        throw new ClusterException(failure(kind, left));
      }
      // Where there are many, it leaves the API server as much time as it takes from it.
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      deadline.pause(took.compareTo(INTERVAL) > 0 ? took : INTERVAL);
    }
  }

  /** Gives why it is still there. */
  private Optional<String> delete(GenericKubernetesResource object) {
    if (object.isMarkedForDeletion()) {
      return Optional.of(why(object));
    }
    try {
      client.resource(object).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
      return Optional.of(why(object));
    } catch (KubernetesClientException e) {
      if (!ApiAnswer.isOne(e)) {
        throw e;
      }
      // Such as a pool's, of which the controller does not know yet that nobody uses it any more.
      return Optional.of("not deleted: " + StartFailure.innermost(e));
    }
  }

  private static String why(GenericKubernetesResource object) {
    List<String> others =
        object.getFinalizers().stream().filter(name -> !FinalizerRemoval.isOurs(name)).toList();
    if (!others.isEmpty()) {
      return "held by finalizer " + String.join(", ", others);
    }
    List<String> words = new ArrayList<>();
    Object node = object.get("spec", "nodeName");
    if (node != null) {
      words.add("node " + node);
    }
    ready(object).ifPresent(words::add);
    return words.isEmpty() ? "no reason is told" : String.join(", ", words);
  }

  /** The reason of the condition Ready; what is ready has nothing to say of why it stays. */
  private static Optional<String> ready(GenericKubernetesResource object) {
    if (object.get("status", "conditions") instanceof List<?> conditions) {
      for (Object each : conditions) {
        if (each instanceof Map<?, ?> condition
            && Conditions.READY.equals(condition.get("type"))
            && condition.get("reason") instanceof String reason) {
          return Optional.of(reason);
        }
      }
    }
    return Optional.empty();
  }

  private String failure(Kind kind, Leftovers left) {
    return "after "
        + deadline.inWords()
        + " "
        + kind.count(left.count())
        + (left.count() == 1 ? " is" : " are")
        + " left: "
        + left.inWords()
        + ". Bring the agents of these nodes and the controller back and try again, with more time"
        + " if there are many; or let everything go with policy Keep (uninstall.policy of the chart),"
        + " which leaves links as they are";
  }
}
