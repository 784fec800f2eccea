package io.netattach.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import io.netattach.kube.StartFailure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes part in the election of the one controller that acts, with the times of Kubernetes' own
 * controllers. For one candidacy.
 */
final class Election implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("netattach-election").factory());
  private final LeaderElector elector;
  private volatile @Nullable CompletableFuture<?> candidacy;

  /**
   * @param client gives up a request before the Lease runs out; not closed here
   * @param leads is told once, in the election's thread, and must return at once
   * @param lost is told when the Lease was lost or given back, the same way
   */
  Election(KubernetesClient client, Lock lock, Runnable leads, Runnable lost) {
    LeaderElectionConfig config =
        new LeaderElectionConfigBuilder()
            .withName(lock.describe())
            .withLock(lock)
            .withLeaseDuration(LEASE)
            .withRenewDeadline(RENEW_DEADLINE)
            .withRetryPeriod(RETRY)
            .withReleaseOnCancel(false)
            .withLeaderCallbacks(new LeaderCallbacks(leads, lost, leader -> {}))
            .build();
    elector = new LeaderElector(client, config, thread);
  }

  void start() {
    candidacy = elector.start();
  }

  /** Whether it takes part. */
  boolean isRunning() {
    CompletableFuture<?> running = candidacy;
    return running != null && !running.isDone();
  }

  /** Stops; a Lease that is held is given back, so that another leads at once. */
  @Override
  public void close() {
    CompletableFuture<?> running = candidacy;
    if (running != null) {
      running.cancel(true);
      release();
    }
    thread.shutdownNow();
  }

  /** The elector itself would do so too, and be silent where it cannot. */
  private void release() {
    try {
      if (elector.release()) {
        LOG.info("gave the Lease back");
      }
    } catch (RuntimeException e) {
      LOG.warnf("the Lease is not given back, and lasts a while: %s", StartFailure.innermost(e));
    }
  }
}
