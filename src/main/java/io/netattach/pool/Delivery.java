package io.netattach.pool;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.LogContext;
import io.netattach.kube.StartFailure;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Brings to attachments what was decided, to several at once: their addresses, or why there are
 * none. One that is refused does not stop the others. Safe for use by several threads.
 */
final class Delivery implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("io.netattach.pool");

  /** As many as an API server answers at once without being hurt by it. */
  private static final int PARALLEL = 8;

  /** Attachments that are told at one look. */
  private static final int ROUND = 1_024;

  private final KnownAttachments known;
  private final EventRecorder events;
  private final PoolMetrics metrics;
  private final Assignment assignment;

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          PARALLEL, Thread.ofPlatform().daemon().name("netattach-assign-", 0).factory());

  /**
   * @param client not closed here
   */
  Delivery(
      KubernetesClient client,
      KnownAttachments known,
      EventRecorder events,
      PoolMetrics metrics,
      Clock clock) {
    this.known = known;
    this.events = events;
    this.metrics = metrics;
    this.assignment = new Assignment(client, clock);
  }

  /**
   * Gives attachments what is recorded for them.
   *
   * @param claims with what each has
   * @param byUid the attachments of the claims
   * @return how many were given addresses
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  int give(
      String pool,
      PoolRanges ranges,
      List<Claim> claims,
      Map<String, NetworkAttachment> byUid,
      PoolMemory memory)
      throws InterruptedException {
    List<Callable<Boolean>> writes = new ArrayList<>();
    for (Claim claim : claims) {
      NetworkAttachment attachment = Objects.requireNonNull(byUid.get(claim.uid()));
      writes.add(() ->
          write(
              attachment,
              memory,
              () -> give(attachment, Assignment.of(pool, ranges, claim), memory)));
    }
    return (int) all(writes).stream().filter(given -> given).count();
  }

  private boolean give(
      NetworkAttachment attachment, AssignedAddresses assigned, PoolMemory memory) {
    String uid = attachment.getMetadata().getUid();
    Assignment.Outcome outcome = assignment.give(attachment, assigned);
    switch (outcome) {
      case GIVEN -> {
        memory.given.add(uid);
        metrics.gave();
      }
      case SETTLED -> memory.given.add(uid);
      case OVERTAKEN -> memory.overtaken = true;
    }
    return outcome == Assignment.Outcome.GIVEN;
  }

  /**
   * Tells attachments why they are given nothing: once each, those last whose latest write was
   * refused.
   *
   * @return whether some are left to another look at once
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  boolean tell(List<NetworkAttachment> waiting, String reason, String message, PoolMemory memory)
      throws InterruptedException {
    // Each is asked for once: others take from those that were refused at the same time.
    Map<Boolean, List<NetworkAttachment>> byRefused =
        waiting.stream()
            .filter(each -> isUntold(each, reason))
            .collect(
                Collectors.partitioningBy(
                    each -> memory.refused.contains(each.getMetadata().getUid())));
    List<NetworkAttachment> untold =
        Stream.of(false, true)
            .flatMap(was -> byRefused.getOrDefault(was, List.of()).stream())
            .toList();
    List<Callable<Boolean>> writes = new ArrayList<>();
    for (NetworkAttachment attachment : untold.subList(0, Math.min(ROUND, untold.size()))) {
      writes.add(() -> write(attachment, memory, () -> tell(attachment, reason, message)));
    }
    boolean wrote = all(writes).contains(true);
    return wrote && untold.size() > ROUND;
  }

  /** Whether an attachment is still to be told why it is given nothing. */
  boolean isUntold(NetworkAttachment attachment, String reason) {
    return Assignment.isUntold(attachment, reason, known::hasNode);
  }

  private boolean tell(NetworkAttachment attachment, String reason, String message) {
    if (!assignment.tell(attachment, reason, message)) {
      return false;
    }
    if (reason.equals(Assignment.EXHAUSTED)) {
      metrics.exhausted();
    }
    LOG.warnf("%s: %s: %s", Claim.name(attachment), reason, message);
    events.warning(attachment, reason, message);
    return true;
  }

  /**
   * Writes one attachment. What the API server answers, such as a webhook's refusal, is about this
   * one, and the others have their turn; where it does not answer, none of them would have.
   */
  private static boolean write(
      NetworkAttachment attachment, PoolMemory memory, BooleanSupplier writing) {
    String uid = attachment.getMetadata().getUid();
    try (var about = LogContext.attachment(attachment)) {
      boolean wrote = writing.getAsBoolean();
      memory.refused.remove(uid);
      return wrote;
    } catch (KubernetesClientException e) {
      if (!ApiAnswer.isOne(e)) {
        throw e;
      }
      if (memory.refused.add(uid)) {
        LOG.warnf(
            "%s: its addresses cannot be written, trying again: %s",
            Claim.name(attachment), StartFailure.innermost(e));
      }
      return false;
    }
  }

  private <T> List<T> all(List<Callable<T>> tasks) throws InterruptedException {
    List<T> results = new ArrayList<>();
    KubernetesClientException failure = null;
    for (Future<T> result : threads.invokeAll(tasks)) {
      try {
        results.add(result.get());
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof KubernetesClientException refused)) {
          throw new IllegalStateException("give addresses", e.getCause());
        }
        failure = refused;
      }
    }
    if (failure != null) {
      // Those that were refused are tried again, whatever became of the others.
      throw failure;
    }
    return results;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
