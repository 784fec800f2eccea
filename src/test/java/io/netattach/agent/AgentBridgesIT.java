package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.Ip;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.AgentLease;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An agent makes the bridges that it is told of, and connects them to those of other nodes. */
@NeedsApiServer
@Tag("kernel")
class AgentBridgesIT {
  private static final String SYSTEM = "netattach-system";

  private final ClusterNode node = new ClusterNode();

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void bridgesAreMadeToldOfAndRemovedByAnAgentThatIsToldOfThemNoMore() throws Exception {
    otherAgentIsAt("192.0.2.2");
    try (Program agent =
        node.agent(
            "--bridge",
            "{name: br-one, uplink: {vxlan: {id: 42}}}",
            "--bridge",
            "{name: br-two, uplink: {link: eth9}}",
            "--underlay",
            "192.0.2.1",
            "--allow-bridge",
            "br-one")) {
      node.create(port());
      node.awaitAttached("port");
      assertThat(Ip.here().link("veth-port").path("master").asText()).isEqualTo("br-one");
      assertThat(Ip.here().link("veth-port").path("mtu").asInt()).isEqualTo(1450);

      await()
          .atMost(AgentSuite.PATIENCE)
          .untilAsserted(() -> {
            assertThat(Ip.here().bridge("fdb show dev vxlan42"))
                .contains("00:00:00:00:00:00 dst 192.0.2.2 self permanent")
                .doesNotContain("192.0.2.1");
            assertThat(
                    node.client()
                        .leases()
                        .inNamespace(SYSTEM)
                        .withName(AgentLease.name(AgentSuite.NODE))
                        .get()
                        .getMetadata()
                        .getAnnotations())
                .containsEntry("netattach.io/underlay", "192.0.2.1");
          });
      assertThat(agent.said()).contains("bridge br-two: uplink.link: eth9 does not exist");
      assertThat(agent.scrape().value("netattach_bridges", "state", "wanted")).isEqualTo(2);
      assertThat(agent.scrape().value("netattach_bridges", "state", "ready")).isEqualTo(1);
      assertThat(agent.scrape().value("netattach_announcements_total", "outcome", "sent"))
          .isPositive();

      node.attachment("port").delete();
      node.awaitGone("port");
      assertThat(Ip.here().hasLink("br-one")).isTrue();
      assertThat(agent.terminate().exitCode()).isIn(0, 143);
    }
    assertThat(Ip.here().hasLink("br-one")).as("it stays without the agent").isTrue();
    try (Program agent = node.agent()) {
      assertThat(Ip.here().hasLink("br-one")).isFalse();
      assertThat(Ip.here().hasLink("vxlan42")).isFalse();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  private static NetworkAttachment port() {
    return Serialization.unmarshal(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: port, namespace: %s}
        spec:
          nodeName: %s
          target: {netns: {name: port, create: true}}
          container: {interface: net1, addresses: [10.20.0.1/24]}
          host: {interface: veth-port, bridge: {name: br-one}}
        """
            .formatted(AgentSuite.NAMESPACE, AgentSuite.NODE),
        NetworkAttachment.class);
  }

  private void otherAgentIsAt(String address) {
    node.client()
        .resource(
            new LeaseBuilder()
                .withNewMetadata()
                .withNamespace(SYSTEM)
                .withName(AgentLease.name("other"))
                .withLabels(AgentLease.LABELS)
                .addToAnnotations(AgentLease.UNDERLAY, address)
                .endMetadata()
                .build())
        .create();
  }
}
