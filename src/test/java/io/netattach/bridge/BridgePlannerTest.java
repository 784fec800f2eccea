package io.netattach.bridge;

import static io.netattach.bridge.Site.OWNER;
import static io.netattach.bridge.Site.bridge;
import static io.netattach.bridge.Site.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netattach.attach.VlanRanges;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkKind;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is decided, without a kernel: also what few kernels of test machines can do. */
class BridgePlannerTest {
  private static final int UP = 1;
  private static final DeclaredBridge TRUNK =
      bridge("br-blue", true, new Uplink.Existing(name("eth1"), VlanRanges.of("10,20-21")));
  private static final DeclaredBridge VLAN =
      bridge("br-blue", true, new Uplink.Vlan(name("eth0"), 42, null));

  private static Link link(
      int index, String name, LinkKind kind, int mtu, int master, @Nullable BridgeMark mark) {
    return new Link(
        index,
        name,
        mark == null ? List.of() : List.of(mark.altname()),
        mark == null || kind.name().isEmpty() ? "" : mark.alias(),
        kind,
        null,
        mtu,
        UP,
        Link.OperState.UP,
        master,
        0,
        -1,
        0,
        true,
        0,
        null,
        Link.Limits.NONE,
        null);
  }

  private static Link ours(boolean filtering) {
    return link(
        10,
        "br-blue",
        filtering ? LinkKind.Bridge.filtering(1) : LinkKind.Bridge.DEFAULT,
        1500,
        0,
        new BridgeMark(OWNER, BridgeMark.Role.BRIDGE, "br-blue"));
  }

  private static BridgeMark uplink() {
    return new BridgeMark(OWNER, BridgeMark.Role.UPLINK, "br-blue");
  }

  private static Link eth(int index, String name, int master, @Nullable BridgeMark mark) {
    return link(index, name, new LinkKind.Other(""), 1500, master, mark);
  }

  private static ObservedBridge observed(
      @Nullable Link bridge, @Nullable Link uplink, @Nullable Link lower, BridgeVlan... vlans) {
    return new ObservedBridge(
        bridge, uplink, lower, null, List.of(), List.of(), List.of(vlans), Set.of(), null, "");
  }

  private static List<String> plan(DeclaredBridge desired, ObservedBridge observed) {
    return new BridgePlanner(OWNER).plan(desired, observed).stream().map(Object::toString).toList();
  }

  @Test
  void aTrunkCarriesWhatIsDeclaredAndNothingElse() {
    Link port = eth(3, "eth1", 10, uplink());

    assertThat(
            plan(TRUNK, observed(ours(true), port, null, BridgeVlan.access(1), vlan(10), vlan(30))))
        .containsExactly(
            "add vlan 20 of eth1",
            "add vlan 21 of eth1",
            "remove vlan 1 of eth1",
            "remove vlan 30 of eth1");
    assertThat(plan(TRUNK, observed(ours(true), port, null, vlan(10), vlan(20), vlan(21))))
        .isEmpty();
  }

  private static BridgeVlan vlan(int id) {
    return new BridgeVlan(id, false, false);
  }

  @Test
  void aVlanThatIsCarriedWithoutItsTagGetsIt() {
    Link port = eth(3, "eth1", 10, uplink());

    assertThat(
            plan(
                TRUNK, observed(ours(true), port, null, BridgeVlan.access(10), vlan(20), vlan(21))))
        .containsExactly("add vlan 10 of eth1");
  }

  @Test
  void anUplinkWithoutVlansIsInTheDefaultOne() {
    DeclaredBridge plain = bridge("br-blue", true, new Uplink.Existing(name("eth1"), null));
    Link port = eth(3, "eth1", 10, uplink());

    assertThat(plan(plain, observed(ours(true), port, null, BridgeVlan.access(1)))).isEmpty();
    assertThat(plan(plain, observed(ours(true), port, null, vlan(10))))
        .containsExactly("add vlan 1 of eth1", "remove vlan 10 of eth1");
  }

  @Test
  void filteringIsSwitchedAsDeclared() {
    assertThat(plan(bridge("br-blue", true, null), observed(ours(false), null, null)))
        .containsExactly("set vlan filtering on of br-blue");
    assertThat(plan(bridge("br-blue", false, null), observed(ours(true), null, null)))
        .containsExactly("set vlan filtering off of br-blue");
  }

  @Test
  void oneVlanOfALinkIsMadeAndJoined() {
    Link lower = eth(2, "eth0", 0, null);
    assertThat(plan(VLAN, observed(null, null, lower)))
        .containsExactly("add bridge br-blue", "add vlan eth0.42");

    Link made = link(4, "eth0.42", new LinkKind.Vlan(2, 42), 1500, 0, uplink());
    assertThat(plan(VLAN, observed(ours(true), made, lower)))
        .containsExactly("make eth0.42 a port of br-blue");
  }

  @Test
  void oneThatIsOfAnotherVlanIsMadeAnew() {
    Link lower = eth(2, "eth0", 0, null);
    Link other = link(4, "eth0.42", new LinkKind.Vlan(2, 43), 1500, 10, uplink());

    assertThat(plan(VLAN, observed(ours(true), other, lower))).containsExactly("delete eth0.42");
  }

  @Test
  void aTagInATunnelTakesItsRoom() {
    DeclaredBridge tunnel =
        bridge("br-blue", true, new Uplink.Vxlan(42, 4789, null, null, null, VlanRanges.of("10")));
    ObservedBridge observed =
        new ObservedBridge(
            ours(true),
            null,
            eth(2, "eth0", 0, null),
            IpAddress.of("192.0.2.1"),
            List.of(),
            List.of(),
            List.of(),
            Set.of(),
            null,
            "");

    assertThat(plan(tunnel, observed))
        .containsExactly("add vxlan vxlan42", "set mtu 1446 of br-blue");
  }

  @Test
  void aLinkOfOthersIsNotMadeAnew() {
    Link others = link(4, "eth0.42", new LinkKind.Vlan(2, 42), 1500, 0, null);

    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(() -> plan(VLAN, observed(null, others, eth(2, "eth0", 0, null))))
        .withMessageContaining("there is a link eth0.42 that is not ours");
  }

  @Test
  void aLongNameOfALinkIsCut() {
    assertThat(new Uplink.Vlan(name("enp129s0f1np1"), 4094, null).linkName().value())
        .isEqualTo("enp129s0f1.4094");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bridge("br-blue", false, TRUNK.uplink()))
        .withMessageContaining("write vlanFiltering: true, or leave the VLANs out");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DeclaredBridge(name("br-blue"), false, 576, null))
        .withMessageContaining("mtu: 576 is not within 1280 to 65535");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bridge("br-blue", false, new Uplink.Existing(name("br-blue"), null)))
        .withMessageContaining("no uplink of itself");
  }
}
