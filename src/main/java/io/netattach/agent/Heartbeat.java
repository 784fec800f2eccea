package io.netattach.agent;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.netattach.kube.AgentLease;
import io.netattach.netlink.IpAddress;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Renews this agent's Lease, by which others know that it is there. It never writes an attachment
 * for that: a status that is written every few seconds would be told to everybody who watches.
 */
final class Heartbeat implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Heartbeat.class);

  private final KubernetesClient client;
  private final AgentSettings.Pod pod;
  private final String name;
  private final Clock clock;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("netattach-heartbeat").factory());
  private volatile Supplier<Optional<IpAddress>> underlay = Optional::empty;
  private @Nullable Lease last;
  private boolean failing;
  private boolean untellable;

  /**
   * @param client not closed here
   */
  Heartbeat(KubernetesClient client, String node, AgentSettings.Pod pod, Clock clock) {
    this.client = client;
    this.pod = pod;
    this.name = AgentLease.name(node);
    this.clock = clock;
  }

  /** Who knows where this node's tunnels begin, which the Lease tells the other agents. */
  void underlay(Supplier<Optional<IpAddress>> known) {
    underlay = known;
  }

  /** Begins; the first Lease is written at once. */
  void start() {
    long period = AgentLease.RENEWAL.toMillis();
    var unused = thread.scheduleAtFixedRate(this::beat, 0, period, TimeUnit.MILLISECONDS);
  }

  private void beat() {
    try {
      renew();
      failing = false;
    } catch (RuntimeException e) {
      // The next beat tries again; an exception that leaves here would end all beats.
      last = null;
      if (!failing) {
        LOG.warnf("Lease %s/%s cannot be renewed: %s", pod.namespace(), name, e.getMessage());
      }
      failing = true;
    }
  }

  private void renew() {
    if (last != null) {
      try {
        last = leases().resource(renewed(last)).update();
        return;
      } catch (KubernetesClientException e) {
        // Written or deleted by others, such as with the pod that was here before: read it again.
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
            && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
          throw e;
        }
      }
    }
    Lease found = leases().withName(name).get();
    last =
        found == null
            ? leases().resource(fresh()).create()
            : leases().resource(renewed(found)).update();
  }

  private NonNamespaceOperation<Lease, LeaseList, Resource<Lease>> leases() {
    return client.leases().inNamespace(pod.namespace());
  }

  private Lease fresh() {
    return renewed(
        new LeaseBuilder()
            .withNewMetadata()
            .withNamespace(pod.namespace())
            .withName(name)
            .endMetadata()
            .build());
  }

  private Lease renewed(Lease lease) {
    Map<String, String> annotations = new HashMap<>(lease.getMetadata().getAnnotations());
    tellUnderlay(annotations);
    return lease
        .edit()
        .editMetadata()
        .withAnnotations(annotations)
        .withLabels(AgentLease.LABELS)
        .withOwnerReferences(owners())
        .endMetadata()
        .editOrNewSpec()
        .withHolderIdentity(pod.name())
        .withLeaseDurationSeconds((int) AgentLease.DURATION.toSeconds())
        .withRenewTime(ZonedDateTime.now(clock.withZone(ZoneOffset.UTC)))
        .endSpec()
        .build();
  }

  private void tellUnderlay(Map<String, String> annotations) {
    Optional<IpAddress> here;
    try {
      here = underlay.get();
    } catch (RuntimeException e) {
      // An agent whose bridges are in trouble is there all the same; what was told stays.
      if (!untellable) {
        LOG.warnf("where the tunnels of this node begin cannot be told: %s", e.getMessage());
      }
      untellable = true;
      return;
    }
    untellable = false;
    annotations.remove(AgentLease.UNDERLAY);
    here.ifPresent(address -> annotations.put(AgentLease.UNDERLAY, address.toString()));
  }

  /** The Lease goes with the pod, so that an uninstall leaves none. */
  private List<OwnerReference> owners() {
    return pod.uid().isEmpty()
        ? List.of()
        : List.of(
            new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.name())
                .withUid(pod.uid())
                .build());
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
