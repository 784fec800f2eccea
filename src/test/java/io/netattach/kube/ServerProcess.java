package io.netattach.kube;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server that runs beside the test and writes what it says into a file. */
final class ServerProcess implements AutoCloseable {
  private static final int TAIL_LINES = 30;
  private static final long PATIENCE_SECONDS = 60;

  private final String name;
  private final Process process;
  private final Path log;
  private final Thread whenTheTestsDie;

  private ServerProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
    whenTheTestsDie = new Thread(process::destroyForcibly, "stop " + name);
    Runtime.getRuntime().addShutdownHook(whenTheTestsDie);
  }

  /** Starts a program; its log is added to, where it exists. */
  static ServerProcess start(List<String> command, Path log) {
    String name = Path.of(command.getFirst()).getFileName().toString();
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return new ServerProcess(name, process, log);
    } catch (IOException e) {
      throw new UncheckedIOException("start " + name, e);
    }
  }

  /** Processor time of all its threads so far, in user and in kernel mode. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  boolean isRunning() {
    return process.isAlive();
  }

  /** That it did not come up, with the last it said. */
  IllegalStateException failure(String what) {
    String state = process.isAlive() ? "" : "; it ended with status " + process.exitValue();
    return new IllegalStateException(
        name + " " + what + state + ". The end of " + log + ":\n" + tail());
  }

  private String tail() {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "it cannot be read: " + e;
    }
  }

  /** Kills it: what it has promised to keep must survive that, too. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(name + ", process " + process.pid() + ", does not end");
      }
      Runtime.getRuntime().removeShutdownHook(whenTheTestsDie);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + name + " ends", e);
    }
  }
}
