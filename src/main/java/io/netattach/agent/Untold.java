package io.netattach.agent;

import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.attach.Attached;
import io.netattach.attach.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What was done to attachments whose status the API server has not taken since, by uid. It is told
 * with the next status that it takes, against what was told last: by then the kernel has all as
 * desired, and nobody would hear of it otherwise. Safe for use by several threads.
 */
final class Untold {
  /** More kinds of repair than these are no news to anybody. */
  private static final int MOST_STEPS = 50;

  private final Map<String, Work> works = new ConcurrentHashMap<>();

  /**
   * What one attachment has behind it.
   *
   * @param before the status before the first of it
   * @param steps each once, however often it was done
   * @param last when the last of them was done
   */
  private record Work(
      @Nullable NetworkAttachmentStatus before, List<Step> steps, Duration took, Instant last) {}

  /** The status that was told last: the latest one, unless something is untold since. */
  @Nullable NetworkAttachmentStatus before(String uid, @Nullable NetworkAttachmentStatus latest) {
    Work work = works.get(uid);
    return work == null ? latest : work.before();
  }

  boolean has(String uid) {
    return works.containsKey(uid);
  }

  /** What came of an attempt, together with what is untold of those before. */
  Outcome together(String uid, Outcome outcome) {
    Work work = works.get(uid);
    if (work == null || !(outcome instanceof Outcome.Done done)) {
      return outcome;
    }
    Attached now = done.attached();
    Set<Step> steps = new LinkedHashSet<>(work.steps());
    steps.addAll(now.steps());
    return new Outcome.Done(
        done.desired(),
        new Attached(
            now.observed(),
            steps.stream().limit(MOST_STEPS).toList(),
            now.took().plus(work.took())),
        done.observed(),
        now.steps().isEmpty() ? work.last() : done.time());
  }

  /**
   * Keeps what could not be told.
   *
   * @param outcome of the last attempt, with all that was untold before
   */
  void keep(String uid, @Nullable NetworkAttachmentStatus before, Outcome outcome) {
    Work work =
        switch (outcome) {
          case Outcome.Done done ->
              new Work(before, done.attached().steps(), done.attached().took(), done.time());
          case Outcome.Failed failed -> new Work(before, List.of(), Duration.ZERO, Instant.EPOCH);
        };
    works.merge(
        uid,
        work,
        (old, now) -> outcome instanceof Outcome.Failed && !old.steps().isEmpty() ? old : now);
  }

  /** It has been told, or there is nobody left to tell. */
  void forget(String uid) {
    works.remove(uid);
  }
}
