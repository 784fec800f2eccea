package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.Conditions;
import io.netattach.kube.StartFailure;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Deletes whatever there is in a cluster, while agents and controller are there to take it down:
 * Sets first, or they would make their attachments anew, and pools last, which wait until nobody
 * has their addresses. Who makes new ones meanwhile is not waited for: those are deleted, too.
 */
public final class Detachment {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private static final String ADVICE =
      "Bring the agents of these nodes and the controller back and try again, with more time if"
          + " there are many; or let everything go with policy Keep (uninstall.policy of the chart),"
          + " which leaves links as they are";

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
    boolean isEmpty = false;
    // Of a kind that was done with, there may be some again by the time the others are.
    while (!isEmpty) {
      isEmpty = true;
      for (Kind kind : List.of(Kind.SETS, Kind.ATTACHMENTS, Kind.POOLS)) {
        isEmpty &= clear(kind);
      }
    }
  }

  /** Gives whether there was none from the start. */
  private boolean clear(Kind kind) throws InterruptedException {
    int told = -1;
    while (true) {
      long begun = System.nanoTime();
      AtomicInteger refused = new AtomicInteger();
      Leftovers left = Pass.over(client, kind, object -> delete(object, refused));
      if (left.isEmpty()) {
        out.accept(kind.count(0) + " left");
        return told < 0;
      }
      if (left.count() != told) {
        told = left.count();
        out.accept(
            left.isOnlyUnread()
                ? "waiting until all " + kind.definition() + " are read"
                : "waiting for " + kind.count(told) + " to be taken down");
      }
      if (deadline.isOver()) {
        boolean isRefused = !left.isOnlyUnread() && refused.get() == left.count();
        throw new ClusterException(
            "after "
                + deadline.inWords()
                + " "
                + inWords(kind, left)
                + ". "
                + (isRefused ? adviceOfRefusal(kind) : ADVICE));
      }
      // Where there are many, it leaves the API server as much time as it takes from it.
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      deadline.pause(took.compareTo(INTERVAL) > 0 ? took : INTERVAL);
    }
  }

  /** Gives why it is still there. */
  private Optional<String> delete(GenericKubernetesResource object, AtomicInteger refused) {
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
      if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
        refused.incrementAndGet();
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

  private static String inWords(Kind kind, Leftovers left) {
    return left.isOnlyUnread()
        ? "not all " + kind.definition() + " were read"
        : kind.count(left.count())
            + (left.count() == 1 ? " is" : " are")
            + " left: "
            + left.inWords();
  }

  /** Agents have nothing to do with what is not even being deleted. */
  private static String adviceOfRefusal(Kind kind) {
    return "The API server refuses to delete "
        + kind.definition()
        + ": see to what it says, and try again"
        + (kind == Kind.POOLS
            ? "; the controller has to run, which tells that a pool is no longer in use"
            : "");
  }
}
