package io.netattach.pool;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressPool;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.kube.EventRecorder;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A controller's keeper of pools, whose knowledge is as new or old as a test wants it. */
final class TestKeeper implements AutoCloseable {
  private final KubernetesClient client;
  private final AtomicLong nanos = new AtomicLong();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final PoolKeeper keeper;
  private volatile List<NetworkAttachment> attachments = List.of();
  private volatile List<String> sets = List.of();
  private volatile List<String> nodes = List.of();
  private Optional<Duration> next = Optional.empty();

  TestKeeper(KubernetesClient client) {
    this.client = client;
    keeper =
        new PoolKeeper(
            client,
            new Known(),
            new EventRecorder(client, "netattach-controller", "c-0", Clock.systemUTC()),
            new PoolMetrics(registry),
            Clock.systemUTC(),
            nanos::get);
  }

  private final class Known implements KnownAttachments {
    @Override
    public List<NetworkAttachment> waiting(String pool) {
      return attachments;
    }

    @Override
    public Stream<NetworkAttachment> all() {
      return attachments.stream();
    }

    @Override
    public Optional<NetworkAttachment> named(String namespace, String name) {
      return attachments.stream()
          .filter(any -> any.getMetadata().getNamespace().equals(namespace))
          .filter(any -> any.getMetadata().getName().equals(name))
          .findFirst();
    }

    @Override
    public boolean hasNode(String name) {
      return nodes.contains(name);
    }

    @Override
    public boolean hasSet(String namespace, String uid) {
      return sets.contains(namespace + "/" + uid);
    }
  }

  PoolKeeper keeper() {
    return keeper;
  }

  double count(String counter) {
    return registry.get("netattach.pool." + counter).counter().count();
  }

  /** Hears of everything that there is. */
  TestKeeper hear() {
    return hearAttachments().hearBlocks();
  }

  TestKeeper hearAttachments() {
    attachments = client.resources(NetworkAttachment.class).inAnyNamespace().list().getItems();
    sets =
        client.resources(NetworkAttachmentSet.class).inAnyNamespace().list().getItems().stream()
            .map(set -> set.getMetadata().getNamespace() + "/" + set.getMetadata().getUid())
            .toList();
    return this;
  }

  /** Hears of one more, such as the API server of this release would refuse. */
  TestKeeper hear(NetworkAttachment stranger) {
    attachments = Stream.concat(attachments.stream(), Stream.of(stranger)).toList();
    return this;
  }

  TestKeeper hearBlocks() {
    client
        .resources(AddressBlock.class)
        .list()
        .getItems()
        .forEach(block -> keeper.store().put(block.getMetadata().getName(), block));
    return this;
  }

  TestKeeper hearNode(String name) {
    nodes = List.of(name);
    return this;
  }

  /** Hears of nothing that there is. */
  TestKeeper hearNothing() {
    attachments = List.of();
    sets = List.of();
    return this;
  }

  /** So that all that it does now and then is due. */
  TestKeeper later() {
    nanos.addAndGet(Duration.ofHours(1).toNanos());
    return this;
  }

  /** Looks after a pool as it is now, for as long as there is more to do at once. */
  TestKeeper keep(String pool) throws InterruptedException {
    do {
      next =
          keeper.keep(
              Objects.requireNonNull(client.resources(AddressPool.class).withName(pool).get()));
    } while (next.filter(after -> after.isZero() || after.equals(PoolKeeper.OUTRUN)).isPresent());
    return this;
  }

  /** When the pool that was looked after last is to be looked at again. */
  Optional<Duration> next() {
    return next;
  }

  boolean leave(String pool) throws InterruptedException {
    return keeper.leave(client.resources(AddressPool.class).withName(pool).require());
  }

  @Override
  public void close() {
    keeper.close();
  }
}
