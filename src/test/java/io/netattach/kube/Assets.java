package io.netattach.kube;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The programs of a control plane, in the folder where the tools of Kubernetes' own developers put
 * and look for them.
 */
final class Assets {
  private static final String VARIABLE = "KUBEBUILDER_ASSETS";
  private static final Path USUAL = Path.of("/usr/local/kubebuilder/bin");
  private static final List<String> PROGRAMS = List.of("etcd", "kube-apiserver", "kubectl");

  private Assets() {}

  /** The folder that has all of them; empty where one is missing. */
  static Optional<Path> folder() {
    return missing().isEmpty() ? Optional.of(place()) : Optional.empty();
  }

  /** What is missing, where it was looked for and what to do, in a sentence; empty for nothing. */
  static Optional<String> missing() {
    List<String> absent =
        PROGRAMS.stream().filter(name -> !Files.isExecutable(place().resolve(name))).toList();
    if (absent.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "there is no "
            + String.join(", no ", absent)
            + " in "
            + place()
            + "; put the programs of a Kubernetes release there, or name their folder in "
            + VARIABLE);
  }

  private static Path place() {
    String set = System.getenv(VARIABLE);
    return set == null || set.isEmpty() ? USUAL : Path.of(set);
  }
}
