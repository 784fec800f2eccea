package io.netattach.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** {@code ip monitor} on this node and in all namespaces that it has a number for. */
final class IpMonitor implements AutoCloseable {
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  IpMonitor() throws IOException {
    process =
        new ProcessBuilder("ip", "monitor", "link", "address", "route", "all-nsid")
            .redirectErrorStream(true)
            .start();
    Thread.ofPlatform()
        .daemon()
        .start(() ->
            new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))
                .lines()
                .forEach(lines::add));
  }

  /** Makes an event that can be told by an MTU of lo, and waits until it has come. */
  void mark(int mtu) {
    await("mark " + mtu)
        .atMost(Child.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          // Again and again: it does not say when it begins to listen.
          Shell.run("ip link set dev lo mtu " + mtu + "; ip link set dev lo mtu 65536");
          return lines.stream().anyMatch(line -> isMark(line, mtu));
        });
  }

  /** What happened between two marks. */
  List<String> between(int from, int to) {
    List<String> after = new ArrayList<>(lines);
    while (after.stream().anyMatch(line -> isMark(line, from))) {
      after.removeFirst();
    }
    return after.stream()
        .takeWhile(line -> !isMark(line, to))
        .filter(line -> !line.contains(": lo: ") && !line.contains("link/loopback"))
        .toList();
  }

  private static boolean isMark(String line, int mtu) {
    return line.contains(": lo: ") && line.contains(" mtu " + mtu + " ");
  }

  @Override
  public void close() {
    process.destroy();
    await().atMost(Child.PATIENCE).until(() -> !process.isAlive());
  }
}
