package io.netattach.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressPool;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.Registration;
import io.netattach.kube.RetryDelay;
import io.netattach.kube.StartFailure;
import io.netattach.pool.PoolKeeper;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkiverse.operatorsdk.runtime.QuarkusControllerConfiguration;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Has each AddressPool looked after: when it changes, when an attachment waits for it or is gone,
 * and now and then. May be called by several threads, for one pool by one at a time.
 */
@Singleton
@ControllerConfiguration(name = PoolReconciler.NAME, finalizerName = AddressPool.FINALIZER)
public final class PoolReconciler implements Reconciler<AddressPool>, Cleaner<AddressPool> {
  static final String NAME = "pool";

  private static final Logger LOG = Logger.getLogger("io.netattach.controller");

  /** Attachments that come together are given addresses together. */
  private static final Duration PACE = Duration.ofMillis(100);

  /** As often what was given is looked at; shorter than that by which it is decided to. */
  private static final Duration AT_LEAST_EVERY = Duration.ofMinutes(1);

  /** How soon it is looked again for what other parts read first. */
  private static final Duration SOON = Duration.ofMillis(200);

  /** How often one that is deleted and in use is looked at, so that its status says so. */
  private static final Duration LEAVING = Duration.ofSeconds(2);

  private static final long PAGE = 500;

  private final KubernetesClient client;
  private final PoolKeeper keeper;
  private final PoolUsers users;
  private final RetryDelay delay = new RetryDelay(Duration.ZERO);
  private final SimpleInboundEventSource<AddressPool> asked =
      new SimpleInboundEventSource<>("attachments");
  private volatile boolean hasBegun;
  private volatile @Nullable EventSourceContext<AddressPool> context;
  private @Nullable MissingPools missing;

  @Inject
  PoolReconciler(@Impatient KubernetesClient client, PoolKeeper keeper, SetReconciler sets) {
    this.client = client;
    this.keeper = keeper;
    this.users = new PoolUsers(sets::view);
  }

  /** By the informer's thread. */
  private void heard(NetworkAttachment attachment) {
    Optional<String> pool =
        users.isThere(attachment) ? PoolKeeper.wanted(attachment) : keeper.departed(attachment);
    pool.ifPresent(this::ask);
  }

  private void ask(String pool) {
    asked.propagateEvent(new ResourceID(pool));
  }

  /** With what it is registered. */
  QuarkusControllerConfiguration<AddressPool> configuration(QuarkusConfigurationService service) {
    return Registration.of(
        service,
        this,
        Registration.informer(service, this).build(),
        new Pace(PACE, System::nanoTime),
        AT_LEAST_EVERY);
  }

  @Override
  public List<EventSource<?, AddressPool>> prepareEventSources(
      EventSourceContext<AddressPool> prepared) {
    context = prepared;
    var blocks =
        new InformerEventSource<AddressBlock, AddressPool>(
            InformerEventSourceConfiguration.from(AddressBlock.class, AddressPool.class)
                .withName("blocks")
                .withItemStore(keeper.store())
                .withInformerListLimit(PAGE)
                .withSecondaryToPrimaryMapper(PoolReconciler::pool)
                .withPrimaryToSecondaryMapper(pool -> Set.of())
                .build(),
            prepared);
    return List.of(blocks, asked);
  }

  private static Set<ResourceID> pool(AddressBlock block) {
    String pool = block.getSpec() == null ? null : block.getSpec().pool();
    return pool == null ? Set.of() : Set.of(new ResourceID(pool));
  }

  /** All that is known of attachments has been read. */
  void begin() {
    hasBegun = true;
    users.listen(this::heard);
    MissingPools started = new MissingPools(client, keeper, users, this::names);
    started.start();
    missing = started;
  }

  private List<String> names() {
    EventSourceContext<AddressPool> known = context;
    return known == null
        ? List.of()
        : known.getPrimaryCache().keys().map(ResourceID::getName).toList();
  }

  @Override
  public UpdateControl<AddressPool> reconcile(AddressPool pool, Context<AddressPool> unused)
      throws InterruptedException {
    UpdateControl<AddressPool> control = UpdateControl.noUpdate();
    if (!hasBegun) {
      return control.rescheduleAfter(SOON);
    }
    String uid = pool.getMetadata().getUid();
    try {
      Optional<Duration> later = keeper.keep(pool);
      delay.forget(uid);
      return later.isEmpty() ? control : control.rescheduleAfter(later.get());
    } catch (KubernetesClientException e) {
      return control.rescheduleAfter(failed(pool, e));
    }
  }

  @Override
  public DeleteControl cleanup(AddressPool pool, Context<AddressPool> unused)
      throws InterruptedException {
    if (!hasBegun) {
      return DeleteControl.noFinalizerRemoval().rescheduleAfter(SOON);
    }
    try {
      if (keeper.leave(pool)) {
        LOG.infof("pool %s: nobody uses it any more, so it goes", pool.getMetadata().getName());
        delay.forget(pool.getMetadata().getUid());
        return DeleteControl.defaultDelete();
      }
      return DeleteControl.noFinalizerRemoval().rescheduleAfter(LEAVING);
    } catch (KubernetesClientException e) {
      return DeleteControl.noFinalizerRemoval().rescheduleAfter(failed(pool, e));
    }
  }

  private Duration failed(AddressPool pool, KubernetesClientException e) {
    Duration later = delay.afterFailure(pool.getMetadata().getUid());
    LOG.warnf(
        "pool %s: cannot be looked after, trying again in %d s: %s",
        pool.getMetadata().getName(), later.toSeconds(), StartFailure.innermost(e));
    return later;
  }

  /** What nobody has foreseen; the framework, whose own words are off, tries again. */
  @Override
  public ErrorStatusUpdateControl<AddressPool> updateErrorStatus(
      AddressPool pool, Context<AddressPool> unused, Exception e) {
    LOG.errorf(e, "pool %s: is tried again", pool.getMetadata().getName());
    return ErrorStatusUpdateControl.defaultErrorProcessing();
  }

  /** Ends; what is being written is finished. */
  void close() {
    MissingPools started = missing;
    if (started != null) {
      started.close();
    }
    keeper.close();
  }
}
