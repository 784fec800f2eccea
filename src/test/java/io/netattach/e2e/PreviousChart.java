package io.netattach.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The chart as it was before its version was last changed, out of the history of this repository.
 */
final class PreviousChart {
  private static final String CHART = "helm/netattach";

  private PreviousChart() {}

  /**
   * Empty where there is no such history, as in an archive of the sources or a shallow clone.
   *
   * @param folder to unpack it into
   */
  static Optional<Path> unpackInto(Path folder) throws IOException, InterruptedException {
    String changed =
        run("git", "log", "-1", "--format=%H", "-G^version:", "--", CHART + "/Chart.yaml");
    Path archive = Files.createTempFile("chart", ".tar");
    try {
      run("git", "archive", "--output=" + archive, changed.strip() + "^", CHART);
      run("tar", "-xf", archive.toString(), "-C", folder.toString());
    } finally {
      Files.delete(archive);
    }
    Path chart = folder.resolve(CHART);
    return Files.isDirectory(chart) ? Optional.of(chart) : Optional.empty();
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() == 0 ? said : "";
  }
}
