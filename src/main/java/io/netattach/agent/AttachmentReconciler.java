package io.netattach.agent;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.netattach.agent.AgentMetrics.Operation;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.attach.AttachException;
import io.netattach.attach.Attached;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.Detached;
import io.netattach.attach.Identity;
import io.netattach.attach.InvalidAttachment;
import io.netattach.attach.ObservedAttachment;
import io.netattach.attach.Reason;
import io.netattach.attach.Reclaim;
import io.netattach.attach.Upkeep;
import io.netattach.cri.ContainerRuntime;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.LogContext;
import io.netattach.kube.RetryDelay;
import io.netattach.kube.StatusWriter;
import io.netattach.kube.WorkQueue;
import io.netattach.kube.WrittenStatuses;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the attachments of this node and says in their status what came of it. May be called
 * by several threads, but for one object never at once; where one was deleted and made again under
 * its name, two of them may be, which have different uids.
 */
@Singleton
@ControllerConfiguration(
    name = AttachmentReconciler.NAME,
    finalizerName = NetworkAttachment.FINALIZER,
    // Which updates count is decided by a filter of our own, see AttachmentWatch.
    generationAwareEventProcessing = false)
public final class AttachmentReconciler
    implements Reconciler<NetworkAttachment>, Cleaner<NetworkAttachment> {
  static final String NAME = "attachment";

  private static final Logger LOG = Logger.getLogger(AttachmentReconciler.class);

  private final Clock clock = Clock.systemUTC();
  private final Attacher attacher;
  private final Upkeep upkeep;
  private final StatusWriter<NetworkAttachment> statuses;
  private final WrittenStatuses<NetworkAttachmentStatus> written;
  private final Untold untold = new Untold();
  private final ApiTrouble trouble = new ApiTrouble();
  private final Succession succession;
  private final Targets targets;
  private final AttachmentEvents events;
  private final RetryDelay delay;
  private final StatusReport report;
  private final AgentMetrics metrics;
  private final AskedFor askedFor = new AskedFor();
  private @Nullable Cache<NetworkAttachment> known;

  @Inject
  AttachmentReconciler(
      NodeEngine engine,
      AgentSettings settings,
      KubernetesClient client,
      WrittenStatuses<NetworkAttachmentStatus> written,
      ContainerRuntime runtime,
      AgentMetrics metrics,
      WorkQueue queue) {
    this.attacher = engine.attacher();
    this.upkeep = engine.upkeep();
    this.statuses = new StatusWriter<>(client);
    this.written = written;
    this.events =
        new AttachmentEvents(
            new EventRecorder(
                AgentBeans.persistent(client), "netattach-agent", settings.nodeName(), clock));
    this.succession = new Succession(attacher, upkeep, client);
    this.targets = new Targets(engine, runtime, this::ask);
    this.delay = new RetryDelay(settings.resync());
    this.report = new StatusReport(clock);
    this.metrics = metrics;
    metrics.awaiting(targets.sandboxes());
    queue.onFailure(this::failed);
    engine.onChange(changed -> ask(new ResourceID(changed.name(), changed.namespace())));
  }

  @Override
  public List<EventSource<?, NetworkAttachment>> prepareEventSources(
      EventSourceContext<NetworkAttachment> context) {
    known = context.getPrimaryCache();
    return List.of(askedFor);
  }

  /** What the API server has, once the operator has begun. */
  Cache<NetworkAttachment> known() {
    return Objects.requireNonNull(known, "the operator has not begun");
  }

  private void failed(HasMetadata resource, Exception failure) {
    try (var about = LogContext.attachment(resource)) {
      trouble.failed(resource, failure);
    }
  }

  /** What went wrong here and not at the API server, of which is told for every write. */
  @Override
  public ErrorStatusUpdateControl<NetworkAttachment> updateErrorStatus(
      NetworkAttachment resource, Context<NetworkAttachment> context, Exception e) {
    if (!ApiTrouble.isOne(e)) {
      try (var about = LogContext.attachment(resource)) {
        LOG.errorf(e, "%s: is tried again", identity(resource));
      }
    }
    return ErrorStatusUpdateControl.defaultErrorProcessing();
  }

  /** Has an attachment carried out, without anything having been heard of it. */
  void ask(ResourceID attachment) {
    askedFor.ask(attachment);
  }

  @Override
  public UpdateControl<NetworkAttachment> reconcile(
      NetworkAttachment resource, Context<NetworkAttachment> context) {
    try (var about = LogContext.attachment(resource)) {
      return reconcile(resource);
    }
  }

  private UpdateControl<NetworkAttachment> reconcile(NetworkAttachment resource) {
    String uid = uid(resource);
    NetworkAttachmentStatus latest = written.latest(resource);
    NetworkAttachmentStatus before = untold.before(uid, latest);
    Outcome outcome = untold.together(uid, carryOut(resource, before));
    Duration hush = targets.sandboxes().hush(uid);
    if (!hush.isZero() && !untold.has(uid) && isWithoutTarget(outcome)) {
      return next(hush, false);
    }
    Duration untilQuiet = upkeep.untilQuiet(uid);
    NetworkAttachmentStatus status = report.of(resource, before, outcome, untilQuiet != null);
    Optional<NetworkAttachment> now = Optional.of(resource);
    if (!status.equals(latest) || untold.has(uid)) {
      try {
        now = write(resource, status);
      } catch (RuntimeException e) {
        untold.keep(uid, before, outcome);
        throw e;
      }
      untold.forget(uid);
      if (now.isEmpty()) {
        return gone(resource);
      }
      events.tell(resource, before, outcome, status);
    }
    Duration later =
        outcome instanceof Outcome.Done ? delay.afterSuccess(uid) : delay.afterFailure(uid);
    return next(earlier(later, untilQuiet), isNewer(now.get(), resource));
  }

  private static boolean isWithoutTarget(Outcome outcome) {
    return outcome.reason() == Reason.TARGET_NOT_FOUND;
  }

  /** Peace, too, is to be told when it comes. */
  private static Duration earlier(Duration later, @Nullable Duration untilQuiet) {
    return untilQuiet == null || (!later.isZero() && later.compareTo(untilQuiet) < 0)
        ? later
        : untilQuiet;
  }

  /** The object went although our finalizer should have held it, so nobody else will detach it. */
  private UpdateControl<NetworkAttachment> gone(NetworkAttachment resource) {
    Identity identity = identity(resource);
    upkeep.forget(identity.uid());
    try {
      events.gone(identity, detach(resource, identity));
    } catch (AttachException e) {
      LOG.warnf("%s: is gone and cannot be detached: %s", identity, e.getMessage());
    }
    forget(resource);
    return UpdateControl.noUpdate();
  }

  private Outcome carryOut(NetworkAttachment resource, @Nullable NetworkAttachmentStatus before) {
    try {
      SpecReader.check(resource);
    } catch (InvalidAttachment e) {
      upkeep.forget(uid(resource));
      targets.sandboxes().forget(uid(resource));
      metrics.failed(Operation.ATTACH, Reason.INVALID_SPEC);
      String sentences =
          e.problems().stream()
              .map(problem -> problem.field() + ": " + problem.sentence())
              .collect(Collectors.joining("; "));
      return new Outcome.Failed(Reason.INVALID_SPEC, sentences, null);
    }
    Attachment desired = targets.last(resource, before);
    try {
      desired = desired(resource, desired);
      return carryOut(resource, before, desired);
    } catch (AttachException e) {
      metrics.failed(Operation.ATTACH, e);
      return new Outcome.Failed(
          e.reason(), e.getMessage(), desired == null ? null : found(desired));
    }
  }

  private Attachment desired(NetworkAttachment resource, @Nullable Attachment last) {
    try {
      return targets.desired(resource);
    } catch (AttachException e) {
      if (e.reason() == Reason.REFUSED) {
        upkeep.forget(uid(resource));
        targets.leave(resource, last);
      }
      throw e;
    }
  }

  private Outcome carryOut(
      NetworkAttachment resource, @Nullable NetworkAttachmentStatus before, Attachment desired) {
    long start = System.nanoTime();
    boolean wasReached = StatusReport.wasReached(resource, before);
    Attached attached = attach(resource, desired, wasReached);
    ObservedAttachment observed = attached.observed();
    if (observed == null) {
      observed = attacher.observe(desired);
    }
    targets.confirm(resource, attached, observed);
    tell(attached, wasReached, start);
    return new Outcome.Done(desired, attached, observed, clock.instant());
  }

  private Attached attach(NetworkAttachment resource, Attachment desired, boolean wasReached) {
    try {
      return upkeep.attach(desired, wasReached);
    } catch (AttachException e) {
      if (e.reason() == Reason.CONFLICT
          && !e.isAfterSteps()
          && succession.makesRoom(resource, desired)) {
        return upkeep.attach(desired, wasReached);
      }
      throw e;
    }
  }

  private void tell(Attached attached, boolean wasReached, long start) {
    if (attached.steps().isEmpty()) {
      metrics.succeeded(Operation.VERIFY, start);
    } else if (wasReached) {
      metrics.succeeded(Operation.REPAIR, start);
      metrics.repaired(attached.steps());
    } else {
      metrics.succeeded(Operation.ATTACH, start);
    }
  }

  private Outcome.@Nullable Found found(Attachment desired) {
    try {
      return new Outcome.Found(desired, attacher.observe(desired));
    } catch (AttachException e) {
      // The kernel does not answer, which the failure tells already.
      return null;
    }
  }

  /** The object as it is after it; empty where it is gone. */
  private Optional<NetworkAttachment> write(
      NetworkAttachment resource, NetworkAttachmentStatus status) {
    written.writing(resource, status);
    try {
      Optional<NetworkAttachment> answer = statuses.write(resource, status);
      trouble.passed(resource);
      answer.ifPresent(written::wrote);
      return answer;
    } catch (RuntimeException e) {
      written.forget(uid(resource));
      throw e;
    }
  }

  /** Whether an object was edited or deleted since it was read, so that there is more to do. */
  private static boolean isNewer(NetworkAttachment now, NetworkAttachment then) {
    return !Objects.equals(now.getMetadata().getGeneration(), then.getMetadata().getGeneration())
        || !Objects.equals(
            now.getMetadata().getDeletionTimestamp(), then.getMetadata().getDeletionTimestamp());
  }

  private static UpdateControl<NetworkAttachment> next(Duration delay, boolean superseded) {
    UpdateControl<NetworkAttachment> control = UpdateControl.noUpdate();
    if (superseded) {
      return control.rescheduleAfter(Duration.ZERO);
    }
    return delay.isZero() ? control : control.rescheduleAfter(delay);
  }

  @Override
  public DeleteControl cleanup(NetworkAttachment resource, Context<NetworkAttachment> context) {
    try (var about = LogContext.attachment(resource)) {
      return cleanup(resource);
    }
  }

  private DeleteControl cleanup(NetworkAttachment resource) {
    Identity identity = identity(resource);
    upkeep.forget(identity.uid());
    try {
      events.detached(resource, identity, detach(resource, identity));
    } catch (AttachException e) {
      if (e.reason() == Reason.KERNEL_ERROR) {
        Outcome failed =
            new Outcome.Failed(e.reason(), "cannot be detached: " + e.getMessage(), null);
        NetworkAttachmentStatus before = written.latest(resource);
        NetworkAttachmentStatus status = report.of(resource, before, failed, false);
        if (!status.equals(before)) {
          write(resource, status);
          events.tell(resource, before, failed, status);
        }
        return DeleteControl.noFinalizerRemoval()
            .rescheduleAfter(delay.afterFailure(uid(resource)));
      }
      // It is somebody else's, so it stays; an object that waited for that would never go.
      events.left(resource, identity, e);
    }
    forget(resource);
    return DeleteControl.defaultDelete();
  }

  private void forget(NetworkAttachment resource) {
    forget(uid(resource));
  }

  /** Keeps nothing of an attachment whose object is gone. */
  void forget(String uid) {
    upkeep.forget(uid);
    delay.forget(uid);
    written.forget(uid);
    untold.forget(uid);
    trouble.forget(uid);
    targets.forget(uid);
  }

  private Detached detach(NetworkAttachment resource, Identity identity) {
    long start = System.nanoTime();
    try {
      Detached detached = detachWhatever(resource, identity);
      metrics.succeeded(Operation.DETACH, start);
      return detached;
    } catch (AttachException e) {
      metrics.failed(Operation.DETACH, e);
      throw e;
    }
  }

  /** Works for an object that is invalid, too: what an earlier version of it made goes. */
  private Detached detachWhatever(NetworkAttachment resource, Identity identity) {
    try {
      return attacher.detach(SpecReader.read(resource));
    } catch (InvalidAttachment e) {
      LOG.debugf("%s: detached by its marks alone: %s", identity, e.getMessage());
      Attachment.Target target = SpecReader.targetOf(resource).orElse(null);
      return target == null
          ? attacher.detach(identity, null, Reclaim.DELETE)
          : attacher.detach(identity, target.netns(), target.reclaim());
    }
  }

  private static Identity identity(NetworkAttachment resource) {
    return new Identity(
        uid(resource), resource.getMetadata().getNamespace(), resource.getMetadata().getName());
  }

  private static String uid(NetworkAttachment resource) {
    return resource.getMetadata().getUid();
  }
}
