package io.netattach.controller;

import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.Conditions;
import java.util.Objects;
import java.util.Optional;

/** What the status of an attachment says of whether it is ready. */
final class Readiness {
  private Readiness() {}

  /** The condition Ready; empty where nobody has looked at the attachment yet. */
  static Optional<Condition> of(NetworkAttachment attachment) {
    return attachment.getStatus() == null
        ? Optional.empty()
        : Conditions.find(attachment.getStatus().conditions(), Conditions.READY);
  }

  /** Whether it is ready, and for the spec that it has now rather than for an earlier one. */
  static boolean isReady(NetworkAttachment attachment) {
    return of(attachment)
        .filter(ready -> Conditions.TRUE.equals(ready.status()))
        .filter(ready -> isCurrent(attachment, ready))
        .isPresent();
  }

  /** Whether a condition speaks of the spec as it is now. */
  static boolean isCurrent(NetworkAttachment attachment, Condition condition) {
    return Objects.equals(condition.observedGeneration(), attachment.getMetadata().getGeneration());
  }
}
