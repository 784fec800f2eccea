package io.netattach.cli.bench;

import java.util.Arrays;
import java.util.Locale;

/**
 * What one operation over many items took.
 *
 * @param failed how many items failed
 * @param nanos how long each item took
 * @param before at the beginning
 * @param after at the end
 */
record Measured(int failed, double wallSeconds, long[] nanos, Rusage before, ResourceUse after) {

  /** An object of JSON on one line; what is in it is told by {@code netattach bench --help}. */
  String json(Operation operation, Bench.Load load) {
    int count = nanos.length;
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return String.format(
        Locale.ROOT,
        "{\"peer\":\"netattach\",\"op\":\"%s\",\"n\":%d,\"c\":%d,\"base\":%d,\"failed\":%d,"
            + "\"wall_s\":%.6f,\"per_s\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,"
            + "\"user_s\":%.4f,\"sys_s\":%.4f,\"maxrss_kib\":%d,"
            + "\"rss_kib\":%d,\"fds\":%d,\"threads\":%d}",
        operation.name().toLowerCase(Locale.ROOT),
        count,
        load.workers(),
        load.base(),
        failed,
        wallSeconds,
        count / wallSeconds,
        sorted[count / 2] / 1e3,
        sorted[(int) (count * 99L / 100)] / 1e3,
        after.rusage().userSeconds() - before.userSeconds(),
        after.rusage().systemSeconds() - before.systemSeconds(),
        after.rusage().maxRssKib(),
        after.rssKib(),
        after.descriptors(),
        after.threads());
  }
}
