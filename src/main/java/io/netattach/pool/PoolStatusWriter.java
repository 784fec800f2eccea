package io.netattach.pool;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolStatus;
import io.netattach.kube.StatusWriter;
import io.netattach.kube.WrittenStatuses;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes how much of a pool is used, when it has changed and never more often than a second. May be
 * called by several threads, for one pool by one at a time.
 */
final class PoolStatusWriter {
  /** How often the status of a pool is written, at most. */
  private static final Duration PACE = Duration.ofSeconds(1);

  private final Blocks blocks;
  private final PoolMetrics metrics;
  private final LongSupplier nanoTime;
  private final PoolReport report;
  private final StatusWriter<AddressPool> statuses;
  private final WrittenStatuses<AddressPoolStatus> written = new WrittenStatuses<>();

  /** By the pool's name. */
  private final Map<String, Writing> latest = new ConcurrentHashMap<>();

  /**
   * The latest writing of a pool's status.
   *
   * @param uid the pool's
   * @param nanos by the clock of this writer
   */
  private record Writing(String uid, long nanos) {}

  /**
   * @param client not closed here
   * @param nanoTime such as {@link System#nanoTime}
   */
  PoolStatusWriter(
      KubernetesClient client,
      Blocks blocks,
      PoolMetrics metrics,
      Clock clock,
      LongSupplier nanoTime) {
    this.blocks = blocks;
    this.metrics = metrics;
    this.nanoTime = nanoTime;
    this.report = new PoolReport(clock);
    this.statuses = new StatusWriter<>(client);
  }

  /**
   * Writes the status of a pool that can give.
   *
   * @return when it is to be written after all; empty where it is
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  Optional<Duration> write(AddressPool pool, PoolRanges ranges) {
    return write(pool, ranges, null);
  }

  /** Writes the status of a pool that can give nothing, in the same way. */
  Optional<Duration> write(AddressPool pool, InvalidPool invalid) {
    return write(pool, null, invalid);
  }

  private Optional<Duration> write(
      AddressPool pool, @Nullable PoolRanges ranges, @Nullable InvalidPool invalid) {
    String name = pool.getMetadata().getName();
    String uid = pool.getMetadata().getUid();
    AddressPoolStatus before = written.latest(pool);
    NavigableMap<PoolAddress, Block> known = blocks.of(name);
    int used = blocks.users(name);
    AddressPoolStatus status =
        ranges == null
            ? report.invalid(pool, before, Objects.requireNonNull(invalid), known.values(), used)
            : report.of(pool, before, ranges, known.values(), used);
    metrics.tells(name, status);
    if (status.equals(before)) {
      return Optional.empty();
    }
    Writing last = latest.get(name);
    long now = nanoTime.getAsLong();
    if (last != null && now - last.nanos() < PACE.toNanos()) {
      return Optional.of(PACE.minusNanos(now - last.nanos()));
    }
    written.writing(pool, status);
    try {
      statuses.write(pool, status).ifPresent(written::wrote);
      latest.put(name, new Writing(uid, now));
    } catch (RuntimeException e) {
      written.forget(uid);
      throw e;
    }
    return Optional.empty();
  }

  /** Forgets a pool that is gone. */
  void forget(String pool) {
    metrics.forget(pool);
    Writing last = latest.remove(pool);
    if (last != null) {
      written.forget(last.uid());
    }
  }
}
