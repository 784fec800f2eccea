package io.netattach;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Everything that {@code ip monitor}, another process, hears of this node and of the namespaces on
 * it, line by line with the time at which it heard it.
 */
public final class IpMonitorLog implements AutoCloseable {
  private static final String MARK = "127.9.9.3";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final Thread reader;
  private final List<Line> lines = new ArrayList<>();
  private final List<String> trouble = new CopyOnWriteArrayList<>();

  /**
   * A line.
   *
   * @param micros since 1970
   */
  public record Line(long micros, String text) {}

  /** Listens when this returns. */
  public IpMonitorLog() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                ("ip -rcvbuf 16777216 -ts -o monitor all-nsid link address route").split(" ", -1))
            .redirectErrorStream(true);
    builder.environment().put("TZ", "UTC");
    process = builder.start();
    process.getOutputStream().close();
    reader =
        Thread.ofPlatform()
            .daemon()
            .start(() ->
                new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))
                    .lines()
                    .forEach(this::keep));
    // It does not say when it begins.
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          makeMark();
          return !lines().isEmpty();
        });
  }

  private void keep(String line) {
    int end = line.indexOf(']');
    if (!line.startsWith("[20") || end < 0) {
      // It opens each file in /run/netns, also what is no namespace.
      if (!line.contains("Peer netns reference is invalid")) {
        trouble.add(line);
      }
      return;
    }
    long micros =
        ChronoUnit.MICROS.between(
            Instant.EPOCH, LocalDateTime.parse(line.substring(1, end)).toInstant(ZoneOffset.UTC));
    synchronized (lines) {
      lines.add(new Line(micros, line.substring(end + 1)));
    }
  }

  /** Now, as its lines tell the time. */
  public static long now() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** What it has heard so far. */
  public List<Line> lines() {
    if (!trouble.isEmpty()) {
      throw new AssertionError("ip monitor says " + trouble);
    }
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  private static void makeMark() {
    Ip.here().ip("address add " + MARK + "/32 dev lo");
    Ip.here().ip("address delete " + MARK + "/32 dev lo");
  }

  /** How many lines there are once it has heard all that has happened so far. */
  public int mark() {
    int before = lines().size();
    makeMark();
    await()
        .atMost(PATIENCE)
        .until(() ->
            lines().stream()
                .skip(before)
                .anyMatch(line -> line.text().contains("Deleted") && line.text().contains(MARK)));
    return lines().size();
  }

  /** What happened since a mark, up to now, but for what IPv6 does by itself. */
  public List<String> since(int mark) {
    int now = mark();
    return lines().subList(mark, now).stream()
        .map(Line::text)
        .filter(text -> !text.contains(MARK))
        .filter(text -> !text.contains(" fe80:") && !text.contains(" ff00:"))
        .toList();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
    reader.join();
  }
}
