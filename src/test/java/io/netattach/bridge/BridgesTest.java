package io.netattach.bridge;

import static io.netattach.bridge.Site.bridge;
import static io.netattach.bridge.Site.name;
import static io.netattach.bridge.Site.underlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netattach.NoLeftovers;
import io.netattach.attach.Owner;
import io.netattach.attach.VlanRanges;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Declared bridges are made, kept, and removed; what others made is left. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class BridgesTest {
  private static final DeclaredBridge PORT =
      bridge("br-blue", false, new Uplink.Existing(name("eth1"), null));
  private static final DeclaredBridge TRUNK =
      bridge("br-blue", true, new Uplink.Existing(name("eth1"), VlanRanges.of("10,20-22")));
  private static final DeclaredBridge VLAN =
      bridge("br-blue", false, new Uplink.Vlan(name("eth0"), 42, null));
  private static final DeclaredBridge VXLAN = bridge("br-blue", false, Uplink.Vxlan.of(42));
  private static final Underlay UNDERLAY = underlay("192.0.2.1", "192.0.2.2", "192.0.2.3");

  private final Site node = new Site();

  BridgesTest() {
    node.ip.shell(
        """
        ip link add eth0 address 02:00:00:00:00:e0 type veth peer name far0
        ip link set eth0 mtu 9000 up
        ip address add 192.0.2.1/24 dev eth0
        ip link add eth1 address 02:00:00:00:00:e1 type veth peer name far1
        ip link set far1 up
        """);
  }

  @AfterEach
  void away() {
    for (NetnsName name : NetnsDirectory.system().files()) {
      NetnsDirectory.system().delete(name);
    }
    node.close();
  }

  static Stream<DeclaredBridge> kinds() {
    return Stream.of(bridge("br-blue", false, null), PORT, TRUNK, VLAN, VXLAN);
  }

  private static void needsKernelFor(DeclaredBridge desired) {
    if (desired.vlanFiltering()) {
      Site.needsVlanFiltering();
    }
    if (desired.uplink() instanceof Uplink.Vlan) {
      Site.needsVlanLinks();
    }
  }

  private String links() {
    return node.ip.ip("link show");
  }

  private String told(DeclaredBridge desired) {
    try (Bridges bridges = node.bridges(UNDERLAY)) {
      String message =
          assertThatExceptionOfType(BridgeException.class)
              .isThrownBy(() -> bridges.apply(desired))
              .actual()
              .getMessage();
      return Objects.requireNonNull(message);
    }
  }

  private void removeAllBut(String... names) {
    try (Bridges bridges = node.bridges(UNDERLAY)) {
      assertThat(bridges.removeOthers(Set.copyOf(Stream.of(names).map(Site::name).toList())))
          .isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatIsDoneIsNotDoneAgain(DeclaredBridge desired) {
    needsKernelFor(desired);
    assertThat(node.declare(desired, UNDERLAY)).isNotEmpty();

    assertThat(node.declare(desired, UNDERLAY)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void oneThatIsKilledAtAnyStepIsFinishedByTheNext(DeclaredBridge desired) {
    needsKernelFor(desired);
    for (int kill = 1; ; kill++) {
      try (Bridges killed = node.bridges(UNDERLAY)) {
        boolean more = true;
        for (int step = 0; step < kill && more; step++) {
          more = killed.isBegun(desired);
        }
        if (!more) {
          assertThat(kill).as("steps").isGreaterThan(1);
          return;
        }
      }
      node.declare(desired, UNDERLAY);
      assertThat(node.declare(desired, UNDERLAY)).isEmpty();
      assertThat(node.ip.link("br-blue").path("operstate").asText()).isNotEqualTo("NOTPRESENT");
      removeAllBut();
      assertThat(links()).doesNotContain("br-blue", "netattach");
    }
  }

  @Test
  void theTrunkCarriesItsVlansAndNoOther() {
    Site.needsVlanFiltering();
    node.declare(TRUNK);

    assertThat(node.ip.bridge("vlan show dev eth1").replaceAll("\\s+", " "))
        .isEqualTo("port vlan-id eth1 10 20 21 22 ");
    assertThat(node.ip.link("eth1").path("master").asText()).isEqualTo("br-blue");
    assertThat(node.ip.link("eth1").path("flags").toString()).contains("\"UP\"");
  }

  @Test
  void oneTakesTheMtuOfItsUplink() {
    node.declare(PORT);
    assertThat(node.ip.link("br-blue").path("mtu").asInt()).isEqualTo(1500);

    node.declare(VXLAN, UNDERLAY);
    assertThat(node.ip.link("br-blue").path("mtu").asInt()).isEqualTo(8950);
    assertThat(node.ip.link("eth1").has("master")).as("its former uplink").isFalse();

    node.declare(new DeclaredBridge(name("br-blue"), false, 1400, VXLAN.uplink()), UNDERLAY);
    assertThat(node.ip.link("br-blue").path("mtu").asInt()).isEqualTo(1400);
    assertThat(node.ip.link("vxlan42").path("mtu").asInt()).isEqualTo(1400);
  }

  @ParameterizedTest
  @CsvSource({
    "link set br-blue down",
    "link set br-blue mtu 1300",
    "link set vxlan42 down",
    "link set vxlan42 nomaster",
    "link delete vxlan42",
    "link delete br-blue"
  })
  void whatIsChangedIsPutRight(String change) {
    node.declare(VXLAN, UNDERLAY);
    String before = node.ip.bridge("fdb show dev vxlan42");
    node.ip.ip(change);

    assertThat(node.declare(VXLAN, UNDERLAY)).isNotEmpty();

    assertThat(node.declare(VXLAN, UNDERLAY)).isEmpty();
    assertThat(node.ip.bridge("fdb show dev vxlan42").lines().filter(l -> l.contains("dst")))
        .containsExactlyInAnyOrderElementsOf(
            before.lines().filter(line -> line.contains("dst")).toList());
    assertThat(node.ip.link("vxlan42").path("master").asText()).isEqualTo("br-blue");
  }

  @Test
  void theTunnelGoesToItsPeersAndStaysWithThoseThatWereThereAMomentAgo() {
    node.declare(VXLAN, UNDERLAY);
    Underlay fewer = underlay("192.0.2.1", "192.0.2.1", "192.0.2.4", "fd00::4");

    assertThat(node.declare(VXLAN, fewer)).containsExactly("add peer 192.0.2.4 of vxlan42");

    List<IpAddress> fixed = List.of(IpAddress.of("192.0.2.4"));
    node.declare(
        bridge("br-blue", false, new Uplink.Vxlan(42, 4789, null, null, fixed, null)), fewer);
    assertThat(node.ip.bridge("fdb show dev vxlan42"))
        .contains("dst 192.0.2.4")
        .doesNotContain("dst 192.0.2.2", "dst 192.0.2.3");
  }

  @Test
  void oneThatIsNotDeclaredAnyMoreGoesAndLetsTheNodesLinkGo() {
    node.declare(PORT);
    node.declare(bridge("br-red", false, Uplink.Vxlan.of(43)), UNDERLAY);

    removeAllBut("br-red");
    assertThat(node.ip.hasLink("br-blue")).isFalse();
    assertThat(node.ip.link("eth1").has("master")).isFalse();
    assertThat(node.ip.ip("link show dev eth1")).doesNotContain("altname");
    assertThat(node.ip.hasLink("vxlan43")).isTrue();

    removeAllBut();
    assertThat(links()).doesNotContain("br-red", "vxlan43");
  }

  /** Else the link would pass for the uplink of two, and never leave the second. */
  @Test
  void whereSomebodyDeletesABridgeTheNodesLinkKeepsNoNameOfIt() {
    node.declare(PORT);
    node.ip.ip("link delete br-blue");

    removeAllBut();
    assertThat(node.ip.ip("link show dev eth1")).doesNotContain("altname");

    node.declare(PORT);
    node.ip.ip("link delete br-blue");
    node.declare(VXLAN, UNDERLAY);
    assertThat(node.ip.ip("link show dev eth1")).doesNotContain("altname");
    assertThat(node.ip.link("eth1").has("master")).isFalse();
  }

  @Test
  void aLinkThatWasTheUplinkOfAnotherLeavesItsBridge() {
    node.declare(PORT);
    node.ip.ip("link delete br-blue");
    Uplink eth1 = new Uplink.Existing(name("eth1"), null);
    node.declare(bridge("br-red", false, eth1));
    assertThat(node.ip.link("eth1").path("master").asText()).isEqualTo("br-red");

    node.declare(bridge("br-red", false, Uplink.Vxlan.of(43)), UNDERLAY);

    assertThat(node.ip.link("eth1").has("master")).isFalse();
    assertThat(node.ip.ip("link show dev eth1")).doesNotContain("uplink.br-red");
  }

  @Test
  void oneThatIsInUseStays() {
    node.declare(PORT);
    node.attach("a", "br-blue", 0, "10.20.0.1/24");

    try (Bridges bridges = node.bridges(UNDERLAY)) {
      assertThat(bridges.removeOthers(Set.of()))
          .hasEntrySatisfying(
              "br-blue", why -> assertThat(why).startsWith("is declared no more, and stays"));
    }
    assertThat(node.ip.link("eth1").path("master").asText()).isEqualTo("br-blue");
  }

  @Test
  void whatIsAnotherOwnersStays() {
    node.declare(VXLAN, UNDERLAY);
    String before = links();
    try (Bridges others = new Bridges(node.netns, new Owner("file:/etc/other"), UNDERLAY)) {
      assertThat(others.removeOthers(Set.of())).isEmpty();
      assertThat(others.apply(VXLAN)).isEmpty();
    }
    assertThat(links()).isEqualTo(before);
  }

  @Test
  void aBridgeOfOthersIsUsedAsItIsOrToldAndNeverChanged() {
    node.ip.ip("link add br-blue type bridge");
    assertThat(told(bridge("br-blue", false, null)))
        .contains("not ours, and it is down; set it up");
    node.ip.ip("link set br-blue up");
    String before = links();

    assertThat(node.declare(bridge("br-blue", false, null))).isEmpty();
    assertThat(told(bridge("br-blue", true, null)))
        .contains(
            "there is a link br-blue that is not ours, and it does not filter VLANs; declare");
    assertThat(told(new DeclaredBridge(name("br-blue"), false, 1400, null)))
        .contains("has the MTU 1500");
    assertThat(told(PORT)).contains("has no port that is the declared uplink");
    removeAllBut();
    assertThat(links()).isEqualTo(before);

    node.ip.ip("link set eth1 master br-blue");
    assertThat(node.declare(PORT)).isEmpty();
  }

  @Test
  void whatCannotBeMarkedIsNotLeft() {
    DeclaredBridge blue = bridge("br-blue", false, null);
    node.declare(blue);
    node.ip.ip("link set br-blue down");
    node.ip.ip("link set br-blue name br-moved");

    for (int i = 0; i < 2; i++) {
      assertThat(told(blue)).contains("add bridge br-blue");
      assertThat(node.ip.hasLink("br-blue")).isFalse();
    }

    node.ip.ip("link set br-moved name br-blue");
    node.declare(blue);
    assertThat(node.ip.link("br-blue").path("flags").toString()).contains("UP");
  }

  @Test
  void aLinkThatIsNotToBeTakenIsTold() {
    node.ip.ip("link add vxlan42 type bridge");
    assertThat(told(bridge("br-blue", false, new Uplink.Existing(name("eth0"), null))))
        .contains("eth0 has the address 192.0.2.1/24 of the node, which would be cut off");
    assertThat(told(bridge("br-blue", false, new Uplink.Existing(name("eth9"), null))))
        .contains("eth9 does not exist on this node");
    assertThat(told(bridge("br-blue", false, new Uplink.Vlan(name("eth9"), 1, null))))
        .contains("eth9 does not exist on this node");
    assertThat(told(VXLAN)).contains("there is a link vxlan42 that is not ours");
    assertThat(told(new DeclaredBridge(name("br-blue"), false, 9001, VLAN.uplink())))
        .contains("the uplink carries 9000 bytes, not 9001");
    node.ip.shell("ip link add br-red type bridge; ip link set eth1 master br-red");
    assertThat(told(PORT)).contains("eth1 is a port of another link");
    assertThat(node.ip.hasLink("br-blue")).isFalse();
  }

  @Test
  void aLinkOfADefaultRouteIsNotTaken() {
    node.ip.shell("ip link set eth1 up; ip route add default dev eth1");

    assertThat(told(PORT)).contains("eth1 has a default route of the node");
  }

  @Test
  void aTunnelNeedsToKnowWhereItBegins() {
    try (Bridges bridges = node.bridges(Underlay.alone(""))) {
      assertThatExceptionOfType(BridgeException.class)
          .isThrownBy(() -> bridges.apply(VXLAN))
          .withMessageContaining("give it by --underlay");
    }
  }

  @Test
  void theNodeBelievesNoRouterThatIsHeardOnABridge() {
    node.declare(VXLAN, UNDERLAY);

    for (String link : List.of("br-blue", "vxlan42")) {
      assertThat(node.ip.command("cat /proc/sys/net/ipv6/conf/" + link + "/disable_ipv6").strip())
          .as(link)
          .isEqualTo("1");
    }
  }
}
