package io.netattach.agent;

import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.kube.AgentLease;
import io.netattach.netlink.IpAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Where the tunnels of the other nodes begin, as their agents write on their Leases.
 *
 * <p>They are listed now and then and not watched: each is written every few seconds, which a watch
 * would tell to every agent.
 */
final class LeasePeers implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(LeasePeers.class);
  private static final Duration PERIOD = Duration.ofSeconds(30);

  private final KubernetesClient client;
  private final String namespace;
  private final String mine;
  private final Runnable read;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("netattach-peers").factory());
  private volatile Optional<Set<IpAddress>> peers = Optional.empty();
  private boolean failing;

  /**
   * @param client not closed here
   * @param namespace of the Leases
   * @param read told of each reading: who has left is a peer for a while, and then is none
   */
  LeasePeers(KubernetesClient client, String namespace, String node, Runnable read) {
    this.client = client;
    this.namespace = namespace;
    this.mine = AgentLease.name(node);
    this.read = read;
  }

  /** Begins; they are listed at once. */
  void start() {
    var unused =
        thread.scheduleWithFixedDelay(this::read, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Those that were there when it was last asked; empty before. */
  Optional<Set<IpAddress>> now() {
    return peers;
  }

  private void read() {
    try {
      peers = Optional.of(list());
      failing = false;
      read.run();
    } catch (RuntimeException e) {
      // Tunnels stay as they are, and the next time tries again, whatever it was.
      if (!failing) {
        LOG.warnf("Leases in %s cannot be listed for peers: %s", namespace, e.getMessage());
      }
      failing = true;
    }
  }

  private Set<IpAddress> list() {
    Set<IpAddress> found = new HashSet<>();
    // From the API server's memory: nobody minds a Lease that is some seconds old.
    var any = new ListOptionsBuilder().withResourceVersion("0").build();
    for (Lease lease :
        client.leases().inNamespace(namespace).withLabels(AgentLease.LABELS).list(any).getItems()) {
      Map<String, String> annotations = lease.getMetadata().getAnnotations();
      String address = annotations == null ? null : annotations.get(AgentLease.UNDERLAY);
      if (address != null && !lease.getMetadata().getName().equals(mine)) {
        parse(address).ifPresent(found::add);
      }
    }
    return found;
  }

  /** Whoever may write Leases may write anything. */
  private static Optional<IpAddress> parse(String text) {
    try {
      return Optional.of(IpAddress.of(text))
          .filter(address -> !address.isMulticast() && !address.isUnspecified());
    } catch (IllegalArgumentException e) {
      LOG.debugf("no address: %s", e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
