package io.netattach.cli.manifest;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one text; bounded, so that rubbish does not scroll for minutes. */
final class Problems {

  private static final int MAX = 100;

  private final List<ManifestProblem> problems = new ArrayList<>();

  void add(String source, String field, String sentence) {
    if (problems.size() < MAX) {
      problems.add(new ManifestProblem(source, field, sentence));
    } else if (problems.size() == MAX) {
      problems.add(
          new ManifestProblem(source, "", "has more problems; these are the first " + MAX));
    }
  }

  boolean full() {
    return problems.size() > MAX;
  }

  int count() {
    return problems.size();
  }

  void throwIfAny() throws ManifestException {
    if (!problems.isEmpty()) {
      throw new ManifestException(problems);
    }
  }
}
