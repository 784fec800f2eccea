package io.netattach.netlink;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What this library has done and heard since the process began, in all namespaces together. For
 * whoever watches a running program: the numbers only grow, and those of one look may be a few
 * requests apart.
 *
 * @param requests messages sent to the kernel, several of which may have gone in one send; a dump
 *     that was repeated counts each time
 * @param dumps those of them that asked for a whole list
 * @param dumpRetries dumps asked for again, since a change had interrupted them
 * @param events changes that monitors have told
 * @param resyncs how often monitors told that events were lost, by what had happened
 */
public record NetlinkStatistics(
    long requests,
    long dumps,
    long dumpRetries,
    long events,
    Map<MonitorEvent.Cause, Long> resyncs) {
  static final LongAdder REQUESTS = new LongAdder();
  static final LongAdder DUMPS = new LongAdder();
  static final LongAdder DUMP_RETRIES = new LongAdder();
  static final LongAdder EVENTS = new LongAdder();
  private static final Map<MonitorEvent.Cause, LongAdder> RESYNCS = new ConcurrentHashMap<>();

  public NetlinkStatistics {
    resyncs = Map.copyOf(resyncs);
  }

  static void count(MonitorEvent event) {
    switch (event) {
      case MonitorEvent.Change change -> EVENTS.increment();
      case MonitorEvent.Resync(MonitorEvent.Cause cause) -> resyncsBy(cause).increment();
    }
  }

  private static LongAdder resyncsBy(MonitorEvent.Cause cause) {
    return RESYNCS.computeIfAbsent(cause, first -> new LongAdder());
  }

  /** The numbers as they are. May be called by any thread. */
  public static NetlinkStatistics now() {
    Map<MonitorEvent.Cause, Long> resyncs = new EnumMap<>(MonitorEvent.Cause.class);
    for (MonitorEvent.Cause cause : MonitorEvent.Cause.values()) {
      resyncs.put(cause, resyncsBy(cause).sum());
    }
    return new NetlinkStatistics(
        REQUESTS.sum(), DUMPS.sum(), DUMP_RETRIES.sum(), EVENTS.sum(), resyncs);
  }
}
