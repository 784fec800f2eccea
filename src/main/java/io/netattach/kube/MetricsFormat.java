package io.netattach.kube;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Metrics are told in Prometheus' text format (version 0.0.4) to whoever does not ask for
 * OpenMetrics, a person with curl among them; Quarkus would do it the other way round.
 */
@Singleton
final class MetricsFormat {
  private static final int EARLY = 100;

  void register(@Observes Filters filters) {
    filters.register(MetricsFormat::choose, EARLY);
  }

  private static void choose(RoutingContext context) {
    String accepted = context.request().getHeader(HttpHeaders.ACCEPT);
    boolean openMetrics = accepted != null && accepted.contains("openmetrics");
    if (context.normalizedPath().endsWith("/metrics") && !openMetrics) {
      context.request().headers().set(HttpHeaders.ACCEPT, "text/plain");
    }
    context.next();
  }
}
