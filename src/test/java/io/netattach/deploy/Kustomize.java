package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** What kubectl makes of a kustomization. A test is skipped where there is no kubectl. */
final class Kustomize {
  private Kustomize() {}

  static ClusterObjects build(String folder) throws Exception {
    Optional<Path> kubectl = kubectl();
    assumeTrue(
        kubectl.isPresent(),
        "there is no kubectl on the PATH, in /usr/local/kubebuilder/bin, or where KUBEBUILDER_ASSETS"
            + " says");
    Path out = Files.createTempFile("kustomize", ".out");
    Path err = Files.createTempFile("kustomize", ".err");
    try {
      int code =
          new ProcessBuilder(kubectl.orElseThrow().toString(), "kustomize", folder)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start()
              .waitFor();
      assertThat(code).as("%s", Files.readString(err)).isZero();
      assertThat(Files.readString(err)).isEmpty();
      return ClusterObjects.of(Files.readString(out));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  private static Optional<Path> kubectl() {
    return Stream.of(
            Stream.ofNullable(System.getenv("KUBEBUILDER_ASSETS")),
            Stream.of("/usr/local/kubebuilder/bin"),
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":")))
        .flatMap(folders -> folders)
        .filter(name -> !name.isEmpty())
        .map(name -> Path.of(name, "kubectl"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
