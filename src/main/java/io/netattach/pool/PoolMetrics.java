package io.netattach.pool;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.netattach.api.AddressPoolStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is told of pools at {@code /q/metrics}. The only label with values that people choose is the
 * name of a pool, of which a cluster has few. Safe for use by several threads.
 */
public final class PoolMetrics {
  private final Counter given;
  private final Counter released;
  private final Counter exhausted;
  private final Counter writes;
  private final Counter conflicts;
  private final MultiGauge gauges;
  private final Map<String, AddressPoolStatus> pools = new ConcurrentHashMap<>();

  public PoolMetrics(MeterRegistry registry) {
    given = counter(registry, "given", "Attachments that were given addresses of a pool.");
    released = counter(registry, "released", "Addresses that were taken from who is gone.");
    exhausted = counter(registry, "exhausted", "Attachments that found a pool without addresses.");
    writes = counter(registry, "block.writes", "Attempts to write an AddressBlock.");
    conflicts =
        counter(registry, "block.conflicts", "AddressBlocks that another had written meanwhile.");
    gauges =
        MultiGauge.builder("netattach.pool.attachments")
            .description("Attachments that can have addresses of a pool, by state.")
            .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder("netattach.pool." + name).description(description).register(registry);
  }

  void wroteBlock() {
    writes.increment();
  }

  void conflicted() {
    conflicts.increment();
  }

  void gave() {
    given.increment();
  }

  void released(int addresses) {
    released.increment(addresses);
  }

  void exhausted() {
    exhausted.increment();
  }

  void tells(String pool, AddressPoolStatus status) {
    if (!status.equals(pools.put(pool, status))) {
      show();
    }
  }

  void forget(String pool) {
    if (pools.remove(pool) != null) {
      show();
    }
  }

  private synchronized void show() {
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    pools.forEach((pool, status) -> {
      rows.add(row(pool, "total", status.total()));
      rows.add(row(pool, "used", status.used()));
      rows.add(row(pool, "free", status.free()));
    });
    gauges.register(rows, true);
  }

  private static MultiGauge.Row<?> row(String pool, String state, long number) {
    return MultiGauge.Row.of(Tags.of("pool", pool, "state", state), number);
  }
}
