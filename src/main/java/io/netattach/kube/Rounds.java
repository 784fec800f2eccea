package io.netattach.kube;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Goes round again and again, by a thread of its own and with a pause between. A round that fails
 * is told once, until one goes well again.
 */
public final class Rounds implements AutoCloseable {
  /** One round. */
  public interface Round {
    /**
     * @throws InterruptedException when it is told to end
     */
    void go() throws InterruptedException;
  }

  private final Round round;
  private final Duration pause;
  private final Logger log;
  private final String failure;
  private final ScheduledExecutorService thread;
  private boolean failing;

  /**
   * @param name of the thread
   * @param failure what is told of a round that fails, before its reason
   */
  public Rounds(String name, Duration pause, Round round, Logger log, String failure) {
    this.round = round;
    this.pause = pause;
    this.log = log;
    this.failure = failure;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
  }

  /** Begins, at once. */
  public void start() {
    var unused =
        thread.scheduleWithFixedDelay(this::go, 0, pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void go() {
    try {
      round.go();
      failing = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // The next one tries again; an exception that leaves here would end them all.
      if (!failing) {
        log.warnf("%s: %s", failure, StartFailure.innermost(e));
      }
      failing = true;
    }
  }

  /** Ends; a round that is under way is finished, for a second. */
  @Override
  public void close() {
    Ends.within(thread, Duration.ofSeconds(1));
  }
}
