package io.netattach.controller;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import io.netattach.kube.StartFailure;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The Lease that the leading controller holds.
 *
 * <p>Not the client library's LeaseLock, which needs the right to patch Leases beside that to
 * update them, and believes the other's clock: here a Lease counts from when this process first saw
 * it so, as in Kubernetes' own elections, and clocks may differ. Safe for use by several threads.
 */
final class LeaderLease implements Lock {
  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  private static final String NAME = "netattach-controller";

  /** For a Lease that somebody wrote without one. */
  private static final int DEFAULT_SECONDS = 15;

  private final String namespace;
  private final String identity;
  private final Clock clock;
  private @Nullable Lease last;
  private @Nullable ZonedDateTime firstSeen;
  private boolean failing;

  LeaderLease(String namespace, String identity, Clock clock) {
    this.namespace = namespace;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public synchronized @Nullable LeaderElectionRecord get(KubernetesClient client) {
    Lease read = answered(() -> client.leases().inNamespace(namespace).withName(NAME).get());
    if (read == null) {
      last = null;
      return null;
    }
    if (firstSeen == null || !isSame(read, last)) {
      firstSeen = now();
    }
    last = read;
    LeaseSpec spec = Optional.ofNullable(read.getSpec()).orElseGet(LeaseSpec::new);
    int seconds = Objects.requireNonNullElse(spec.getLeaseDurationSeconds(), DEFAULT_SECONDS);
    return new LeaderElectionRecord(
        spec.getHolderIdentity(),
        Duration.ofSeconds(seconds),
        Objects.requireNonNullElse(spec.getAcquireTime(), firstSeen),
        firstSeen,
        Objects.requireNonNullElse(spec.getLeaseTransitions(), 0));
  }

  private static boolean isSame(Lease now, @Nullable Lease then) {
    return then != null
        && Objects.equals(
            now.getMetadata().getResourceVersion(), then.getMetadata().getResourceVersion());
  }

  @Override
  public synchronized void create(KubernetesClient client, LeaderElectionRecord record) {
    Lease lease = lease(record, new ObjectMetaBuilder().withNamespace(namespace).withName(NAME));
    written(answered(() -> client.resource(lease).create()));
  }

  @Override
  public synchronized void update(KubernetesClient client, LeaderElectionRecord record) {
    Lease read = Objects.requireNonNull(last, "a Lease is read before it is written");
    Lease lease = lease(record, new ObjectMetaBuilder(read.getMetadata()));
    written(answered(() -> client.resource(lease).lockResourceVersion().update()));
  }

  private void written(@Nullable Lease lease) {
    last = lease;
    firstSeen = now();
  }

  private static Lease lease(LeaderElectionRecord record, ObjectMetaBuilder metadata) {
    return new LeaseBuilder()
        .withMetadata(metadata.build())
        .withNewSpec()
        .withHolderIdentity(record.getHolderIdentity())
        .withLeaseDurationSeconds((int) record.getLeaseDuration().toSeconds())
        .withAcquireTime(record.getAcquireTime())
        .withRenewTime(record.getRenewTime())
        .withLeaseTransitions(record.getLeaderTransitions())
        .endSpec()
        .build();
  }

  /** The elector tries again by itself; here it is said, once, that it has to. */
  private <T> T answered(Supplier<T> request) {
    try {
      T answer = request.get();
      if (failing) {
        LOG.infof("Lease %s/%s: the API server answers again", namespace, NAME);
      }
      failing = false;
      return answer;
    } catch (KubernetesClientException e) {
      // Two that want the Lease at once is what it is for.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && !failing) {
        LOG.warnf(
            "Lease %s/%s: %s; trying again",
            namespace, NAME, StartFailure.sentence(e, "controller"));
        failing = true;
      }
      throw e;
    }
  }

  private ZonedDateTime now() {
    return ZonedDateTime.now(clock.withZone(ZoneOffset.UTC));
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public String describe() {
    return "Lease " + namespace + "/" + NAME;
  }
}
