package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** VLANs of bridge ports; not every kernel has them (CONFIG_BRIDGE_VLAN_FILTERING). */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkVlansTest {
  private Node node;
  private Rtnetlink kernel;
  private boolean filters;

  @BeforeEach
  void makeANode() {
    node = new Node();
    kernel = node.kernel;
    NetlinkException refused =
        kernel
            .executeAll(
                List.of(LinkRequest.add(LinkKind.Bridge.filtering(1), new InterfaceName("br0"))))
            .getFirst();
    filters = refused == null;
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  /** A port of br0; its index. */
  private int port() {
    assumeTrue(filters, "this kernel's bridges do not filter VLANs");
    int port = node.veth("v0", "v1");
    kernel.execute(LinkRequest.set(port).master(node.link("br0").index()));
    return port;
  }

  private List<BridgeVlan> byBridge(String link) {
    List<BridgeVlan> vlans = new ArrayList<>();
    for (JsonNode each : node.ip.bridgeJson("vlan show dev " + link)) {
      for (JsonNode vlan : each.path("vlans")) {
        String flags = vlan.path("flags").toString();
        for (int id = vlan.path("vlan").asInt();
            id <= vlan.path("vlanEnd").asInt(vlan.path("vlan").asInt());
            id++) {
          vlans.add(new BridgeVlan(id, flags.contains("PVID"), flags.contains("Egress Untagged")));
        }
      }
    }
    return vlans;
  }

  @Test
  void aKernelWithoutVlanFilteringRefusesSuchABridge() {
    assumeTrue(!filters, "this kernel's bridges filter VLANs");
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() ->
            kernel.execute(LinkRequest.add(LinkKind.Bridge.filtering(1), new InterfaceName("br1"))))
        .withMessageContaining("add bridge br1 vlan_filtering 1: ")
        .matches(e -> e.errno().isPresent());
    assertThat(node.ip.hasLink("br1")).isFalse();
  }

  @Test
  void aBridgeThatFiltersIsMadeAndRead() {
    assumeTrue(filters, "this kernel's bridges do not filter VLANs");
    kernel.execute(LinkRequest.add(LinkKind.Bridge.filtering(100), new InterfaceName("br1")));
    kernel.execute(LinkRequest.add(LinkKind.Bridge.filtering(0), new InterfaceName("br2")));
    node.ip.ip("link add br3 type bridge vlan_filtering 1 vlan_default_pvid 4094");
    JsonNode made = node.ip.link("br1").at("/linkinfo/info_data");
    assertThat(made.path("vlan_filtering").asInt()).isEqualTo(1);
    assertThat(made.path("vlan_default_pvid").asInt()).isEqualTo(100);
    assertThat(node.link("br1").bridge()).isEqualTo(LinkKind.Bridge.filtering(100));
    assertThat(node.link("br2").bridge()).isEqualTo(LinkKind.Bridge.filtering(0));
    assertThat(node.link("br3").bridge()).isEqualTo(LinkKind.Bridge.filtering(4094));
    node.ip.ip("link add br4 type bridge");
    assertThat(node.link("br4").bridge()).isEqualTo(LinkKind.Bridge.DEFAULT);
  }

  @Test
  void aNewPortHasTheDefaultVlan() {
    int port = port();
    assertThat(kernel.bridgeVlans(port)).containsExactly(BridgeVlan.access(1));
    assertThat(byBridge("v0")).containsExactly(BridgeVlan.access(1));
  }

  @Test
  void vlansAreAddedChangedAndTakenAway() {
    int port = port();
    kernel.execute(BridgeVlanRequest.add(port, BridgeVlan.access(10)));
    kernel.execute(BridgeVlanRequest.add(port, new BridgeVlan(20, false, false)));
    kernel.execute(BridgeVlanRequest.delete(port, BridgeVlan.access(1)));
    List<BridgeVlan> expected = List.of(BridgeVlan.access(10), new BridgeVlan(20, false, false));
    assertThat(byBridge("v0")).isEqualTo(expected);
    assertThat(kernel.bridgeVlans(port)).isEqualTo(expected);
    kernel.execute(BridgeVlanRequest.add(port, new BridgeVlan(20, true, false)));
    assertThat(byBridge("v0"))
        .as("one pvid at most")
        .containsExactly(new BridgeVlan(10, false, true), new BridgeVlan(20, true, false));
    assertThat(kernel.bridgeVlans(port)).isEqualTo(byBridge("v0"));
    kernel.execute(BridgeVlanRequest.delete(port, new BridgeVlan(10, false, false)));
    kernel.execute(BridgeVlanRequest.delete(port, new BridgeVlan(20, false, false)));
    assertThat(kernel.bridgeVlans(port)).isEmpty();
    assertThat(byBridge("v0")).isEmpty();
  }

  @Test
  void theHighestVlanIsOneLikeOthers() {
    int port = port();
    kernel.execute(BridgeVlanRequest.add(port, BridgeVlan.access(4094)));
    assertThat(kernel.bridgeVlans(port))
        .contains(BridgeVlan.access(4094))
        .isEqualTo(byBridge("v0"));
  }

  @Test
  void deletingAVlanThatIsNotThereIsToldByNoOne() {
    int port = port();
    NetlinkException error =
        kernel
            .executeAll(List.of(BridgeVlanRequest.delete(port, BridgeVlan.access(77))))
            .getFirst();
    assertThat(error).isNull();
    assertThat(byBridge("v0")).containsExactly(BridgeVlan.access(1));
  }

  @Test
  void rangesAreReadVlanByVlan() {
    int port = port();
    node.ip.bridge("vlan add dev v0 vid 100-200");
    node.ip.bridge("vlan add dev v0 vid 300-310 untagged");
    List<BridgeVlan> vlans = kernel.bridgeVlans(port);
    assertThat(vlans).hasSize(1 + 101 + 11).isEqualTo(byBridge("v0"));
  }

  @Test
  void allVlansOfAPortAreRead() {
    int port = port();
    node.ip.bridge("vlan add dev v0 vid 2-4094");
    for (int id = 2; id <= 4094; id += 2) {
      kernel.execute(BridgeVlanRequest.add(port, new BridgeVlan(id, false, true)));
    }
    assertThat(kernel.bridgeVlans(port)).hasSize(4094).isEqualTo(byBridge("v0"));
  }

  @Test
  void theBridgeItselfJoinsAVlan() {
    port();
    int bridge = node.link("br0").index();
    kernel.execute(BridgeVlanRequest.addToBridge(bridge, new BridgeVlan(10, false, false)));
    assertThat(byBridge("br0")).contains(new BridgeVlan(10, false, false));
    assertThat(kernel.bridgeVlans(bridge)).isEqualTo(byBridge("br0"));
    assertThat(byBridge("v0")).containsExactly(BridgeVlan.access(1));
    kernel.execute(BridgeVlanRequest.deleteFromBridge(bridge, new BridgeVlan(10, false, false)));
    assertThat(byBridge("br0")).containsExactly(BridgeVlan.access(1));
  }

  @Test
  void vlansOfOnePortAreNotThoseOfAnother() {
    int port = port();
    int other = node.veth("w0", "w1");
    kernel.execute(LinkRequest.set(other).master(node.link("br0").index()));
    kernel.execute(BridgeVlanRequest.add(other, BridgeVlan.access(10)));
    assertThat(kernel.bridgeVlans(port)).containsExactly(BridgeVlan.access(1));
    assertThat(kernel.bridgeVlans(other)).isEqualTo(byBridge("w0"));
  }

  @Test
  void aLinkThatIsNoPortIsAnError() {
    port();
    int free = node.link("v1").index();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(BridgeVlanRequest.add(free, BridgeVlan.access(10))))
        .withMessageContaining("add vlan 10 of port " + free);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.bridgeVlans(free))
        .withMessageContaining("list VLANs of port " + free);
  }
}
