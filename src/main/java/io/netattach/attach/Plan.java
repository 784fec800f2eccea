package io.netattach.attach;

import java.util.List;

/**
 * The ordered steps from what the kernel has to what is desired.
 *
 * @param steps none where they agree
 */
public record Plan(List<Step> steps) {
  public Plan {
    steps = List.copyOf(steps);
  }

  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /** Whether it makes the pair where there was none, so that all of it is as each step says. */
  boolean makesAllAnew() {
    return steps.stream().anyMatch(Step.CreateVeth.class::isInstance)
        && steps.stream()
            .noneMatch(step -> step instanceof Step.DeleteVeth || step instanceof Step.DeleteNetns);
  }
}
