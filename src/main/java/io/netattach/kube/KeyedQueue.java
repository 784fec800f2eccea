package io.netattach.kube;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

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

  private final Map<K, State> states = new ConcurrentHashMap<>();
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
  }

  /** Asks for a look at a key. */
  public void add(K key) {
    boolean isNew =
        states.compute(
                key,
                (any, state) ->
                    state == null
                        ? State.WAITING
                        : state == State.LOOKED_AT ? State.ASKED_FOR_AGAIN : state)
            == State.WAITING;
    if (isNew) {
      submit(key);
    }
  }

  /** Asks for a look at a key in a while. */
  public void addAfter(K key, Duration delay) {
    try {
      var unused = threads.schedule(() -> add(key), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // It was closed, which ends all looks.
    }
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
    // Asked for twice, it may have been looked at for both already.
    if (!states.replace(key, State.WAITING, State.LOOKED_AT)) {
      return;
    }
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
    threads.shutdown();
    try {
      if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
