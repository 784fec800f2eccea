package io.netattach.cli.manifest;

import java.util.List;
import java.util.stream.Collectors;

/** Manifests could not be read; says everything that is wrong with them, one problem a line. */
public final class ManifestException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<ManifestProblem> problems;

  /**
   * Wraps problems.
   *
   * @param problems what is wrong, in the order in which it was read; at least one
   */
  public ManifestException(List<ManifestProblem> problems) {
    super(problems.stream().map(ManifestProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, in the order in which it was read; at least one. */
  public List<ManifestProblem> problems() {
    return problems;
  }
}
