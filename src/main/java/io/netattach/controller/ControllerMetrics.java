package io.netattach.controller;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetStatus;
import io.netattach.kube.AttachmentGauges;
import io.netattach.kube.Reasons;
import io.netattach.kube.WorkQueue;
import io.netattach.pool.PoolKeeper;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a controller tells of its work at {@code /q/metrics}. One that waits to lead knows of no
 * Sets and attachments, so what it does not know counts as 0 there. No label has values that a user
 * chooses. Safe for use by several threads.
 */
@Singleton
final class ControllerMetrics {
  /** What attachments can say of themselves, and what is said of them here. */
  static final List<String> REASONS =
      List.of(
          "Attached",
          Reasons.TARGET_NOT_FOUND,
          "Conflict",
          "Refused",
          "InvalidSpec",
          "KernelError",
          Reasons.NODE_NOT_FOUND,
          Reasons.AGENT_SILENT,
          PoolKeeper.EXHAUSTED,
          PoolKeeper.NOT_FOUND);

  private static final List<String> POD_VERBS = List.of("bind", "remove", "annotate", "gate");

  private final Counter created;
  private final Counter changed;
  private final Counter deleted;
  private final MeterRegistry registry;
  private volatile @Nullable ClusterView view;

  @Inject
  ControllerMetrics(MeterRegistry registry, WorkQueue queue) {
    this.registry = registry;
    POD_VERBS.forEach(verb -> podWrites(verb));
    created = written(registry, "create");
    changed = written(registry, "change");
    deleted = written(registry, "delete");
    Gauge.builder("netattach.leader", () -> view == null ? 0 : 1)
        .description("1 where this controller leads, 0 where it waits to.")
        .register(registry);
    Gauge.builder("netattach.sets", () -> sets().count())
        .description("NetworkAttachmentSets that there are.")
        .register(registry);
    children(registry, "desired", NetworkAttachmentSetStatus::desired);
    children(registry, "ready", NetworkAttachmentSetStatus::ready);
    children(registry, "updated", NetworkAttachmentSetStatus::updated);
    children(registry, "failed", NetworkAttachmentSetStatus::failed);
    new AttachmentGauges(REASONS, this::conditions)
        .bind(
            registry,
            "netattach.cluster.attachments",
            "netattach.cluster.attachments.undone",
            "of the cluster");
    Gauge.builder("netattach.queue.length", queue, WorkQueue::length)
        .description("Objects that wait to be carried out: asked for, and not begun.")
        .register(registry);
  }

  private static Counter written(MeterRegistry registry, String verb) {
    return Counter.builder("netattach.set.writes")
        .description("Attachments of Sets that were created, changed or deleted.")
        .tag("verb", verb)
        .register(registry);
  }

  private void children(
      MeterRegistry registry, String state, ToIntFunction<NetworkAttachmentSetStatus> number) {
    Gauge.builder("netattach.set.attachments", () -> sum(number))
        .description("Attachments of all Sets together, by state, as the Sets' statuses tell them.")
        .tag("state", state)
        .register(registry);
  }

  private int sum(ToIntFunction<NetworkAttachmentSetStatus> number) {
    return sets()
        .map(NetworkAttachmentSet::getStatus)
        .filter(Objects::nonNull)
        .mapToInt(number)
        .sum();
  }

  private Stream<NetworkAttachmentSet> sets() {
    ClusterView known = view;
    return known == null ? Stream.of() : known.sets();
  }

  private Stream<List<Condition>> conditions() {
    ClusterView known = view;
    return known == null
        ? Stream.of()
        : known
            .attachments()
            .map(NetworkAttachment::getStatus)
            .map(status -> status == null ? List.of() : status.conditions());
  }

  /** It leads, and knows of everything from now on. */
  void leads(ClusterView known) {
    view = known;
  }

  /** One write for a pod, of those of {@link #POD_VERBS}. */
  void wroteForPod(String verb) {
    podWrites(verb).increment();
  }

  private Counter podWrites(String verb) {
    return Counter.builder("netattach.pod.writes")
        .description(
            "Writes for pods: attachments bound to a pod or removed with it, annotations of pods, and"
                + " conditions for their readiness gates.")
        .tag("verb", verb)
        .register(registry);
  }

  void wrote(ChildWriter.Round round) {
    created.increment(round.created());
    changed.increment(round.changed());
    deleted.increment(round.deleted());
  }
}
