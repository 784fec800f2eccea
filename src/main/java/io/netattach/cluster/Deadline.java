package io.netattach.cluster;

import java.time.Duration;

/** How long something may take, from when this is made. Not safe for use by several threads. */
final class Deadline {
  private final Duration time;
  private final long end;

  Deadline(Duration time) {
    this.time = time;
    this.end = System.nanoTime() + time.toNanos();
  }

  boolean isOver() {
    return left().isZero();
  }

  /** What is left of it; zero when it is over. */
  Duration left() {
    long left = end - System.nanoTime();
    return left <= 0 ? Duration.ZERO : Duration.ofNanos(left);
  }

  /** All of it, in words. */
  String inWords() {
    return time.toSeconds() + " s";
  }

  /**
   * Waits before the API server is asked again, but never beyond the end. It is asked rather than
   * watched: a command that ends soon needs no watch to be kept up, nor the right to one.
   */
  void pause(Duration pause) throws InterruptedException {
    Duration left = left();
    Thread.sleep(pause.compareTo(left) < 0 ? pause : left);
  }
}
