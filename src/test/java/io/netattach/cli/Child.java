package io.netattach.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * netattach in a JVM of its own, for what concerns a whole process: signals and its environment.
 */
final class Child implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Process process;
  private final List<String> out = new CopyOnWriteArrayList<>();
  private final List<String> err = new CopyOnWriteArrayList<>();
  private final List<Thread> readers = new ArrayList<>();

  private Child(Process process) {
    this.process = process;
    read(process.getInputStream(), out);
    read(process.getErrorStream(), err);
  }

  static Child start(String... arguments) {
    return start(List.of(), Map.of(), arguments);
  }

  /**
   * @param wrapper a command that runs the one behind it
   */
  static Child start(List<String> wrapper, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            // Quarkus' launcher sets it, too.
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("NODE_NAME");
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return new Child(process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read(InputStream in, List<String> lines) {
    readers.add(
        Thread.ofPlatform()
            .daemon()
            .start(() ->
                new BufferedReader(new InputStreamReader(in, UTF_8)).lines().forEach(lines::add)));
  }

  /** Waits until it has said something. */
  void awaitLine(String part) {
    await(part)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() ->
            assertThat(out).as("standard error: %s", err).anyMatch(line -> line.contains(part)));
  }

  /** What it has said on standard output so far. */
  List<String> out() {
    return List.copyOf(out);
  }

  /** What it has said on standard error so far. */
  List<String> err() {
    return List.copyOf(err);
  }

  /** Asks it to end, as systemd and Kubernetes do. */
  Child terminate() {
    process.toHandle().destroy();
    return this;
  }

  /** Ends it without asking. */
  Child kill() {
    process.toHandle().destroyForcibly();
    return this;
  }

  /** Sends a signal by its name. */
  Child signal(String name) {
    Shell.run("kill -" + name + " " + process.pid());
    return this;
  }

  /** Waits for its end. */
  int exitCode() {
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("ended").isTrue();
      for (Thread reader : readers) {
        reader.join();
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill().exitCode();
    }
  }
}
