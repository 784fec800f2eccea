package io.netattach.cli.bench;

import java.util.Arrays;
import java.util.Locale;

/**
 * One operation over many items.
 *
 * @param nanos how long each item took, sorted
 * @param before at the beginning
 * @param after at the end
 */
record Measurement(
    Operation operation,
    int workers,
    int base,
    int failed,
    double wallSeconds,
    long[] nanos,
    ResourceUse before,
    ResourceUse after) {

  Measurement {
    nanos = nanos.clone();
    Arrays.sort(nanos);
  }

  /** An object of JSON on one line. */
  String json() {
    int count = nanos.length;
    return String.format(
        Locale.ROOT,
        "{\"peer\":\"netattach\",\"op\":\"%s\",\"n\":%d,\"c\":%d,\"base\":%d,\"failed\":%d,"
            + "\"wall_s\":%.6f,\"per_s\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,"
            + "\"user_s\":%.4f,\"sys_s\":%.4f,\"maxrss_kib\":%d}",
        operation.name().toLowerCase(Locale.ROOT),
        count,
        workers,
        base,
        failed,
        wallSeconds,
        count / wallSeconds,
        nanos[count / 2] / 1e3,
        nanos[(int) (count * 99L / 100)] / 1e3,
        after.userSeconds() - before.userSeconds(),
        after.systemSeconds() - before.systemSeconds(),
        after.maxRssKib());
  }
}
