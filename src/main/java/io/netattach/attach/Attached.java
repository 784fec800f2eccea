package io.netattach.attach;

import java.time.Duration;
import java.util.List;

/**
 * An attachment that the kernel has as desired.
 *
 * @param observed as read after the last step
 * @param steps what was done; none where everything was as desired
 * @param took from the first look to the last
 */
public record Attached(ObservedAttachment observed, List<Step> steps, Duration took) {
  public Attached {
    steps = List.copyOf(steps);
  }
}
