package io.netattach.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.Conditions;
import io.netattach.kube.Reasons;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The condition by which a pod that has the readiness gate waits for its attachments. Pure but for
 * the clock: the same attachments after the same condition give no news.
 */
final class PodReport {
  /** The readiness gate, and the type of the condition that opens it. */
  static final String CONDITION = NetworkAttachment.GROUP + "/attached";

  private final Clock clock;

  PodReport(Clock clock) {
    this.clock = clock;
  }

  private record Verdict(boolean isAttached, String reason, String message) {}

  /**
   * The condition as it is to be; empty where it is so already, or the pod does not ask for it.
   *
   * @param attachments those that lead to the pod
   * @param expected Sets that select the pod and have no attachment among those, by name
   */
  Optional<PodCondition> condition(
      Pod pod, List<NetworkAttachment> attachments, List<String> expected) {
    if (!hasGate(pod)) {
      return Optional.empty();
    }
    Verdict verdict = verdict(attachments, expected);
    String status = verdict.isAttached ? Conditions.TRUE : Conditions.FALSE;
    Optional<PodCondition> before = pod.getStatus().getConditions().stream().findFirst();
    if (verdict.isAttached
        && attachments.stream().anyMatch(PodReport::isUnheard)
        && before.filter(last -> Conditions.TRUE.equals(last.getStatus())).isEmpty()) {
      // Nobody knows whether it is attached by now; the agent will tell.
      return Optional.empty();
    }
    if (before.filter(last -> isSaid(last, status, verdict)).isPresent()) {
      return Optional.empty();
    }
    String now = Conditions.time(clock.instant());
    return Optional.of(
        new PodConditionBuilder()
            .withType(CONDITION)
            .withStatus(status)
            .withReason(verdict.reason)
            .withMessage(verdict.message)
            .withLastTransitionTime(
                before
                    .filter(last -> status.equals(last.getStatus()))
                    .map(PodCondition::getLastTransitionTime)
                    .orElse(now))
            .build());
  }

  /** Whether a pod's readiness waits for its attachments. */
  static boolean hasGate(Pod pod) {
    return !pod.getSpec().getReadinessGates().isEmpty();
  }

  /**
   * Whether an attachment is ready, or was when its agent was heard last: what is attached stays.
   */
  static boolean isAttached(NetworkAttachment attachment) {
    return Readiness.isReady(attachment) || isUnheard(attachment);
  }

  private static boolean isUnheard(NetworkAttachment attachment) {
    return attachment.getStatus() != null
        && attachment.getStatus().container() != null
        && Readiness.of(attachment)
            .filter(ready -> Reasons.AGENT_SILENT.equals(ready.reason()))
            .filter(ready -> Readiness.isCurrent(attachment, ready))
            .isPresent();
  }

  private static boolean isSaid(PodCondition last, String status, Verdict verdict) {
    return status.equals(last.getStatus())
        && verdict.reason.equals(last.getReason())
        && Objects.equals(verdict.message, last.getMessage());
  }

  private static Verdict verdict(List<NetworkAttachment> attachments, List<String> expected) {
    Optional<NetworkAttachment> missing =
        attachments.stream()
            .filter(attachment -> !isAttached(attachment))
            .min(Comparator.comparing(attachment -> attachment.getMetadata().getName()));
    if (missing.isPresent()) {
      String reason =
          Readiness.of(missing.get())
              .filter(ready -> Readiness.isCurrent(missing.get(), ready))
              .map(ready -> String.valueOf(ready.reason()))
              .orElse(Conditions.PENDING);
      return new Verdict(
          false,
          "NotAttached",
          "attachment " + missing.get().getMetadata().getName() + " is not ready: " + reason);
    }
    if (!expected.isEmpty()) {
      return new Verdict(
          false, "NotAttached", "set " + expected.getFirst() + " has not attached it yet");
    }
    return attachments.isEmpty()
        ? new Verdict(false, "NoAttachment", "no attachment leads to this pod")
        : new Verdict(
            true,
            "Attached",
            attachments.size() == 1
                ? "the one attachment is ready"
                : "all " + attachments.size() + " attachments are ready");
  }
}
