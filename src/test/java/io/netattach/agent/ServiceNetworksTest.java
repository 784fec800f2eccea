package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import org.junit.jupiter.api.Test;

/** In these, no host end may have an address or a route. */
@NeedsApiServer
class ServiceNetworksTest {
  @Test
  void theyAreThoseThatTheApiServerGivesAddressesOf(ApiServer server) {
    String address =
        server
            .client()
            .services()
            .inNamespace("default")
            .withName("kubernetes")
            .require()
            .getSpec()
            .getClusterIP();

    assertThat(ServiceNetworks.read(server.client()))
        .anyMatch(network -> network.contains(IpPrefix.host(IpAddress.of(address))));
  }
}
