package io.netattach.kube;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The program that people use, with a home of its own. */
final class Kubectl {
  /** Above the minute after which a server tries again to take a definition away. */
  private static final long PATIENCE_SECONDS = 180;

  private final Path program;
  private final Path home;

  /** What it keeps, such as what it has discovered, goes into that folder. */
  Kubectl(Path program, Path home) {
    this.program = program;
    this.home = home;
  }

  /** Runs it with a kubeconfig, with {@code input} to read from {@code -f -}. */
  KubectlResult run(Path kubeconfig, String input, List<String> arguments) {
    try {
      Path in = Files.createTempFile(home, "kubectl", ".in");
      Path out = Files.createTempFile(home, "kubectl", ".out");
      Path err = Files.createTempFile(home, "kubectl", ".err");
      Files.writeString(in, input);
      var builder =
          new ProcessBuilder(
              Stream.concat(Stream.of(program.toString()), arguments.stream()).toList());
      builder.environment().put("KUBECONFIG", kubeconfig.toString());
      builder.environment().put("HOME", home.toString());
      builder.redirectInput(in.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
      Process process = builder.start();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            "kubectl " + String.join(" ", arguments) + " does not end. It said: " + text(err));
      }
      return new KubectlResult(process.exitValue(), text(out), text(err));
    } catch (IOException e) {
      throw new UncheckedIOException("run kubectl", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while kubectl runs", e);
    }
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
