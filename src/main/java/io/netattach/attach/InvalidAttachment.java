package io.netattach.attach;

import java.util.List;
import java.util.stream.Collectors;

/** What was asked for cannot be, whatever the node is like. */
public final class InvalidAttachment extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  public InvalidAttachment(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
    this.problems = List.copyOf(problems);
  }

  /** Everything that is wrong, at least one. */
  public List<Problem> problems() {
    return problems;
  }
}
