package io.netattach.controller;

import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.JsonPatch;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries out plans of Sets: a bounded number of writes at a time, of all Sets together, and of
 * each Set a bounded number before others have their turn. Safe for use by several threads.
 */
final class ChildWriter implements AutoCloseable {
  /** As many as an API server answers at once without being hurt by it. */
  private static final int PARALLEL = 8;

  /** The most writes of one round: the Set's status tells of them before the next ones. */
  private static final int ROUND = 200;

  /** The most refusals of a round that do not count as writes. */
  private static final int REFUSALS = 200;

  /** The cause of a refusal in a namespace that is being deleted. */
  private static final String TERMINATING = "NamespaceTerminating";

  private final KubernetesClient client;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          PARALLEL, Thread.ofPlatform().daemon().name("netattach-write-", 0).factory());

  /**
   * @param client not closed here
   */
  ChildWriter(KubernetesClient client) {
    this.client = client;
  }

  /**
   * What came of a round.
   *
   * @param slots of all places, written or not
   * @param undeleted leftovers that the API server does not let go
   * @param overtaken whether something had changed meanwhile, or more is to be written
   */
  record Round(
      List<SlotState> slots,
      List<SlotState> undeleted,
      int created,
      int changed,
      int deleted,
      boolean overtaken) {
    boolean wrote() {
      return created + changed + deleted > 0;
    }

    boolean isRefused() {
      return !undeleted.isEmpty() || slots.stream().anyMatch(slot -> slot.refusal() != null);
    }
  }

  /** Counts what one round does, by whichever thread. */
  private static final class Tally {
    private final Semaphore left = new Semaphore(ROUND);
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger created = new AtomicInteger();
    private final AtomicInteger changed = new AtomicInteger();
    private final AtomicInteger deleted = new AtomicInteger();
    private final Consumer<NetworkAttachment> written;
    private volatile boolean overtaken;

    Tally(Consumer<NetworkAttachment> written) {
      this.written = written;
    }

    void created(NetworkAttachment child) {
      created.incrementAndGet();
      written.accept(child);
    }

    void changed(NetworkAttachment child) {
      changed.incrementAndGet();
      written.accept(child);
    }

    boolean mayWrite() {
      if (!left.tryAcquire()) {
        overtaken = true;
        return false;
      }
      return true;
    }

    /** Gives the attempt to another, not for ever: a round ends though all are refused. */
    void refused() {
      if (refused.incrementAndGet() <= REFUSALS) {
        left.release();
      }
    }

    /** Leaves to creations and changes what deletions have not used, however many were refused. */
    void endDeletions() {
      left.drainPermits();
      left.release(ROUND - deleted.get());
      refused.set(0);
    }
  }

  /**
   * Carries out as much of a plan as goes into a round. Deletions come first: a node or pod that is
   * gone may have left a name that another needs. What the API server refuses is the refusal of
   * that child alone.
   *
   * @param written is told of each child as the API server has it after a write, by any thread
   * @throws KubernetesClientException when the API server does not answer; what was written stays
   */
  Round carryOut(SetPlan plan, Consumer<NetworkAttachment> written) throws InterruptedException {
    Tally tally = new Tally(written);
    List<Callable<Optional<SlotState>>> deletions = new ArrayList<>();
    for (NetworkAttachment leftover : plan.leftovers()) {
      deletions.add(() -> delete(leftover, tally).map(e -> undeleted(leftover, e)));
    }
    List<SlotState> undeleted = all(deletions).stream().flatMap(Optional::stream).toList();
    tally.endDeletions();
    List<Callable<SlotState>> writes = new ArrayList<>();
    List<SlotState> slots = new ArrayList<>();
    for (SetPlan.Slot slot : plan.slots()) {
      switch (slot.step()) {
        case ChildStep.Keep keep -> slots.add(SlotState.updated(slot, keep.child()));
        case ChildStep.Wait wait -> slots.add(SlotState.pending(slot, wait.child()));
        case ChildStep.Hold hold -> slots.add(SlotState.pending(slot, hold.child()));
        case ChildStep.Bar bar ->
            slots.add(SlotState.refused(slot, null, SetReason.REFUSED, bar.sentence()));
        case ChildStep.Taken taken ->
            slots.add(SlotState.refused(slot, null, SetReason.NAME_TAKEN, taken.sentence()));
        case ChildStep.Create create -> writes.add(() -> create(slot, create, tally));
        case ChildStep.Change change -> writes.add(() -> change(slot, change, tally));
        case ChildStep.Replace replace ->
            writes.add(() ->
                delete(replace.child(), tally)
                    .map(e -> refused(slot, replace.child(), e))
                    .orElseGet(() -> SlotState.pending(slot, replace.child())));
      }
    }
    slots.addAll(all(writes));
    return new Round(
        slots,
        undeleted,
        tally.created.get(),
        tally.changed.get(),
        tally.deleted.get(),
        tally.overtaken);
  }

  /** In any order: where there is more than goes into a round, each has its turn in one of them. */
  private <T> List<T> all(List<Callable<T>> tasks) throws InterruptedException {
    if (tasks.size() > ROUND) {
      Collections.rotate(tasks, ThreadLocalRandom.current().nextInt(tasks.size()));
    }
    List<T> results = new ArrayList<>();
    for (Future<T> result : threads.invokeAll(tasks)) {
      try {
        results.add(result.get());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        throw new IllegalStateException("carry out a Set", e.getCause());
      }
    }
    return results;
  }

  private SlotState create(SetPlan.Slot slot, ChildStep.Create create, Tally tally) {
    if (!tally.mayWrite()) {
      return SlotState.pending(slot, null);
    }
    try {
      NetworkAttachment child = client.resource(create.child()).create();
      tally.created(child);
      return SlotState.updated(slot, child);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        // It was made a moment ago, by us or by another: the watch will tell.
        tally.overtaken = true;
        return SlotState.pending(slot, null);
      }
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND || isTerminating(e)) {
        // The namespace goes, and the Set with it.
        return SlotState.pending(slot, null);
      }
      return refused(slot, null, answered(e, tally));
    }
  }

  private SlotState change(SetPlan.Slot slot, ChildStep.Change change, Tally tally) {
    NetworkAttachment child = change.child();
    if (!tally.mayWrite()) {
      return SlotState.pending(slot, child);
    }
    try {
      NetworkAttachment changed =
          client.resource(child).patch(JsonPatch.CONTEXT, change.patch().toString());
      tally.changed(changed);
      return SlotState.updated(slot, changed);
    } catch (KubernetesClientException e) {
      if (JsonPatch.isOvertaken(e) || e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        tally.overtaken = true;
        return SlotState.pending(slot, child);
      }
      return refused(slot, child, answered(e, tally));
    }
  }

  /** A refusal is an answer, of a webhook or a server that has a fault: none at all is thrown. */
  private static KubernetesClientException answered(KubernetesClientException e, Tally tally) {
    if (!ApiAnswer.isOne(e)) {
      throw e;
    }
    tally.refused();
    return e;
  }

  private static SlotState refused(
      SetPlan.Slot slot, @Nullable NetworkAttachment child, KubernetesClientException e) {
    return SlotState.refused(slot, child, SetReason.REJECTED, words(e));
  }

  private static SlotState undeleted(NetworkAttachment child, KubernetesClientException e) {
    return SlotState.undeleted(child, SetReason.REJECTED, words(e));
  }

  private static String words(KubernetesClientException e) {
    return e.getStatus() == null || e.getStatus().getMessage() == null
        ? String.valueOf(e.getMessage())
        : e.getStatus().getMessage();
  }

  private static boolean isTerminating(KubernetesClientException e) {
    return e.getStatus() != null
        && e.getStatus().getDetails() != null
        && e.getStatus().getDetails().getCauses().stream()
            .map(StatusCause::getReason)
            .anyMatch(reason -> Objects.equals(reason, TERMINATING));
  }

  /** Deletes a child as it was seen; the answer where that is refused. */
  private Optional<KubernetesClientException> delete(NetworkAttachment child, Tally tally) {
    if (!tally.mayWrite()) {
      return Optional.empty();
    }
    try {
      client.resource(child).lockResourceVersion().delete();
      tally.deleted.incrementAndGet();
      return Optional.empty();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        tally.overtaken = true;
        return Optional.empty();
      }
      return Optional.of(answered(e, tally));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
