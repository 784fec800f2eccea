package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * The packaged program as a process of its own, in a role that talks to an API server. What it says
 * is kept; closing it kills it.
 */
public final class Program implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
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
            .start(() -> process.inputReader(StandardCharsets.UTF_8).lines().forEach(lines::add));
  }

  /**
   * Starts it, without waiting.
   *
   * @param role {@code agent} or {@code controller}
   */
  public static Program start(
      String role, Path kubeconfig, Map<String, String> environment, String... options) {
    try {
      assertThat(JAR).as("the packaged program").exists();
      int port = freePort();
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(
          List.of(
              "--enable-native-access=ALL-UNNAMED",
              "--sun-misc-unsafe-memory-access=allow",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Xmx" + System.getProperty("netattach.test.heap", "128m"),
              "-XX:MaxNewSize=16m"));
      String loaded = System.getProperty("netattach.test.loaded");
      if (loaded != null) {
        command.add("-XX:DumpLoadedClassList=" + loaded + "/%p");
      }
      command.addAll(List.of("-jar", JAR.toString(), role, "--listen", "127.0.0.1:" + port));
      command.addAll(List.of(options));
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("KUBECONFIG", kubeconfig.toString());
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      return new Program(process, port);
    } catch (IOException e) {
      throw new UncheckedIOException("start the " + role, e);
    }
  }

  /** What its objects take, in bytes, after those that nobody needs any more were collected. */
  public long heap() {
    try {
      Process jcmd =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  String.valueOf(pid()),
                  "GC.class_histogram")
              .redirectErrorStream(true)
              .start();
      // The last line: Total, instances, bytes.
      String total = jcmd.inputReader().lines().reduce("", (before, line) -> line);
      assertThat(total).startsWith("Total");
      return Long.parseLong(total.trim().split("\\s+", -1)[2]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Waits until it says by HTTP that it does its work. */
  public Program awaitReady() {
    await("readiness")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> {
          assertThat(process.isAlive()).as(this::said).isTrue();
          assertThat(health("ready")).as(this::said).isEqualTo(200);
        });
    return this;
  }

  /**
   * The HTTP status of one of {@code live}, {@code ready}, {@code started}; 0 without an answer.
   */
  public int health(String question) {
    URI uri = URI.create("http://127.0.0.1:" + port + "/q/health/" + question);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /** What it tells whoever asks for no other format than Prometheus' text. */
  public Scrape scrape() {
    URI uri = URI.create("http://127.0.0.1:" + port + "/q/metrics");
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build();
      HttpResponse<String> response =
          client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      assertThat(response.statusCode()).isEqualTo(200);
      return Scrape.parse(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException("scrape", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public boolean isReady() {
    return health("ready") == 200;
  }

  public boolean isLive() {
    return health("live") == 200;
  }

  /** Waits until it has said something. */
  public Program awaitLine(String part) {
    await(part)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> assertThat(lines).anyMatch(line -> line.contains(part)));
    return this;
  }

  /** What it has said so far. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** The same as one text. */
  public String said() {
    return String.join("\n", lines);
  }

  /** Asks it to end, as kubelet does. */
  public Program terminate() {
    process.toHandle().destroy();
    return this;
  }

  /** Ends it without asking. By its handle: the process itself would stop listening to it. */
  public Program kill() {
    process.toHandle().destroyForcibly();
    return this;
  }

  /** Waits for its end. */
  public int exitCode() {
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(this::said).isTrue();
      reader.join();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill().exitCode();
    }
  }
}
