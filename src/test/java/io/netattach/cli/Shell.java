package io.netattach.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Commands run by a shell of the node: what people would type to see for themselves. */
final class Shell {
  private Shell() {}

  /** Runs a script that must succeed, and gives what it wrote. */
  static String run(String script) {
    try {
      Process process =
          new ProcessBuilder("timeout", "120", "sh", "-e").redirectErrorStream(true).start();
      try (var in = process.getOutputStream()) {
        in.write(script.getBytes(UTF_8));
      }
      String out = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor()).as("%s%n%s", script, out).isZero();
      return out;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a command of iproute2 says with {@code -j}. */
  static JsonNode json(String command) {
    try {
      return new ObjectMapper().readTree(run(command));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
