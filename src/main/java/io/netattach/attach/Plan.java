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
}
