package io.netattach.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.api.AddressPool;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.Rounds;
import io.netattach.pool.KnownAttachments;
import io.netattach.pool.PoolKeeper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Looks after pools that do not exist: attachments that wait for one are told, and addresses of one
 * that somebody has removed by force are taken back in time. Those that exist have events of their
 * own.
 */
final class MissingPools implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final PoolKeeper keeper;
  private final KnownAttachments known;
  private final Supplier<List<String>> pools;
  private final Rounds rounds =
      new Rounds(
          "netattach-missing-pools",
          INTERVAL,
          this::look,
          LOG,
          "missing pools cannot be looked after");

  /**
   * @param client not closed here
   * @param pools the names of those that are known
   */
  MissingPools(
      KubernetesClient client,
      PoolKeeper keeper,
      KnownAttachments known,
      Supplier<List<String>> pools) {
    this.client = client;
    this.keeper = keeper;
    this.known = known;
    this.pools = pools;
  }

  void start() {
    rounds.start();
  }

  private void look() throws InterruptedException {
    Set<String> there = new HashSet<>(pools.get());
    Map<String, List<NetworkAttachment>> waiting = new HashMap<>();
    known
        .all()
        .forEach(attachment ->
            PoolKeeper.wanted(attachment)
                .filter(pool -> !there.contains(pool))
                .ifPresent(pool ->
                    waiting.computeIfAbsent(pool, name -> new ArrayList<>()).add(attachment)));
    for (Map.Entry<String, List<NetworkAttachment>> missing : waiting.entrySet()) {
      if (keeper.isUntold(missing.getValue()) && !exists(missing.getKey())) {
        keeper.tellOfMissing(missing.getKey(), missing.getValue(), there);
      }
    }
    for (String pool : keeper.pools()) {
      if (!there.contains(pool) && !exists(pool)) {
        keeper.leaveWithout(pool);
      }
    }
  }

  /** Whether the API server itself has a pool: what is known may be a moment old. */
  private boolean exists(String pool) {
    return client.resources(AddressPool.class).withName(pool).get() != null;
  }

  /** Ends; what is being written is finished. */
  @Override
  public void close() {
    rounds.close();
  }
}
