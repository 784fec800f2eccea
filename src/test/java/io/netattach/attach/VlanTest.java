package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.NoLeftovers;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ports of bridges that filter VLANs. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class VlanTest {
  private static final Attachments PORT =
      attachment("a").hostName("veth-db").addresses("10.10.0.2/24").bridge("br0");

  private TestNode node;

  @BeforeEach
  void aNodeWithABridgeThatFilters() {
    node = new TestNode();
    try {
      node.shell(
          """
          ip link add br0 address 02:00:00:00:00:b0 type bridge vlan_filtering 1 vlan_default_pvid 1
          ip link set br0 up
          ip link add br1 address 02:00:00:00:00:b1 type bridge vlan_filtering 1 vlan_default_pvid 0
          """);
    } catch (AssertionError e) {
      node.close();
      abort("this kernel has no VLAN filtering (CONFIG_BRIDGE_VLAN_FILTERING): " + e.getMessage());
    }
  }

  @AfterEach
  void away() {
    node.close();
  }

  @Test
  void aPortIsInItsVlanAndNoOther() {
    Attachments ten = PORT.bridge("br0", 10, false, false);

    node.attach(ten);

    assertThat(vlans()).isEqualTo("10 [PVID, Egress Untagged]");
    node.isAttached(ten);
  }

  @Test
  void aPortMovesToAnotherVlanAndBackToTheDefault() {
    node.attach(PORT.bridge("br0", 10, false, false));

    node.attach(PORT.bridge("br0", 20, false, false));
    assertThat(vlans()).isEqualTo("20 [PVID, Egress Untagged]");
    node.isAttached(PORT.bridge("br0", 20, false, false));

    node.attach(PORT);
    assertThat(vlans()).isEqualTo("1 [PVID, Egress Untagged]");
    node.isAttached(PORT);
  }

  @Test
  void aBridgeWithoutADefaultVlanGivesNone() {
    node.attach(PORT.bridge("br1"));
    assertThat(vlans()).isEmpty();
    node.isAttached(PORT.bridge("br1"));

    node.attach(PORT.bridge("br1", 10, false, false));
    assertThat(vlans()).isEqualTo("10 [PVID, Egress Untagged]");

    node.attach(PORT.bridge("br0"));
    assertThat(vlans()).isEqualTo("1 [PVID, Egress Untagged]");
  }

  @Test
  void driftOfVlansIsMadeGood() {
    Attachments ten = PORT.bridge("br0", 10, false, false);
    node.attach(ten);

    node.bridgeCommand("vlan add dev veth-db vid 11-14");
    node.bridgeCommand("vlan add dev veth-db vid 1 pvid untagged");
    node.attach(ten);
    assertThat(vlans()).isEqualTo("10 [PVID, Egress Untagged]");

    node.bridgeCommand("vlan del dev veth-db vid 10");
    node.attach(ten);
    assertThat(vlans()).isEqualTo("10 [PVID, Egress Untagged]");
  }

  @Test
  void aFailedUpdateLeavesThePortInItsVlan() {
    Attachments ten = PORT.bridge("br0", 10, true, false);
    node.attach(ten);
    State before = node.state("blue");
    node.ip("-n blue route add blackhole 10.40.0.0/16");

    for (Attachments update :
        new Attachments[] {
          PORT.bridge("br0", 20, false, true), PORT.bridge("br1", 20, false, false), PORT.noBridge()
        }) {
      // Its route goes over the host end, and comes after the port.
      node.refuses(
          update.hostAddresses("10.10.0.1/24").hostRoutes(route("10.50.0.0/16", "10.10.0.255")),
          Reason.KERNEL_ERROR);

      assertThat(vlans()).isEqualTo("10 [PVID, Egress Untagged]");
      node.state("blue").without("blackhole").isSameAs(before);
    }
  }

  @Test
  void theCommandsOfAPlanDoTheSame() {
    Attachments ten = PORT.bridge("br0", 10, false, false);
    StepText text = new StepText(ten.get());
    node.shell(
        node.plan(ten).steps().stream()
            .flatMap(step -> text.commands(step).stream())
            .collect(Collectors.joining("\n")));

    assertThat(vlans()).isEqualTo("10 [PVID, Egress Untagged]");
    node.isAttached(ten);
  }

  /** Those of the host end, with their flags. */
  private String vlans() {
    StringBuilder vlans = new StringBuilder();
    for (JsonNode port : node.bridge("vlan show dev veth-db")) {
      for (JsonNode vlan : port.path("vlans")) {
        String flags = "";
        for (JsonNode flag : vlan.path("flags")) {
          flags += (flags.isEmpty() ? "" : ", ") + flag.asText();
        }
        vlans.append(vlans.isEmpty() ? "" : "; ");
        vlans.append(vlan.path("vlan").asText()).append(" [").append(flags).append("]");
      }
    }
    return vlans.toString();
  }
}
