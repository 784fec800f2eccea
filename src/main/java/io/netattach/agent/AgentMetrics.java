package io.netattach.agent;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netattach.api.Condition;
import io.netattach.attach.AttachException;
import io.netattach.attach.Attacher;
import io.netattach.attach.DriftWatch;
import io.netattach.attach.Reason;
import io.netattach.attach.Step;
import io.netattach.attach.Upkeep;
import io.netattach.bridge.BridgeKeeper;
import io.netattach.cri.Call;
import io.netattach.kube.AttachmentGauges;
import io.netattach.kube.WorkQueue;
import io.netattach.netlink.Errno;
import io.netattach.netlink.MonitorEvent;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.NetlinkStatistics;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What an agent tells of its work at {@code /q/metrics}. No label has values that a user chooses.
 * Safe for use by several threads.
 */
@Singleton
final class AgentMetrics {
  /** What is done to an attachment. */
  enum Operation {
    /** What was not there as asked for is. */
    ATTACH,
    /** What was there, and was changed by somebody, is again. */
    REPAIR,
    /** There was nothing to do. */
    VERIFY,
    DETACH;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** From what a verification takes to what nothing should. */
  private static final Duration[] BUCKETS =
      Stream.of(1, 2, 5, 10, 20, 50, 100, 250, 1_000, 5_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  /** Errors that a node in trouble gives; others are told when they come. */
  private static final List<Errno> LIKELY =
      List.of(
          Errno.EPERM,
          Errno.ENOENT,
          Errno.EBUSY,
          Errno.EEXIST,
          Errno.ENODEV,
          Errno.EINVAL,
          Errno.EOPNOTSUPP,
          Errno.ENOBUFS,
          Errno.ETIMEDOUT);

  private final MeterRegistry registry;

  @Inject
  AgentMetrics(MeterRegistry registry, WorkQueue queue) {
    this.registry = registry;
    // Made before they are needed, so that a rate sees the first that happens.
    List.of(Operation.values()).forEach(this::durations);
    List.of(RepairCause.values()).forEach(this::repairs);
    LIKELY.forEach(errno -> errors(errno.name()));
    for (Operation operation : List.of(Operation.ATTACH, Operation.DETACH)) {
      failures().forEach(reason -> failures(operation, reason));
    }
    for (Call call : List.of(Call.LIST, Call.STATUS)) {
      runtimeDurations(call);
      runtimeFailures(call);
    }
    Gauge.builder("netattach.queue.length", queue, WorkQueue::length)
        .description("Objects that wait to be carried out: asked for, and not begun.")
        .register(registry);
    netlink();
  }

  private static List<Reason> failures() {
    return Arrays.stream(Reason.values()).filter(reason -> reason != Reason.ATTACHED).toList();
  }

  private Timer durations(Operation operation) {
    return Timer.builder("netattach.operation.duration")
        .description("Time that it took to carry out an attachment, where that succeeded.")
        .tag("operation", operation.label())
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private Counter repairs(RepairCause cause) {
    return Counter.builder("netattach.repairs")
        .description("Repairs, by what had been changed; one of several changes counts each.")
        .tag("cause", cause.label())
        .register(registry);
  }

  private Counter failures(Operation operation, Reason reason) {
    return Counter.builder("netattach.failures")
        .description("Attempts to attach (or repair) and to detach that failed, by reason.")
        .tag("operation", operation.label())
        .tag("reason", reason.toString())
        .register(registry);
  }

  private Counter errors(String errno) {
    return Counter.builder("netattach.kernel.errors")
        .description("Errors of the kernel that made an attachment or detachment fail.")
        .tag("errno", errno)
        .register(registry);
  }

  private Timer runtimeDurations(Call call) {
    return Timer.builder("netattach.runtime.duration")
        .description("Time that the container runtime took to answer.")
        .tag("call", call.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  private Counter runtimeFailures(Call call) {
    return Counter.builder("netattach.runtime.failures")
        .description("Questions that the container runtime did not answer, or with an error.")
        .tag("call", call.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  private void netlink() {
    counter("netattach.netlink.requests", NetlinkStatistics::requests)
        .description("Netlink messages sent to the kernel.")
        .register(registry);
    counter("netattach.netlink.dumps", NetlinkStatistics::dumps)
        .description("Netlink requests for a whole list.")
        .register(registry);
    counter("netattach.netlink.dump.retries", NetlinkStatistics::dumpRetries)
        .description("Lists asked for again, since a change had interrupted them.")
        .register(registry);
    counter("netattach.monitor.events", NetlinkStatistics::events)
        .description("Changes of links, addresses and routes heard from the kernel.")
        .register(registry);
    for (MonitorEvent.Cause cause : MonitorEvent.Cause.values()) {
      counter("netattach.monitor.resyncs", now -> now.resyncs().getOrDefault(cause, 0L))
          .description("Times that changes were lost, so that all attachments were looked at.")
          .tag("cause", cause.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }

  private static FunctionCounter.Builder<?> counter(
      String name, ToLongFunction<NetlinkStatistics> number) {
    return FunctionCounter.builder(
        name, NetlinkStatistics.class, any -> number.applyAsLong(NetlinkStatistics.now()));
  }

  /** Tells how many attachments there are, by what their status says. */
  void count(Supplier<Stream<List<Condition>>> conditions) {
    List<String> reasons = Arrays.stream(Reason.values()).map(Reason::toString).toList();
    new AttachmentGauges(reasons, conditions)
        .bind(registry, "netattach.attachments", "netattach.attachments.undone", "of this node");
  }

  /** Tells what of the kernel's changes is heard. */
  void listening(Upkeep upkeep) {
    for (DriftWatch.Source source : DriftWatch.Source.values()) {
      Gauge.builder("netattach.listening", upkeep, any -> any.hears(source) ? 1 : 0)
          .description("Whether changes are heard from the kernel (1), or only looked for (0).")
          .tag("to", source.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }

  /** The container runtime was asked. */
  void asked(Call call, Duration took, boolean answered) {
    if (answered) {
      runtimeDurations(call).record(took);
    } else {
      runtimeFailures(call).increment();
    }
  }

  /** Tells how many attachments wait for the sandbox of their pod. */
  void awaiting(SandboxWatch sandboxes) {
    Gauge.builder("netattach.sandboxes.awaited", sandboxes, SandboxWatch::size)
        .description("Attachments that wait for the sandbox of their pod.")
        .register(registry);
  }

  /** Tells how many bridges there are to be, and are. */
  void bridges(BridgeKeeper keeper) {
    bridges(keeper, "wanted", BridgeKeeper::wanted);
    bridges(keeper, "ready", BridgeKeeper::ready);
  }

  private void bridges(BridgeKeeper keeper, String state, ToDoubleFunction<BridgeKeeper> number) {
    Gauge.builder("netattach.bridges", keeper, number)
        .description("Bridges that are declared (wanted), and that are as declared (ready).")
        .tag("state", state)
        .register(registry);
  }

  /** Tells how neighbours are told of addresses. */
  void announcements(Attacher attacher) {
    announcements(attacher, "sent", Attacher::announcementsSent);
    announcements(attacher, "failed", Attacher::announcementsFailed);
  }

  private void announcements(Attacher attacher, String outcome, ToDoubleFunction<Attacher> number) {
    FunctionCounter.builder("netattach.announcements", attacher, number)
        .description("Addresses that neighbours were told of, unasked; each repetition counts.")
        .tag("outcome", outcome)
        .register(registry);
  }

  /**
   * @param start as {@link System#nanoTime} was
   */
  void succeeded(Operation operation, long start) {
    durations(operation).record(Duration.ofNanos(System.nanoTime() - start));
  }

  void repaired(List<Step> steps) {
    RepairCause.of(steps).forEach(cause -> repairs(cause).increment());
  }

  /** With the kernel's error, where it was that. */
  void failed(Operation operation, AttachException failure) {
    failed(operation, failure.reason());
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof NetlinkException netlink) {
        errors(netlink.errno().map(Errno::name).orElse("none")).increment();
        return;
      }
    }
  }

  void failed(Operation operation, Reason reason) {
    failures(operation, reason).increment();
  }
}
