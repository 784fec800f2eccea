package io.netattach.attach;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code ip monitor} sees happen on a node or in a namespace on it, from the moment it is
 * opened. Beginning and end are told by an address of lo that is added for that purpose, so that
 * nothing is waited for longer than it takes.
 */
final class IpMonitor implements AutoCloseable {
  private static final String BEGIN = "127.9.9.1";
  private static final String END = "127.9.9.2";

  private final TestNode node;
  private final String in;
  private final Process process;
  private final BufferedReader output;

  private IpMonitor(TestNode node, String in) {
    this.node = node;
    this.in = in;
    try {
      List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + node.file(), "ip"));
      command.addAll(in.isEmpty() ? List.of() : List.of(in.strip().split(" ", -1)));
      command.addAll(List.of("-o", "-d", "monitor", "link", "address", "route"));
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    begin();
  }

  static IpMonitor of(TestNode node) {
    return new IpMonitor(node, "");
  }

  static IpMonitor in(TestNode node, String netns) {
    return new IpMonitor(node, "-n " + netns + " ");
  }

  /** It may not listen yet: the address is added until it is seen. */
  private void begin() {
    try {
      while (!output.ready()) {
        node.ip(in + "address replace " + BEGIN + "/32 dev lo");
        node.ip(in + "address delete " + BEGIN + "/32 dev lo");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What happened since, but for what happens to lo and to IPv6 by itself. */
  List<String> events() {
    node.ip(in + "address add " + END + "/32 dev lo");
    List<String> events = new ArrayList<>();
    try {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.contains(END)) {
          node.ip(in + "address delete " + END + "/32 dev lo");
          return events.stream()
              .filter(event -> !event.contains("127.9.9.") && !event.contains("fe80:"))
              .filter(event -> !event.contains("ff00::"))
              .toList();
        }
        events.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("ip monitor ended: " + events);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
      output.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
