package io.netattach.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.netattach.api.Condition;
import io.netattach.api.LabelSelector;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetStatus;
import io.netattach.kube.Conditions;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.LogContext;
import io.netattach.kube.Registration;
import io.netattach.kube.RetryDelay;
import io.netattach.kube.StartFailure;
import io.netattach.kube.StatusWriter;
import io.netattach.kube.WrittenStatuses;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkiverse.operatorsdk.runtime.QuarkusControllerConfiguration;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Gives each node or pod that a Set matches its attachment, and says in the Set's status how far
 * they are. May be called by several threads, for one object at a time: only a Set that was deleted
 * and made again under its name may be looked at while its predecessor still is. What is remembered
 * of the two is kept by uid, what they change is refused where uid or version is not the one seen,
 * and an attachment that the predecessor still makes belongs to it and goes with it.
 */
@Singleton
@ControllerConfiguration(
    name = SetReconciler.NAME,
    // Which updates count is decided by a filter of our own.
    generationAwareEventProcessing = false)
public final class SetReconciler implements Reconciler<NetworkAttachmentSet> {
  static final String NAME = "set";

  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  /** After how many looks what is remembered of Sets that are gone is forgotten. */
  private static final int LOOKS = 1_000;

  /** How often a Set is looked at, at most: a pod that starts waits for it. */
  private static final Duration PACE = Duration.ofMillis(250);

  /** How often the status of a Set is written, at most. */
  private static final Duration STATUS_PACE = Duration.ofSeconds(1);

  /** A Set whose last word was missed is not left for long. */
  private static final Duration AT_LEAST_EVERY = Duration.ofMinutes(5);

  private final ChildWriter writer;
  private final StatusWriter<NetworkAttachmentSet> statuses;
  private final WrittenStatuses<NetworkAttachmentSetStatus> written = new WrittenStatuses<>();
  private final Map<String, Long> told = new ConcurrentHashMap<>();
  private final RetryDelay delay = new RetryDelay(Duration.ZERO);
  private final AtomicInteger looks = new AtomicInteger();
  private final EventRecorder events;
  private final SetReport report;
  private final ControllerMetrics metrics;
  private volatile @Nullable ClusterView view;

  @Inject
  SetReconciler(
      @Impatient KubernetesClient client,
      ChildWriter writer,
      EventRecorder events,
      ControllerMetrics metrics) {
    this.writer = writer;
    this.statuses = new StatusWriter<>(client);
    this.events = events;
    this.metrics = metrics;
    this.report = new SetReport(Clock.systemUTC());
  }

  /** With what it is registered. */
  QuarkusControllerConfiguration<NetworkAttachmentSet> configuration(
      QuarkusConfigurationService service) {
    InformerConfiguration<NetworkAttachmentSet> informer =
        Registration.informer(service, this).withOnUpdateFilter(this::isNews).build();
    return Registration.of(
        service, this, informer, new Pace(PACE, System::nanoTime), AT_LEAST_EVERY);
  }

  /** An edit, another Set of the name, or a status that somebody else wrote. */
  private boolean isNews(NetworkAttachmentSet now, NetworkAttachmentSet then) {
    return !Objects.equals(now.getMetadata().getUid(), then.getMetadata().getUid())
        || !Objects.equals(now.getMetadata().getGeneration(), then.getMetadata().getGeneration())
        || written.isForeign(now, then);
  }

  /** What it knows of the cluster, once it was started. */
  ClusterView view() {
    return Objects.requireNonNull(view, "the operator has not begun");
  }

  @Override
  public List<EventSource<?, NetworkAttachmentSet>> prepareEventSources(
      EventSourceContext<NetworkAttachmentSet> context) {
    ClusterView prepared = new ClusterView(context);
    view = prepared;
    return prepared.eventSources();
  }

  /** What nobody has foreseen; the framework, whose own words are off, tries again. */
  @Override
  public ErrorStatusUpdateControl<NetworkAttachmentSet> updateErrorStatus(
      NetworkAttachmentSet set, Context<NetworkAttachmentSet> context, Exception e) {
    try (var about = LogContext.set(set)) {
      LOG.errorf(e, "%s: is tried again", name(set));
    }
    return ErrorStatusUpdateControl.defaultErrorProcessing();
  }

  @Override
  public UpdateControl<NetworkAttachmentSet> reconcile(
      NetworkAttachmentSet set, Context<NetworkAttachmentSet> context) throws InterruptedException {
    try (var about = LogContext.set(set)) {
      return carryOut(set);
    }
  }

  private UpdateControl<NetworkAttachmentSet> carryOut(NetworkAttachmentSet set)
      throws InterruptedException {
    forgetTheGone();
    UpdateControl<NetworkAttachmentSet> control = UpdateControl.noUpdate();
    String uid = set.getMetadata().getUid();
    Optional<ChildTemplate> template = ChildTemplate.of(set);
    // What is being deleted gets nothing new; the garbage collector removes what it has.
    if (template.isEmpty() || set.isMarkedForDeletion()) {
      return control;
    }
    try {
      ChildWriter.Round round = writer.carryOut(plan(set, template.get()), view()::wrote);
      metrics.wrote(round);
      tell(set, round);
      Duration untilTold = writeStatus(set, round);
      if (round.isRefused()) {
        // Where there is more to be written than went into a round, those refused delay no others.
        boolean goesOn = round.wrote() && round.overtaken();
        return control.rescheduleAfter(goesOn ? PACE : delay.afterFailure(uid));
      }
      delay.forget(uid);
      if (round.overtaken()) {
        return control.rescheduleAfter(PACE);
      }
      return untilTold.isZero() ? control : control.rescheduleAfter(untilTold);
    } catch (KubernetesClientException e) {
      Duration later = delay.afterFailure(uid);
      LOG.warnf(
          "%s: cannot be carried out, trying again in %d s: %s",
          name(set), later.toSeconds(), StartFailure.innermost(e));
      return control.rescheduleAfter(later);
    }
  }

  /** The operator calls nobody when an object is gone, other than for a finalizer of its own. */
  private void forgetTheGone() {
    if (looks.incrementAndGet() % LOOKS == 0) {
      Set<String> uids = view().setUids();
      written.retain(uids);
      delay.retain(uids);
      told.keySet().retainAll(uids);
    }
  }

  private SetPlan plan(NetworkAttachmentSet set, ChildTemplate template) {
    ClusterView cluster = view();
    Function<String, Optional<NetworkAttachment>> byName =
        name -> cluster.attachment(set.getMetadata().getNamespace(), name);
    SetPlan plan =
        SetPlan.of(template, places(set, byName, template), cluster.childrenOf(set), byName);
    return new UpdateBudget(set.getSpec().updateStrategy()).limit(plan);
  }

  private List<Place> places(
      NetworkAttachmentSet set,
      Function<String, Optional<NetworkAttachment>> byName,
      ChildTemplate template) {
    LabelSelector pods = set.getSpec().podSelector();
    if (pods == null) {
      return view().labelsByNode().entrySet().stream()
          .filter(node -> LabelMatch.matches(set.getSpec().nodeSelector(), node.getValue()))
          .map(node -> Place.on(node.getKey()))
          .toList();
    }
    return view()
        .pods(set.getMetadata().getNamespace())
        .filter(pod -> LabelMatch.selects(pods, pod))
        .filter(Place::isOne)
        // One that ends keeps its attachment while it does, and gets none that it has not.
        .filter(pod ->
            !pod.isMarkedForDeletion() || byName.apply(template.name(Place.in(pod))).isPresent())
        .map(Place::in)
        .sorted(Comparator.comparing(Place::toString))
        .toList();
  }

  private static void tell(NetworkAttachmentSet set, ChildWriter.Round round) {
    if (round.wrote()) {
      LOG.infof(
          "%s: attachments made: %d, changed: %d, deleted: %d",
          name(set), round.created(), round.changed(), round.deleted());
    }
  }

  /** How long until there is something to write after all; zero where nothing is left. */
  private Duration writeStatus(NetworkAttachmentSet set, ChildWriter.Round round) {
    NetworkAttachmentSetStatus before = written.latest(set);
    NetworkAttachmentSetStatus status = report.of(set, before, round.slots(), round.undeleted());
    if (status.equals(before)) {
      return Duration.ZERO;
    }
    String uid = set.getMetadata().getUid();
    long now = System.nanoTime();
    Long last = told.get(uid);
    if (last != null && now - last < STATUS_PACE.toNanos()) {
      return STATUS_PACE.minusNanos(now - last);
    }
    written.writing(set, status);
    try {
      statuses.write(set, status).ifPresent(written::wrote);
      told.put(uid, now);
    } catch (RuntimeException e) {
      written.forget(set.getMetadata().getUid());
      throw e;
    }
    tell(set, before, status);
    return Duration.ZERO;
  }

  /** Once for each change of state, not for each attachment that comes along. */
  private void tell(
      NetworkAttachmentSet set,
      @Nullable NetworkAttachmentSetStatus before,
      NetworkAttachmentSetStatus status) {
    Condition ready = Conditions.find(status.conditions(), Conditions.READY).orElseThrow();
    boolean same =
        before != null
            && Conditions.find(before.conditions(), Conditions.READY)
                .filter(last -> Objects.equals(last.reason(), ready.reason()))
                .isPresent();
    if (same) {
      return;
    }
    String reason = String.valueOf(ready.reason());
    String message = String.valueOf(ready.message());
    boolean bad = status.failed() > 0 && !Conditions.TRUE.equals(ready.status());
    if (bad) {
      LOG.warnf("%s: %s: %s", name(set), reason, message);
      events.warning(set, reason, message);
    } else {
      LOG.infof("%s: %s: %s", name(set), reason, message);
      events.normal(set, reason, message);
    }
  }

  private static String name(NetworkAttachmentSet set) {
    return set.getMetadata().getNamespace() + "/" + set.getMetadata().getName();
  }
}
