package io.netattach.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.processing.Controller;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimiter;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.quarkiverse.operatorsdk.runtime.QuarkusControllerConfiguration;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * With what a reconciler is registered: what was found of it at build time, with what only this
 * process knows. What throws is tried again for ever: soon, then ever later, and 30 seconds after
 * an API server is back at the latest.
 */
public final class Registration {
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

  private Registration() {}

  /** What was found of the informer, for filters and selectors to be added. */
  public static <R extends HasMetadata> InformerConfiguration<R>.Builder informer(
      QuarkusConfigurationService service, Reconciler<R> reconciler) {
    QuarkusControllerConfiguration<R> base = service.getConfigurationFor(reconciler);
    return InformerConfiguration.builder(base.getInformerConfig()).withItemStore(new LeanStore<>());
  }

  /**
   * The configuration of a reconciler.
   *
   * @param limiter how often it is called for one object; null for no limit
   * @param atLeastEvery how long after its last call it is called again although nothing was heard
   */
  public static <R extends HasMetadata> QuarkusControllerConfiguration<R> of(
      QuarkusConfigurationService service,
      Reconciler<R> reconciler,
      InformerConfiguration<R> informer,
      @Nullable RateLimiter<?> limiter,
      Duration atLeastEvery) {
    QuarkusControllerConfiguration<R> base = service.getConfigurationFor(reconciler);
    var configuration =
        new QuarkusControllerConfiguration<>(
            informer,
            base.getName(),
            base.isGenerationAware(),
            base.getAssociatedReconcilerClassName(),
            retry(),
            limiter == null ? base.getRateLimiter() : limiter,
            atLeastEvery,
            base.getFinalizerName(),
            base.fieldManager(),
            base.getWorkflow(),
            base.getResourceTypeName(),
            base.getResourceClass());
    configuration.setParent(service);
    return configuration;
  }

  /** Starts an operator; when that fails, nothing of it goes on. */
  public static void start(Operator operator) {
    try {
      operator.start();
    } catch (RuntimeException e) {
      // It ends its threads only, and leaves watches that have begun.
      for (RegisteredController<?> registered : operator.getRegisteredControllers()) {
        if (registered instanceof Controller<?> controller) {
          stop(controller, e);
        }
      }
      throw e;
    }
  }

  /**
   * The executor that it stops its informers by may be ended already; why it did not start counts.
   */
  private static void stop(Controller<?> controller, RuntimeException reason) {
    try {
      controller.stop();
    } catch (RuntimeException e) {
      reason.addSuppressed(e);
    }
  }

  private static GenericRetry retry() {
    return new GenericRetry()
        .setMaxAttempts(-1)
        .setInitialInterval(FIRST_RETRY)
        .setIntervalMultiplier(2)
        .setMaxInterval(LONGEST_RETRY.toMillis());
  }
}
