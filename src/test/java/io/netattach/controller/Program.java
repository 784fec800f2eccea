package io.netattach.controller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A controller as it is shipped, in a process of its own. */
final class Program implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Path JAR = Path.of("target", "quarkus-app", "quarkus-run.jar");

  private final Process process;
  private final int port;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  private Program(Process process, int port) {
    this.process = process;
    this.port = port;
    reader =
        Thread.ofPlatform()
            .daemon()
            .start(() ->
                new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))
                    .lines()
                    .forEach(lines::add));
  }

  /** Starts one by the name of its pod. */
  static Program controller(String pod, Path kubeconfig, String... options) {
    int port = freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-jar",
                JAR.toAbsolutePath().toString(),
                "controller",
                "--listen",
                "127.0.0.1:" + port));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("KUBECONFIG", kubeconfig.toString());
    builder.environment().put("POD_NAME", pod);
    builder.environment().put("POD_NAMESPACE", Cluster.RELEASE);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return new Program(process, port);
    } catch (IOException e) {
      throw new UncheckedIOException("start the controller", e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("find a free port", e);
    }
  }

  /** Waits until it has said something. */
  Program awaitLine(String part) {
    await(part)
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(lines).anyMatch(line -> line.contains(part)));
    return this;
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  /** Whether it says by HTTP that it is ready. */
  boolean isReady() {
    return isUp("ready");
  }

  /** Whether it says by HTTP that it is alive. */
  boolean isLive() {
    return isUp("live");
  }

  private boolean isUp(String check) {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + port + "/q/health/" + check);
      return http.send(
                  HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      // It does not listen yet.
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Asks it to end, as kubelet does. */
  Program terminate() {
    process.destroy();
    return this;
  }

  /** Ends it without asking. */
  Program kill() {
    process.destroyForcibly();
    return this;
  }

  boolean isRunning() {
    return process.isAlive();
  }

  int exitCode() {
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("ended").isTrue();
      reader.join();
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill().exitCode();
    }
  }
}
