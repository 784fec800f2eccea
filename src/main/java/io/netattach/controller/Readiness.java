package io.netattach.controller;

import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.Conditions;
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
}
