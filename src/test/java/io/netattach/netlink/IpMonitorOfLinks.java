package io.netattach.netlink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code ip monitor link all-nsid} in a namespace, told line by line. */
final class IpMonitorOfLinks implements AutoCloseable {
  private static final Pattern LINE =
      Pattern.compile(
          "(?<nsid>\\[nsid [^]]*])(\\[LINK])?(?<deleted>Deleted )?(?<index>\\d+): "
              + "(?<name>[^:@]+)(@[^:]+)?: .* mtu (?<mtu>\\d+) .*");

  private final Node node;
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  IpMonitorOfLinks(Node node) throws IOException {
    this.node = node;
    this.process =
        new ProcessBuilder(
                "nsenter",
                "--net=/proc/" + ProcessHandle.current().pid() + "/fd/" + node.netns.fd(),
                "ip",
                "monitor",
                "link",
                "all-nsid")
            .redirectErrorStream(true)
            .start();
    Thread.ofPlatform()
        .daemon()
        .start(() ->
            new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))
                .lines()
                .forEach(this::keep));
  }

  private void keep(String line) {
    Matcher m = LINE.matcher(line);
    if (m.matches()) {
      lines.add(
          m.group("nsid")
              + (m.group("deleted") == null ? "" : "Deleted ")
              + m.group("index")
              + ": "
              + m.group("name")
              + " mtu "
              + m.group("mtu"));
    }
  }

  /** It does not say when it begins to listen, so marks are made until one is shown. */
  void awaitReady() {
    await()
        .atMost(Heard.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          node.ip.ip("link set lo mtu 9990");
          node.ip.ip("link set lo mtu 65536");
          return lines.stream().anyMatch(line -> line.endsWith("mtu 9990"));
        });
    node.ip.ip("link set lo mtu 9000");
    await().atMost(Heard.PATIENCE).until(() -> lines.getLast().endsWith("mtu 9000"));
    lines.clear();
  }

  /** All lines up to the one that ends so. */
  List<String> until(String end) {
    await().atMost(Heard.PATIENCE).until(() -> lines.stream().anyMatch(line -> line.endsWith(end)));
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    process.destroy();
    await().atMost(Heard.PATIENCE).until(() -> !process.isAlive());
  }
}
