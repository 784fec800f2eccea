package io.netattach.controller;

import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.Conditions;
import io.netattach.kube.Reasons;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * The words in the status of attachments for whose node nobody else speaks. What is known of the
 * attachment stays in the status, and so does the generation that was acted on. Pure but for the
 * clock.
 */
final class AbsenceReport {
  private static final String LEAVING = "this attachment waits to be ";

  private final String namespace;
  private final Duration nodeGrace;
  private final Clock clock;

  /**
   * @param namespace where the agents are
   */
  AbsenceReport(String namespace, Duration nodeGrace, Clock clock) {
    this.namespace = namespace;
    this.nodeGrace = nodeGrace;
    this.clock = clock;
  }

  /** Whether an attachment says so already: it is said once, not in ever new words. */
  static boolean isSaid(NetworkAttachment attachment, String reason) {
    return Readiness.of(attachment)
        .filter(ready -> reason.equals(ready.reason()))
        .filter(
            ready -> String.valueOf(ready.message()).startsWith(LEAVING) == isLeaving(attachment))
        .isPresent();
  }

  /** Whether an attachment is kept by nothing but the wish to have it detached. */
  static boolean isLeaving(NetworkAttachment attachment) {
    return attachment.isMarkedForDeletion() && attachment.hasFinalizer(NetworkAttachment.FINALIZER);
  }

  /** The status where no node has the name. */
  NetworkAttachmentStatus nodeNotFound(
      NetworkAttachment attachment, String node, Optional<String> nearest) {
    String meant = nearest.map(name -> " (did you mean " + name + "?)").orElse("");
    String message =
        isLeaving(attachment)
            ? LEAVING
                + "let go, which happens "
                + nodeGrace.toSeconds()
                + " s after node "
                + node
                + " was found to be gone"
            : "no node is named "
                + node
                + meant
                + "; nodeName cannot be changed: delete this attachment and write one of kubectl get"
                + " nodes";
    return status(attachment, Reasons.NODE_NOT_FOUND, message);
  }

  /** The status where the node is there and its agent is not heard. */
  NetworkAttachmentStatus agentSilent(
      NetworkAttachment attachment, String node, AgentHeartbeats.Silence silence) {
    String heard =
        silence.lastHeard() == null
            ? "no agent is heard on node " + node
            : "the agent of node "
                + node
                + " was last heard at "
                + Conditions.time(silence.lastHeard().toInstant());
    String meaning =
        isLeaving(attachment)
            ? LEAVING + "detached: " + heard
            : heard + "; what is attached stays, edits and deletes wait";
    return status(
        attachment,
        Reasons.AGENT_SILENT,
        meaning
            + "; look at kubectl -n "
            + namespace
            + " get pods -o wide --field-selector spec.nodeName="
            + node);
  }

  private NetworkAttachmentStatus status(
      NetworkAttachment attachment, String reason, String message) {
    NetworkAttachmentStatus last =
        attachment.getStatus() == null ? NetworkAttachmentStatus.NOTHING : attachment.getStatus();
    Long actedOn = Readiness.of(attachment).map(Condition::observedGeneration).orElse(null);
    Condition ready =
        Conditions.of(
            last.conditions(),
            Conditions.READY,
            Conditions.UNKNOWN,
            reason,
            message,
            actedOn,
            clock.instant());
    return last.with(ready);
  }
}
