package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.netattach.kube.AgentLease;
import io.netattach.kube.MockApi;
import io.netattach.netlink.IpAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Agents tell each other by their Leases where their tunnels begin. */
class LeasePeersTest {
  private static final String NAMESPACE = "default";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final MockApi api = new MockApi("n1");

  @AfterEach
  void close() {
    api.close();
  }

  private Heartbeat heartbeat(String node, String address) {
    Heartbeat heartbeat =
        new Heartbeat(
            api.client(),
            node,
            new AgentSettings.Pod(NAMESPACE, "agent-" + node, ""),
            Clock.systemUTC());
    heartbeat.underlay(() -> Optional.of(address).filter(a -> !a.isEmpty()).map(IpAddress::of));
    heartbeat.start();
    await()
        .atMost(PATIENCE)
        .until(() ->
            api.client().leases().inNamespace(NAMESPACE).withName(AgentLease.name(node)).get()
                != null);
    return heartbeat;
  }

  @Test
  void theOthersAreKnownByTheirLeases() {
    try (Heartbeat mine = heartbeat("n1", "192.0.2.1");
        Heartbeat second = heartbeat("n2", "192.0.2.2");
        Heartbeat third = heartbeat("n3", "fd00::3");
        Heartbeat silent = heartbeat("n4", "");
        LeasePeers peers = new LeasePeers(api.client(), NAMESPACE, "n1", () -> {})) {
      assertThat(peers.now()).isEmpty();
      peers.start();

      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(peers.now())
                  .contains(Set.of(IpAddress.of("192.0.2.2"), IpAddress.of("fd00::3"))));
      assertThat(annotations("n2")).isEqualTo("192.0.2.2");
      assertThat(annotations("n4")).isNull();
    }
  }

  @Test
  void anAgentThatCannotTellWhereItsTunnelsBeginIsThereAllTheSame() {
    heartbeat("n1", "192.0.2.1").close();
    try (Heartbeat next =
        new Heartbeat(
            api.client(), "n1", new AgentSettings.Pod(NAMESPACE, "next", ""), Clock.systemUTC())) {
      next.underlay(() -> {
        throw new IllegalStateException("the kernel does not answer");
      });
      next.start();

      await()
          .atMost(PATIENCE)
          .until(() -> "next".equals(lease("n1").getSpec().getHolderIdentity()));
      assertThat(annotations("n1")).as("as it was told before").isEqualTo("192.0.2.1");
    }
  }

  private Lease lease(String node) {
    return api.client().leases().inNamespace(NAMESPACE).withName(AgentLease.name(node)).get();
  }

  private @Nullable String annotations(String node) {
    return lease(node).getMetadata().getAnnotations().get(AgentLease.UNDERLAY);
  }
}
