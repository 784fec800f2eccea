package io.netattach.attach;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells accidents from fights. What is put right once, or in a new way each time, is put right at
 * once, always. Where the same is undone again and again, somebody else on the node means it
 * otherwise: then each repair waits twice as long as the one before, up to a bound, until there has
 * been peace for a while. Safe for use by several threads.
 */
public final class RepairPace {
  /** Within which time repairs are counted. */
  static final Duration WINDOW = Duration.ofMinutes(1);

  /** So many repairs of the same within that time are a fight. */
  static final int SAME = 6;

  /** So many of whatever kind are one, too. */
  static final int ANY = 40;

  static final Duration FIRST_DELAY = Duration.ofSeconds(1);

  /** No repair waits longer. */
  public static final Duration LONGEST_DELAY = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final Map<String, History> histories = new HashMap<>();

  private static final class History {
    final Deque<Repair> repairs = new ArrayDeque<>();

    /** Zero where there is no fight. */
    Duration delay = Duration.ZERO;

    long last;
  }

  private record Repair(long at, Object what) {}

  /**
   * @param clock only differences count; one that never goes back is best
   */
  public RepairPace(InstantSource clock) {
    this.clock = clock;
  }

  /** By the time since some moment, which no setting of the clock changes. */
  public RepairPace() {
    this(() -> Instant.EPOCH.plusNanos(System.nanoTime()));
  }

  /**
   * Takes in that something was put right.
   *
   * @param what to tell the same from something else, by {@code equals}
   * @return how long the next repair is to wait; zero as long as this is no fight
   */
  public synchronized Duration repaired(String uid, Object what) {
    long now = clock.millis();
    History history = histories.computeIfAbsent(uid, u -> new History());
    endIfQuiet(history, now);
    history.last = now;
    history.repairs.add(new Repair(now, what));
    dropOld(history, now);
    if (!history.delay.isZero()) {
      Duration twice = history.delay.multipliedBy(2);
      history.delay = twice.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : twice;
    } else if (isFight(history, what)) {
      history.delay = FIRST_DELAY;
    }
    return history.delay;
  }

  private static boolean isFight(History history, Object what) {
    return history.repairs.size() >= ANY
        || history.repairs.stream().filter(repair -> repair.what.equals(what)).count() >= SAME;
  }

  private static void dropOld(History history, long now) {
    Iterator<Repair> oldest = history.repairs.iterator();
    while (oldest.hasNext()
        && (now - oldest.next().at > WINDOW.toMillis() || history.repairs.size() > ANY)) {
      oldest.remove();
    }
  }

  /** Peace is as long as the window, or twice as long as the last repair had waited. */
  private static long quietAt(History history) {
    return history.last + Math.max(WINDOW.toMillis(), history.delay.multipliedBy(2).toMillis());
  }

  private static void endIfQuiet(History history, long now) {
    if (!history.delay.isZero() && now >= quietAt(history)) {
      history.delay = Duration.ZERO;
      history.repairs.clear();
    }
  }

  /**
   * How long until an attachment that is fought over is at peace, if nothing happens until then;
   * null where there is no fight.
   */
  public synchronized @Nullable Duration untilQuiet(String uid) {
    History history = histories.get(uid);
    if (history == null) {
      return null;
    }
    long now = clock.millis();
    endIfQuiet(history, now);
    return history.delay.isZero() ? null : Duration.ofMillis(quietAt(history) - now);
  }

  /** Forgets an attachment: it is gone, or desired otherwise than before. */
  public synchronized void forget(String uid) {
    histories.remove(uid);
  }

  /** Forgets all but these. */
  public synchronized void retain(Set<String> uids) {
    histories.keySet().retainAll(uids);
  }
}
