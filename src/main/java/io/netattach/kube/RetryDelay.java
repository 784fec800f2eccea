package io.netattach.kube;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * When an object is looked at again: soon after a failure, then ever later up to a bound, and never
 * not at all; and once in a while although all is well. Safe for use by several threads.
 */
public final class RetryDelay {
  private static final Duration FIRST = Duration.ofSeconds(1);

  /**
   * What waits for somebody on the node, such as a namespace to come, waits no longer than this.
   */
  private static final Duration LONGEST = Duration.ofSeconds(60);

  /** So that a thousand objects are not looked at in the same second. */
  private static final double JITTER = 0.2;

  private final Map<String, Integer> failures = new ConcurrentHashMap<>();
  private final Duration resync;

  /**
   * @param resync zero for never
   */
  public RetryDelay(Duration resync) {
    this.resync = resync;
  }

  /** After one more failure in a row. */
  public Duration afterFailure(String uid) {
    int before = failures.merge(uid, 1, Integer::sum) - 1;
    long seconds = FIRST.toSeconds() << Math.min(before, 10);
    return jittered(Duration.ofSeconds(Math.min(seconds, LONGEST.toSeconds())));
  }

  /** After a success; zero for never. */
  public Duration afterSuccess(String uid) {
    forget(uid);
    return resync.isZero() ? resync : jittered(resync);
  }

  public void forget(String uid) {
    failures.remove(uid);
  }

  /** Forgets all objects but those that there are. */
  public void retain(Set<String> uids) {
    failures.keySet().retainAll(uids);
  }

  private static Duration jittered(Duration delay) {
    RandomGenerator random = ThreadLocalRandom.current();
    double factor = 1 + random.nextDouble(-JITTER, JITTER);
    return Duration.ofMillis((long) (delay.toMillis() * factor));
  }
}
