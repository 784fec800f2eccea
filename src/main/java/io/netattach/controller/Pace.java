package io.netattach.controller;

import io.javaoperatorsdk.operator.processing.event.rate.RateLimiter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Calls a reconciler for one object no more often than once in a while, at once where it was quiet
 * before. What happens meanwhile is not lost: it is looked at in the next call. So a thousand
 * attachments that become ready one after another cost a Set a write a second.
 */
final class Pace implements RateLimiter<Pace.Next> {
  private final Duration interval;
  private final LongSupplier nanoTime;

  /**
   * @param nanoTime such as {@link System#nanoTime}
   */
  Pace(Duration interval, LongSupplier nanoTime) {
    this.interval = interval;
    this.nanoTime = nanoTime;
  }

  /** When one object is due at the earliest. */
  static final class Next implements RateLimitState {
    private long due;
    private boolean called;
  }

  /** The operator calls this for one object at a time, in whatever threads. */
  @Override
  public Optional<Duration> isLimited(RateLimitState state) {
    Next next = (Next) state;
    synchronized (next) {
      long now = nanoTime.getAsLong();
      long wait = next.due - now;
      if (next.called && wait > 0) {
        return Optional.of(Duration.ofNanos(wait));
      }
      next.called = true;
      next.due = now + interval.toNanos();
      return Optional.empty();
    }
  }

  @Override
  public Next initState() {
    return new Next();
  }
}
