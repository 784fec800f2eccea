package io.netattach.controller;

import io.netattach.api.Condition;
import io.netattach.api.Failure;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetStatus;
import io.netattach.kube.Conditions;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts the state of a Set's children into its status. Pure but for the clock: the same children
 * after the same status give an equal status.
 */
final class SetReport {
  private static final NetworkAttachmentSetStatus NOTHING =
      new NetworkAttachmentSetStatus(null, 0, 0, 0, 0, List.of(), List.of());

  private final Clock clock;

  SetReport(Clock clock) {
    this.clock = clock;
  }

  /** A reason and its sentence. */
  private record Verdict(SetReason reason, String message) {
    boolean isReady() {
      return reason == SetReason.ALL_READY
          || reason == SetReason.NO_NODES
          || reason == SetReason.NO_PODS;
    }
  }

  /**
   * The status of a Set.
   *
   * @param before the status so far
   * @param slots one for each place that matches
   * @param undeleted what no place wants and could not be deleted
   */
  NetworkAttachmentSetStatus of(
      NetworkAttachmentSet set,
      @Nullable NetworkAttachmentSetStatus before,
      List<SlotState> slots,
      List<SlotState> undeleted) {
    int ready = (int) slots.stream().filter(SetReport::isReady).count();
    int updated = (int) slots.stream().filter(SlotState::updated).count();
    boolean allAreReady =
        undeleted.isEmpty() && slots.stream().allMatch(slot -> slot.updated() && isReady(slot));
    List<SlotState> all = Stream.concat(slots.stream(), undeleted.stream()).toList();
    List<Failure> failures =
        all.stream()
            .flatMap(slot -> failure(slot).stream())
            .sorted(Comparator.comparing(failure -> String.valueOf(failure.attachment())))
            .toList();
    Long generation = set.getMetadata().getGeneration();
    Verdict verdict =
        verdict(set, slots.size(), refusal(all), ready, updated, allAreReady, failures);
    Condition condition =
        Conditions.of(
            (before == null ? NOTHING : before).conditions(),
            Conditions.READY,
            verdict.isReady() ? Conditions.TRUE : Conditions.FALSE,
            verdict.reason().toString(),
            verdict.message(),
            generation,
            clock.instant());
    return new NetworkAttachmentSetStatus(
        generation,
        slots.size(),
        ready,
        updated,
        failures.size(),
        List.of(condition),
        failures.stream().limit(NetworkAttachmentSetStatus.MAX_FAILURES).toList());
  }

  /** That of the first by name, so that the same refusals are told in the same words. */
  private static Optional<SlotState.Refusal> refusal(List<SlotState> slots) {
    return slots.stream()
        .filter(slot -> slot.refusal() != null)
        .min(Comparator.comparing(SlotState::name))
        .map(SlotState::refusal);
  }

  private static Verdict verdict(
      NetworkAttachmentSet set,
      int desired,
      Optional<SlotState.Refusal> refusal,
      int ready,
      int updated,
      boolean allAreReady,
      List<Failure> failures) {
    if (refusal.isPresent()) {
      return new Verdict(refusal.get().reason(), refusal.get().message());
    }
    if (desired == 0) {
      return set.getSpec().podSelector() == null
          ? new Verdict(
              SetReason.NO_NODES, "no node matches nodeSelector, so there is nothing to attach")
          : new Verdict(
              SetReason.NO_PODS,
              "no running pod matches podSelector, so there is nothing to attach");
    }
    if (allAreReady) {
      return new Verdict(
          SetReason.ALL_READY,
          desired == 1
              ? "the one attachment is ready"
              : "all " + desired + " attachments are ready");
    }
    if (!failures.isEmpty()) {
      Failure first = failures.getFirst();
      return new Verdict(
          SetReason.FAILING,
          failures.size()
              + " of "
              + desired
              + " attachments failed, "
              + first.attachment()
              + (first.pod() == null ? " of node " + first.node() : " of pod " + first.pod())
              + " with "
              + first.reason());
    }
    return new Verdict(
        SetReason.PROGRESSING,
        ready + " of " + desired + " attachments are ready, " + updated + " as the template says");
  }

  private static boolean isReady(SlotState slot) {
    return slot.child() != null && Readiness.isReady(slot.child());
  }

  private static Optional<Failure> failure(SlotState slot) {
    SlotState.Refusal refusal = slot.refusal();
    if (refusal != null) {
      return Optional.of(slot.failure(refusal.reason().toString(), refusal.message()));
    }
    NetworkAttachment child = slot.child();
    if (child == null) {
      return Optional.empty();
    }
    return Readiness.of(child)
        .filter(condition -> isFailure(child, condition))
        .map(condition -> slot.failure(String.valueOf(condition.reason()), condition.message()));
  }

  /**
   * What failed with an earlier spec may not with this one; where nobody speaks for the node, no
   * spec has been acted on.
   */
  private static boolean isFailure(NetworkAttachment child, Condition ready) {
    if (Conditions.TRUE.equals(ready.status()) || Conditions.PENDING.equals(ready.reason())) {
      return false;
    }
    return Conditions.UNKNOWN.equals(ready.status()) || Readiness.isCurrent(child, ready);
  }
}
