package io.netattach.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodePolicyTest {
  private static final NodePolicy DEFAULTS = NodePolicy.defaults();
  private static final InterfaceName BR0 = new InterfaceName("br0");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cali123", "cilium_host", "lxc12", "cni0", "docker0", "flannel.1", "kube-ipvs0", "weave",
        "eni3", "azv1", "ovs-system", "ovn-k8s", "podman0", "tunl0", "antrea-gw0", "nodelocaldns",
        "genev_sys_6081", "vxlan_sys_4789", "vxlan.calico"
      })
  void aHostEndIsNotNamedAsAnotherPluginsInterfaces(String name) {
    assertThat(DEFAULTS.refusesName(new InterfaceName(name)))
        .hasValueSatisfying(why -> assertThat(why).contains("another network plugin"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"veth-db", "eth1", "na2", "xcali0", "kube", "br0", "vxlan0"})
  void anyOtherNameIsAllowed(String name) {
    assertThat(DEFAULTS.refusesName(new InterfaceName(name))).isEmpty();
  }

  @Test
  void noDerivedNameIsReserved() {
    for (int i = 0; i < 1000; i++) {
      assertThat(DEFAULTS.refusesName(Derived.hostInterface("uid-" + i))).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.1/8", "10.255.255.254/32", "172.16.0.1/12", "172.31.0.1/24", "192.168.1.1/24",
        "100.64.0.1/10", "100.127.0.0/16", "fc00::1/64", "fd12:3456::/32", "fe80::1/64"
      })
  void privateNetworksAreAllowed(String network) {
    assertThat(DEFAULTS.refusesNetwork(IpPrefix.of(network))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8/32",
        "10.0.0.0/7",
        "172.15.255.1/24",
        "172.32.0.1/24",
        "172.16.0.0/11",
        "192.167.0.1/24",
        "100.63.0.1/16",
        "100.128.0.1/16",
        "0.0.0.0/1",
        "2001:db8::1/64",
        "2000::/3",
        "::/1",
        "fb00::/8",
        "fc00::/6",
        "64:ff9b::/96"
      })
  void whatIsNotWithinAPrivateNetworkIsRefusedWithTheSettingThatAllowsIt(String network) {
    IpPrefix prefix = IpPrefix.of(network);
    assertThat(DEFAULTS.refusesNetwork(prefix))
        .hasValue(
            network
                + " is not in a private network; allow it with --allow-host-network "
                + prefix.network());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254/32",
        "169.254.0.0/16",
        "169.254.1.0/24",
        "168.0.0.0/7",
        "128.0.0.0/1"
      })
  void theNetworkOfCloudMetadataIsRefused(String network) {
    assertThat(DEFAULTS.refusesNetwork(IpPrefix.of(network)))
        .hasValueSatisfying(why -> assertThat(why).contains("where clouds keep their metadata"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0/0", "::/0"})
  void aDefaultRouteIsRefusedWhateverIsAllowed(String network) {
    NodePolicy everything =
        new NodePolicy(
            null, List.of(IpPrefix.of("0.0.0.0/0"), IpPrefix.of("::/0")), List.of(), true);

    assertThat(everything.refusesNetwork(IpPrefix.of(network)))
        .hasValueSatisfying(why -> assertThat(why).contains("default route"));
  }

  @Test
  void aReservedNetworkIsRefusedInPartAndInWhole() {
    NodePolicy policy =
        new NodePolicy(null, List.of(), List.of(IpPrefix.of("10.96.0.0/12")), false);

    for (String network : List.of("10.96.0.0/12", "10.100.0.1/24", "10.0.0.0/8")) {
      assertThat(policy.refusesNetwork(IpPrefix.of(network)))
          .hasValueSatisfying(
              why -> assertThat(why).contains("overlaps 10.96.0.0/12, which is reserved"));
    }
    assertThat(policy.refusesNetwork(IpPrefix.of("10.112.0.0/16"))).isEmpty();
  }

  @Test
  void anAllowedNetworkIsAllowedWithWhatIsInIt() {
    NodePolicy policy =
        new NodePolicy(
            null,
            List.of(IpPrefix.of("203.0.113.0/24"), IpPrefix.of("10.96.0.0/16")),
            List.of(IpPrefix.of("10.96.0.0/12")),
            false);

    assertThat(policy.refusesNetwork(IpPrefix.of("203.0.113.7/28"))).isEmpty();
    assertThat(policy.refusesNetwork(IpPrefix.of("10.96.3.0/24"))).isEmpty();
    assertThat(policy.refusesNetwork(IpPrefix.of("10.97.3.0/24"))).isPresent();
    assertThat(policy.refusesNetwork(IpPrefix.of("203.0.112.0/23"))).isPresent();
    assertThat(policy.allowsOverlap(IpPrefix.of("203.0.113.0/25"))).isTrue();
    assertThat(policy.allowsOverlap(IpPrefix.of("203.0.112.0/23"))).isFalse();
  }

  @Test
  void everyBridgeIsAllowedWhereNoneIsNamed() {
    assertThat(DEFAULTS.refusesBridge(BR0, 0)).isEmpty();
    assertThat(DEFAULTS.refusesBridge(BR0, 4094)).isEmpty();
  }

  @Test
  void onlyNamedBridgesAndTheirVlansAreAllowed() {
    NodePolicy policy =
        new NodePolicy(Map.of(BR0, VlanRanges.of("10-19")), List.of(), List.of(), false);

    assertThat(policy.refusesBridge(BR0, 10)).isEmpty();
    assertThat(policy.refusesBridge(BR0, 20))
        .hasValue(
            "VLAN 20 of bridge br0 is not allowed on this node, only 10-19; allow it with"
                + " --allow-bridge br0:20");
    assertThat(policy.refusesBridge(BR0, 0))
        .hasValueSatisfying(
            why -> assertThat(why).startsWith("the default VLAN of bridge br0 is not allowed"));
    assertThat(policy.refusesBridge(new InterfaceName("br1"), 10))
        .hasValue("bridge br1 is not allowed on this node; allow it with --allow-bridge br1");
  }

  @Test
  void noBridgeIsAllowedWhereTheListIsEmpty() {
    NodePolicy policy = new NodePolicy(Map.of(), List.of(), List.of(), false);

    assertThat(policy.refusesBridge(BR0, 0)).isPresent();
  }
}
