package io.netattach.deploy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** The ways in which netattach is installed, for tests of what holds for all of them. */
final class Installation {
  private Installation() {}

  static Stream<Named<ClusterObjects>> all() {
    return Stream.of(
        Named.of("manifests", ClusterObjects.ofKustomization()),
        Named.of("chart", Chart.render()),
        Named.of(
            "chart without named namespaces",
            Chart.render("{namedNamespaces: {enabled: false}, agent: {port: 19470}}")),
        Named.of(
            "chart with every option",
            Chart.render(
                """
                agent:
                  allowBridges: [br0]
                  allowHostNetworks: [192.0.2.0/24]
                  reserveNetworks: [10.96.0.0/12]
                  allowSharedNetns: true
                controller:
                  port: 8080
                policies:
                  namespaceLimits: true
                """)));
  }
}
