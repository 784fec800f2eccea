package io.netattach.agent;

import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.attach.AttachException;
import io.netattach.attach.Attachment;
import io.netattach.attach.Detached;
import io.netattach.attach.Identity;
import io.netattach.attach.Step;
import io.netattach.kube.Conditions;
import io.netattach.kube.EventRecorder;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells what happens to attachments, in the log and as events: once for each change of state and
 * for each repair, never for each look.
 */
final class AttachmentEvents {
  private static final Logger LOG = Logger.getLogger("io.netattach.agent");

  private final EventRecorder events;

  AttachmentEvents(EventRecorder events) {
    this.events = events;
  }

  /** After a status that has news in it. */
  void tell(
      NetworkAttachment resource,
      @Nullable NetworkAttachmentStatus before,
      Outcome outcome,
      NetworkAttachmentStatus now) {
    switch (outcome) {
      case Outcome.Done done -> tell(resource, before, done);
      case Outcome.Failed failed -> tell(resource, before, failed);
    }
    boolean wasStable =
        before == null || !Conditions.is(before.conditions(), Conditions.STABLE, Conditions.FALSE);
    Condition stable = Conditions.find(now.conditions(), Conditions.STABLE).orElseThrow();
    boolean isStable = Conditions.TRUE.equals(stable.status());
    if (wasStable && !isStable) {
      String what = String.valueOf(stable.message());
      LOG.warnf("%s: %s", name(resource), what);
      events.warning(resource, "Unstable", what);
    } else if (!wasStable && isStable) {
      LOG.infof("%s: is left in peace again", name(resource));
      events.normal(resource, "Stable", "nothing has undone it for a while");
    }
  }

  private void tell(
      NetworkAttachment resource, @Nullable NetworkAttachmentStatus before, Outcome.Done done) {
    Attachment desired = done.desired();
    List<Step> steps = done.attached().steps();
    String words = StatusReport.words(desired, steps);
    boolean wasReady =
        before != null && Conditions.is(before.conditions(), Conditions.READY, Conditions.TRUE);
    if (StatusReport.isRepair(resource, before, done)) {
      say(desired.identity(), "repaired" + took(done) + ": " + words);
      events.normal(resource, "Repaired", words);
    } else if (!wasReady) {
      String ends =
          desired.container().name()
              + " in "
              + StatusReport.place(resource, desired)
              + ", "
              + desired.host().name();
      say(desired.identity(), steps.isEmpty() ? "attached already" : "attached" + took(done));
      events.normal(resource, "Attached", ends);
    } else if (!steps.isEmpty()) {
      say(desired.identity(), "changed" + took(done) + ": " + words);
      events.normal(resource, "Changed", words);
    }
  }

  private static String took(Outcome.Done done) {
    return String.format(Locale.ROOT, " in %.1f ms", done.attached().took().toNanos() / 1e6);
  }

  private void tell(
      NetworkAttachment resource, @Nullable NetworkAttachmentStatus before, Outcome.Failed failed) {
    String reason = failed.reason().toString();
    Optional<Condition> ready =
        before == null ? Optional.empty() : Conditions.find(before.conditions(), Conditions.READY);
    boolean same =
        ready
            .filter(last -> reason.equals(last.reason()))
            .filter(last -> Objects.equals(failed.message(), last.message()))
            .isPresent();
    if (!same) {
      LOG.warnf("%s: %s: %s", name(resource), reason, failed.message());
      events.warning(resource, reason, failed.message());
    }
  }

  /** After an attachment was removed; its object goes, so only what stays is worth an event. */
  void detached(NetworkAttachment resource, Identity identity, Detached detached) {
    say(identity, detached.link() ? "detached" : "detached: there was nothing");
    if (!detached.occupants().isEmpty()) {
      String stays =
          "the namespace that was made for it stays, since it holds "
              + String.join(", ", detached.occupants());
      say(identity, stays);
      events.warning(resource, "NamespaceKept", stays);
    }
  }

  /** After what was made of an object that is gone was removed; there is nothing to tell it of. */
  void gone(Identity identity, Detached detached) {
    say(identity, "is gone" + (detached.link() ? ": detached" : ""));
  }

  /** What is not ours was left, and the object goes. */
  void left(NetworkAttachment resource, Identity identity, AttachException e) {
    LOG.warnf("%s: left: %s", identity, e.getMessage());
    events.warning(resource, e.reason().toString(), e.getMessage());
  }

  private static void say(Identity identity, String what) {
    LOG.infof("%s: %s", identity, what);
  }

  private static String name(NetworkAttachment resource) {
    return resource.getMetadata().getNamespace() + "/" + resource.getMetadata().getName();
  }
}
