package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Service;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** In these, no host end may have an address or a route. */
@NeedsApiServer
class ServiceNetworksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void theyAreThoseThatTheApiServerGivesAddressesOf(ApiServer server) {
    // The server makes both, its own Service and the network, some time after it is ready.
    Service own =
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    server.client().services().inNamespace("default").withName("kubernetes").get(),
                Objects::nonNull);
    IpPrefix address = IpPrefix.host(IpAddress.of(own.getSpec().getClusterIP()));

    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(ServiceNetworks.read(server.client()))
                .anyMatch(network -> network.contains(address)));
  }
}
