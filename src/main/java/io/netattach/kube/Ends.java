package io.netattach.kube;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Ends threads. */
final class Ends {
  private Ends() {}

  /** Lets what they do be finished in time, and interrupts it then. */
  static void within(ExecutorService threads, Duration time) {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(time.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
