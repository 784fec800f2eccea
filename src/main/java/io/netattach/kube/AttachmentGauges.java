package io.netattach.kube;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netattach.api.Condition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * How many attachments there are, by the reason of their condition Ready, and how many something
 * keeps undoing. The gauges of one scrape share one look at all attachments.
 */
public final class AttachmentGauges {
  /** Longer than a scrape takes, shorter than scrapes are apart. */
  private static final long SHARED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Supplier<Stream<List<Condition>>> attachments;
  private final List<String> reasons;
  private Map<String, Integer> byReason = Map.of();
  private int undone;
  private long looked;
  private boolean hasLooked;

  /**
   * @param reasons what is told each by itself; {@code Pending} counts all others
   * @param attachments the conditions of each attachment; asked by the threads that scrape
   */
  public AttachmentGauges(List<String> reasons, Supplier<Stream<List<Condition>>> attachments) {
    this.reasons = List.copyOf(reasons);
    this.attachments = attachments;
  }

  /** Adds a gauge {@code name} with a label {@code reason}, and one for those undone. */
  public void bind(MeterRegistry registry, String name, String undoneName, String whose) {
    for (String reason : Stream.concat(reasons.stream(), Stream.of(Conditions.PENDING)).toList()) {
      Gauge.builder(name, () -> count(reason))
          .description("Attachments " + whose + ", by the reason of their condition Ready.")
          .tag("reason", reason)
          .register(registry);
    }
    Gauge.builder(undoneName, this::countUndone)
        .description(
            "Attachments " + whose + " whose condition Stable is False: something undoes repairs.")
        .register(registry);
  }

  private synchronized int count(String reason) {
    look();
    return byReason.getOrDefault(reason, 0);
  }

  private synchronized int countUndone() {
    look();
    return undone;
  }

  private void look() {
    long now = System.nanoTime();
    if (hasLooked && now - looked < SHARED_NANOS) {
      return;
    }
    Map<String, Integer> counts = new HashMap<>();
    int[] undoneNow = {0};
    attachments
        .get()
        .forEach(conditions -> {
          counts.merge(reason(conditions), 1, Integer::sum);
          if (Conditions.is(conditions, Conditions.STABLE, Conditions.FALSE)) {
            undoneNow[0]++;
          }
        });
    byReason = counts;
    undone = undoneNow[0];
    looked = now;
    hasLooked = true;
  }

  private String reason(List<Condition> conditions) {
    return Conditions.find(conditions, Conditions.READY)
        .map(Condition::reason)
        .filter(reasons::contains)
        .orElse(Conditions.PENDING);
  }
}
