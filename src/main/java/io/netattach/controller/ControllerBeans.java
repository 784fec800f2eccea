package io.netattach.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.netattach.kube.EventRecorder;
import io.netattach.pool.PoolKeeper;
import io.netattach.pool.PoolMetrics;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** The parts of a controller, each made when it is first needed. */
final class ControllerBeans {
  /** Two requests fit into the time in which a Lease must be renewed. Milliseconds. */
  private static final int REQUEST_TIMEOUT = 4_000;

  @Produces
  @Singleton
  @Impatient
  KubernetesClient client(KubernetesClient client) {
    return client
        .newClient(
            new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                .withRequestTimeout(REQUEST_TIMEOUT)
                .withRequestRetryBackoffLimit(0)
                .build())
        .adapt(KubernetesClient.class);
  }

  @Produces
  @Singleton
  ChildWriter writer(@Impatient KubernetesClient client) {
    return new ChildWriter(client);
  }

  @Produces
  @Singleton
  EventRecorder events(@Impatient KubernetesClient client, ControllerSettings settings) {
    return new EventRecorder(
        client, "netattach-controller", settings.identity(), Clock.systemUTC());
  }

  @Produces
  @Singleton
  PoolMetrics poolMetrics(MeterRegistry registry) {
    return new PoolMetrics(registry);
  }

  @Produces
  @Singleton
  PoolKeeper pools(
      @Impatient KubernetesClient client,
      SetReconciler sets,
      EventRecorder events,
      PoolMetrics metrics) {
    return new PoolKeeper(
        client, new PoolUsers(sets::view), events, metrics, Clock.systemUTC(), System::nanoTime);
  }
}
