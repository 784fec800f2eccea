package io.netattach.agent;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.netattach.cri.ContainerRuntime;
import io.netattach.cri.CriException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the sandboxes that attachments wait for. As long as there are any, the container
 * runtime is asked for its list again and again, once for all of them, and once when it may have
 * made another for one that was found; otherwise there is not even a thread. Safe for use by
 * several threads.
 */
final class SandboxWatch {
  private static final Logger LOG = Logger.getLogger(SandboxWatch.class);

  /** A pod's first program may look for its interface as soon as it runs. */
  static final Duration INTERVAL = Duration.ofMillis(200);

  /** A pod that starts or ends is without a sandbox for a moment, which is no news. */
  static final Duration HUSH = Duration.ofSeconds(3);

  /** A sandbox that has not come for so long may never do. */
  static final Duration LONG_WAIT = Duration.ofSeconds(60);

  static final Duration LONG_INTERVAL = Duration.ofSeconds(2);

  /** Time to attach to what was found, before it is said again that it is there. */
  static final Duration AGAIN = Duration.ofSeconds(1);

  private static final Duration IDLE = Duration.ofSeconds(10);

  private final ContainerRuntime runtime;
  private final Consumer<ResourceID> ask;
  private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();
  private final Map<String, Found> found = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("netattach-sandboxes").factory());
  private boolean looking;

  /** Whether those that were found are to be looked at, too. */
  private boolean reviewing;

  /** An attachment that does not wait. */
  private record Found(ResourceID attachment, String sandbox) {}

  /**
   * An attachment that waits.
   *
   * @param since as {@link System#nanoTime} was
   * @param asked when it was found and asked for last; null before
   */
  private record Waiting(ResourceID attachment, String podUid, long since, @Nullable Long asked) {
    boolean isToBeAsked(long now) {
      return asked == null || now - asked >= AGAIN.toNanos();
    }

    Waiting asked(long now) {
      return new Waiting(attachment, podUid, since, now);
    }
  }

  /**
   * @param ask has an attachment carried out
   */
  SandboxWatch(ContainerRuntime runtime, Consumer<ResourceID> ask) {
    this.runtime = runtime;
    this.ask = ask;
    thread.setKeepAliveTime(IDLE.toMillis(), TimeUnit.MILLISECONDS);
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * Looks for the sandbox of a pod, and asks when it is there: now and then until {@link #forget},
   * for what is on the list may still not be attached to.
   */
  void await(String uid, ResourceID attachment, String podUid) {
    found.remove(uid);
    waiting.compute(
        uid,
        (same, before) ->
            before != null && before.podUid().equals(podUid)
                ? before
                : new Waiting(attachment, podUid, System.nanoTime(), null));
    lookLater();
  }

  /** Looks for it no more, until {@link #review}. */
  void found(String uid, ResourceID attachment, String sandbox) {
    found.put(uid, new Found(attachment, sandbox));
    waiting.remove(uid);
  }

  /** Looks for it no more. */
  void forget(String uid) {
    found.remove(uid);
    waiting.remove(uid);
  }

  /**
   * Looks, in a moment, whether the sandboxes that were found still are there, and asks for the
   * attachments whose are not. The kernel need not tell of it: the namespace of one that failed may
   * stay, as CRI-O leaves it for as long as there is a container that ran in it.
   */
  void review() {
    if (found.isEmpty()) {
      return;
    }
    synchronized (this) {
      reviewing = true;
    }
    lookLater();
  }

  /** How long nobody is to be told yet that an attachment waits; zero where it is, or does not. */
  Duration hush(String uid) {
    Waiting one = waiting.get(uid);
    Duration left = one == null ? Duration.ZERO : HUSH.minusNanos(System.nanoTime() - one.since());
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** How many wait. */
  int size() {
    return waiting.size();
  }

  private synchronized void lookLater() {
    if (looking || (waiting.isEmpty() && !reviewing)) {
      return;
    }
    try {
      var unused = thread.schedule(this::look, interval().toMillis(), TimeUnit.MILLISECONDS);
      looking = true;
    } catch (RejectedExecutionException e) {
      LOG.debug("the agent ends");
    }
  }

  private synchronized Duration interval() {
    if (reviewing) {
      return INTERVAL;
    }
    long now = System.nanoTime();
    boolean anyNew =
        waiting.values().stream().anyMatch(one -> now - one.since() < LONG_WAIT.toNanos());
    return anyNew ? INTERVAL : LONG_INTERVAL;
  }

  private void look() {
    boolean review = takeReview();
    try {
      List<ContainerRuntime.Listed> listed = runtime.sandboxes();
      if (review) {
        askForLost(listed);
      }
      Set<String> running =
          listed.stream().map(sandbox -> sandbox.pod().uid()).collect(Collectors.toSet());
      long now = System.nanoTime();
      waiting.forEach((uid, one) -> {
        if (running.contains(one.podUid())
            && one.isToBeAsked(now)
            && waiting.replace(uid, one, one.asked(now))) {
          ask.accept(one.attachment());
        }
      });
    } catch (CriException e) {
      // Whoever waits has said so.
      LOG.debugf("cannot look for sandboxes: %s", e.getMessage());
      synchronized (this) {
        reviewing |= review;
      }
    } finally {
      synchronized (this) {
        looking = false;
      }
      lookLater();
    }
  }

  private synchronized boolean takeReview() {
    boolean review = reviewing;
    reviewing = false;
    return review;
  }

  private void askForLost(List<ContainerRuntime.Listed> listed) {
    Set<String> ids = listed.stream().map(ContainerRuntime.Listed::id).collect(Collectors.toSet());
    found.forEach((uid, one) -> {
      if (!ids.contains(one.sandbox()) && found.remove(uid, one)) {
        ask.accept(one.attachment());
      }
    });
  }
}
