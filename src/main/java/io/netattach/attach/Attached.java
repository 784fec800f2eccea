package io.netattach.attach;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An attachment that the kernel has as desired.
 *
 * @param observed as read when there was nothing left to do; null where the pair was made anew, and
 *     the kernel has said yes to every step
 * @param steps what was done; none where everything was as desired
 * @param took from the first look to the last
 */
public record Attached(@Nullable ObservedAttachment observed, List<Step> steps, Duration took) {
  public Attached {
    steps = List.copyOf(steps);
  }
}
