package io.netattach.kube;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * The life signs as kubelet asks for them: {@code /q/health/live}, {@code ready}, {@code started}.
 */
@Singleton
final class HealthEndpoints {
  @Produces
  @Singleton
  @Liveness
  HealthCheck live(LifeSigns signs) {
    return () -> HealthCheckResponse.named("live").status(signs.isLive()).build();
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck ready(LifeSigns signs) {
    return () -> {
      var response = HealthCheckResponse.named("ready").status(signs.isReady());
      signs.details().forEach(response::withData);
      return response.build();
    };
  }

  @Produces
  @Singleton
  @Startup
  HealthCheck started(LifeSigns signs) {
    return () -> HealthCheckResponse.named("started").status(signs.isReady()).build();
  }
}
