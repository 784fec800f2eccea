package io.netattach.kube;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Has keys looked at by a few threads: each by one at a time, and once however often it was asked
 * for before its turn came; what is asked for during a look is looked at again. Safe for use by
 * several threads.
 *
 * @param <K> a value
 */
public final class KeyedQueue<K> implements AutoCloseable {
  private enum State {
    WAITING,
    LOOKED_AT,
    ASKED_FOR_AGAIN
  }

  private record Timer(long due, Future<?> future) {}

  private final Map<K, State> states = new ConcurrentHashMap<>();
  private final Map<K, Timer> timers = new ConcurrentHashMap<>();
  private final Consumer<? super K> look;
  private final ScheduledThreadPoolExecutor threads;

  /**
   * @param name of the threads
   * @param look must not throw
   */
  public KeyedQueue(String name, int threads, Consumer<? super K> look) {
    this.look = look;
    this.threads =
        new ScheduledThreadPoolExecutor(
            threads, Thread.ofPlatform().daemon().name(name + "-", 0).factory());
    this.threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.threads.setRemoveOnCancelPolicy(true);
  }

  /** Asks for a look at a key. */
  public void add(K key) {
    while (true) {
      State before = states.putIfAbsent(key, State.WAITING);
      if (before == null) {
        submit(key);
        return;
      }
      if (before != State.LOOKED_AT || states.replace(key, before, State.ASKED_FOR_AGAIN)) {
        return;
      }
    }
  }

  /** Asks for a look at a key in a while: of several such, the first counts. */
  public void addAfter(K key, Duration delay) {
    long due = System.nanoTime() + delay.toNanos();
    timers.compute(
        key,
        (any, timer) -> {
          if (timer != null && timer.due - due <= 0) {
            return timer;
          }
          if (timer != null) {
            timer.future.cancel(false);
          }
          return schedule(key, due, delay);
        });
  }

  /** Null where it was closed, which ends all looks. */
  private @Nullable Timer schedule(K key, long due, Duration delay) {
    try {
      Future<?> future =
          threads.schedule(() -> fire(key, due), delay.toNanos(), TimeUnit.NANOSECONDS);
      return new Timer(due, future);
    } catch (RejectedExecutionException e) {
      return null;
    }
  }

  private void fire(K key, long due) {
    timers.computeIfPresent(key, (any, timer) -> timer.due == due ? null : timer);
    add(key);
  }

  /** How many keys wait for a thread. */
  public int length() {
    return (int) states.values().stream().filter(state -> state != State.LOOKED_AT).count();
  }

  private void submit(K key) {
    try {
      threads.execute(() -> look(key));
    } catch (RejectedExecutionException e) {
      states.remove(key);
    }
  }

  private void look(K key) {
    states.put(key, State.LOOKED_AT);
    try {
      look.accept(key);
    } finally {
      if (!states.remove(key, State.LOOKED_AT)) {
        states.put(key, State.WAITING);
        submit(key);
      }
    }
  }

  /** Ends; looks that are under way are finished, for a second. */
  @Override
  public void close() {
    Ends.within(threads, Duration.ofSeconds(1));
  }
}
