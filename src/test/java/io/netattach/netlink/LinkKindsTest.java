package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import io.netattach.netlink.LinkKind.Bridge;
import io.netattach.netlink.LinkKind.Dummy;
import io.netattach.netlink.LinkKind.Ipvlan;
import io.netattach.netlink.LinkKind.Macvlan;
import io.netattach.netlink.LinkKind.Tun;
import io.netattach.netlink.LinkKind.Vlan;
import io.netattach.netlink.LinkKind.Vxlan;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Kinds of links: what is made here {@code ip -d link} shows, what {@code ip} makes is read. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class LinkKindsTest {
  private static final InterfaceName X = new InterfaceName("x0");
  private static final IpAddress HERE = IpAddress.of("192.0.2.1");
  private static final IpAddress THERE = IpAddress.of("192.0.2.2");

  private Node node;
  private Rtnetlink kernel;
  private Ip ip;
  private int lower;

  @BeforeEach
  void makeANode() {
    node = new Node();
    kernel = node.kernel;
    ip = node.ip;
    lower = node.veth("v0", "v1");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  /** Makes x0, where the kernel has its kind; then says how {@code ip} sees its settings. */
  private JsonNode made(LinkKind kind) {
    LinkRequest add = LinkRequest.add(kind, X);
    NetlinkException refused = kernel.executeAll(List.of(add)).getFirst();
    if (refused != null) {
      assumeTrue(!refused.is(Errno.EOPNOTSUPP), "this kernel has no " + kind.name() + ": " + add);
      throw refused;
    }
    assertThat(node.link("x0").kind()).isEqualTo(kind.name());
    return seen();
  }

  private JsonNode seen() {
    JsonNode link = ip.link("x0");
    assertThat(link.at("/linkinfo/info_kind").asText()).isEqualTo(node.link("x0").kind());
    return link.at("/linkinfo/info_data");
  }

  private JsonNode changed(LinkKind kind) {
    kernel.execute(LinkRequest.change(node.link("x0"), kind));
    assertThat(node.link("x0").info()).isEqualTo(kind);
    return seen();
  }

  /** Whether {@code ip} could make it; for kinds that not every kernel has. */
  private LinkKind madeByIp(String kind, String arguments) {
    try {
      ip.ip("link add " + arguments);
    } catch (AssertionError e) {
      assumeTrue(!String.valueOf(e.getMessage()).contains("Unknown device type"), "no " + kind);
      throw e;
    }
    assertThat(node.link("x0").kind()).isEqualTo(kind);
    return node.link("x0").info();
  }

  private Bridge bridge() {
    return Optional.ofNullable(node.link("x0").bridge()).orElseThrow();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  @Test
  void aBridgeIsMadeWithItsSettings() {
    Bridge bridge = Bridge.DEFAULT.withStp(true).withAgeingTime(Duration.ofSeconds(17));
    MacAddress mac = MacAddress.of("02:00:5e:00:00:0b");
    kernel.execute(LinkRequest.add(bridge, X).mac(mac).mtu(1400).group(5).up());
    JsonNode data = seen();
    assertThat(data.path("stp_state").asInt()).isEqualTo(1);
    assertThat(data.path("ageing_time").asInt()).isEqualTo(1700);
    assertThat(data.path("vlan_filtering").asInt()).isZero();
    Link link = node.link("x0");
    assertThat(bridge().stp()).isTrue();
    assertThat(bridge().ageingTime()).isEqualTo(Duration.ofSeconds(17));
    assertThat(link.mac()).isEqualTo(mac);
    assertThat(link.up()).isTrue();
    assertThat(ip.link("x0").path("address").asText()).isEqualTo(mac.toString());
    assertThat(ip.link("x0").path("mtu").asInt()).isEqualTo(1400);
    assertThat(ip.link("x0").path("group").asText()).isEqualTo("5");
    assertThat(ip.link("x0").path("flags").toString()).contains("UP");
  }

  @Test
  void aBridgeOfIpIsRead() {
    ip.ip("link add x0 type bridge stp_state 1 ageing_time 4200");
    Bridge bridge = bridge();
    assertThat(bridge.stp()).isTrue();
    assertThat(bridge.ageingTime()).isEqualTo(Duration.ofSeconds(42));
    assertThat(bridge.vlanFiltering()).isFalse();
    ip.ip("link set x0 type bridge stp_state 0 ageing_time 0");
    assertThat(node.link("x0").info())
        .isEqualTo(bridge.withStp(false).withAgeingTime(Duration.ZERO));
  }

  @Test
  void aBridgeIsChanged() {
    kernel.execute(LinkRequest.add(Bridge.DEFAULT, X));
    Bridge bridge = bridge();
    assertThat(changed(bridge.withStp(true)).path("stp_state").asInt()).isEqualTo(1);
    assertThat(changed(bridge.withAgeingTime(Duration.ofSeconds(600))).path("ageing_time").asInt())
        .isEqualTo(60_000);
    assertThat(seen().path("stp_state").asInt()).isZero();
    changed(bridge);
    assertThat(seen().path("ageing_time").asInt()).isEqualTo(30_000);
  }

  @Test
  void aBridgeBeginsToFilterVlans() {
    kernel.execute(LinkRequest.add(Bridge.DEFAULT, X));
    assumeTrue(bridge().defaultPvid() == 1, "this kernel's bridges do not filter VLANs");
    JsonNode data = changed(Bridge.filtering(10));
    assertThat(data.path("vlan_filtering").asInt()).isEqualTo(1);
    assertThat(data.path("vlan_default_pvid").asInt()).isEqualTo(10);
    assertThat(changed(Bridge.DEFAULT).path("vlan_filtering").asInt()).isZero();
  }

  @Test
  void aDummyIsMade() {
    made(new Dummy());
    assertThat(node.link("x0").info()).isEqualTo(new Dummy());
    kernel.execute(LinkRequest.delete(node.link("x0").index()));
    assertThat(madeByIp("dummy", "x0 type dummy")).isEqualTo(new Dummy());
  }

  @ParameterizedTest
  @EnumSource(Macvlan.Mode.class)
  void aMacvlanIsMadeAndReadInEachMode(Macvlan.Mode mode) {
    Macvlan macvlan = new Macvlan(lower, mode);
    JsonNode data = made(macvlan);
    assertThat(data.path("mode").asText()).isEqualTo(word(mode));
    assertThat(ip.link("x0").path("link").asText()).isEqualTo("v0");
    assertThat(node.link("x0").info()).isEqualTo(macvlan);
    kernel.execute(LinkRequest.delete(node.link("x0").index()));
    assertThat(madeByIp("macvlan", "x0 link v0 type macvlan mode " + word(mode)))
        .isEqualTo(macvlan);
  }

  @Test
  void aMacvlanChangesItsModeAndNotItsLink() {
    made(new Macvlan(lower, Macvlan.Mode.BRIDGE));
    assertThat(changed(new Macvlan(lower, Macvlan.Mode.PRIVATE)).path("mode").asText())
        .isEqualTo("private");
    Link link = node.link("x0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.change(link, new Macvlan(lower + 1, Macvlan.Mode.PRIVATE)))
        .withMessageContaining("the lower link of a link is fixed at " + lower)
        .withMessageContaining("delete it and add one");
  }

  @Test
  void aMacvlanIsMadeInAnotherNamespace() {
    try (Netns other = Netns.create();
        Rtnetlink there = Rtnetlink.open(other)) {
      Macvlan macvlan = new Macvlan(lower, Macvlan.Mode.BRIDGE);
      LinkRequest add = LinkRequest.add(macvlan, X).netns(other);
      assertThat(add).hasToString("add macvlan x0 link " + lower + " mode bridge netns " + other);
      kernel.execute(add);
      assertThat(ip.hasLink("x0")).isFalse();
      Link link = there.link(X).orElseThrow();
      assertThat(link.info()).isEqualTo(macvlan);
      assertThat(link.peer()).isEqualTo(lower);
      assertThat(link.peerNsid()).as("the namespace of the link below").isNotNegative();
    }
  }

  @ParameterizedTest
  @CsvSource({"L2, BRIDGE", "L2, PRIVATE", "L2, VEPA", "L3, BRIDGE", "L3, VEPA", "L3S, PRIVATE"})
  void anIpvlanIsMadeAndReadInEachMode(Ipvlan.Mode mode, Ipvlan.Reach reach) {
    Ipvlan ipvlan = new Ipvlan(lower, mode, reach);
    JsonNode data = made(ipvlan);
    assertThat(data.path("mode").asText()).isEqualTo(word(mode));
    assertThat(data.path("mode_flag").asText()).isEqualTo(word(reach));
    assertThat(node.link("x0").info()).isEqualTo(ipvlan);
    kernel.execute(LinkRequest.delete(node.link("x0").index()));
    String arguments = "x0 link v0 type ipvlan mode " + word(mode) + " " + word(reach);
    assertThat(madeByIp("ipvlan", arguments)).isEqualTo(ipvlan);
    changed(new Ipvlan(lower, Ipvlan.Mode.L2, Ipvlan.Reach.BRIDGE));
  }

  @ParameterizedTest
  @CsvSource({"1, IEEE_802_1Q", "4094, IEEE_802_1Q", "0, IEEE_802_1Q", "7, IEEE_802_1AD"})
  void aVlanIsMadeAndRead(int id, Vlan.Protocol protocol) {
    Vlan vlan = new Vlan(lower, id, protocol);
    JsonNode data = made(vlan);
    assertThat(data.path("id").asInt(-1)).isEqualTo(id);
    assertThat(data.path("protocol").asText()).isEqualTo(protocol.word);
    assertThat(ip.link("x0").path("link").asText()).isEqualTo("v0");
    assertThat(node.link("x0").info()).isEqualTo(vlan);
    kernel.execute(LinkRequest.delete(node.link("x0").index()));
    assertThat(madeByIp("vlan", "x0 link v0 type vlan protocol " + protocol.word + " id " + id))
        .isEqualTo(vlan);
  }

  @Test
  void aVxlanBetweenTwoHostsIsMade() {
    Vxlan vxlan = Vxlan.between(0xffffff, HERE, THERE);
    JsonNode data = made(vxlan);
    assertThat(data.path("id").asInt()).isEqualTo(0xffffff);
    assertThat(data.path("local").asText()).isEqualTo("192.0.2.1");
    assertThat(data.path("remote").asText()).isEqualTo("192.0.2.2");
    assertThat(data.path("port").asInt()).isEqualTo(4789);
    assertThat(data.path("learning").asBoolean()).isTrue();
    assertThat(data.has("link")).isFalse();
    assertThat(node.link("x0").info()).isEqualTo(vxlan);
  }

  @Test
  void aVxlanWithAGroupIsMade() {
    Vxlan vxlan = new Vxlan(7, null, IpAddress.of("239.1.2.3"), 8472, lower, false);
    JsonNode data = made(vxlan);
    assertThat(data.path("group").asText()).isEqualTo("239.1.2.3");
    assertThat(data.path("link").asText()).isEqualTo("v0");
    assertThat(data.path("port").asInt()).isEqualTo(8472);
    assertThat(data.path("learning").asBoolean()).isFalse();
    assertThat(node.link("x0").info()).isEqualTo(vxlan);
  }

  @Test
  void aVxlanOverIpv6IsMade() {
    Vxlan vxlan = Vxlan.between(7, IpAddress.of("2001:db8::1"), IpAddress.of("2001:db8::2"));
    JsonNode data = made(vxlan);
    assertThat(data.path("local6").asText()).isEqualTo("2001:db8::1");
    assertThat(data.path("remote6").asText()).isEqualTo("2001:db8::2");
    assertThat(node.link("x0").info()).isEqualTo(vxlan);
  }

  @Test
  void vxlansOfIpAreRead() {
    assertThat(madeByIp("vxlan", "x0 type vxlan id 0 dstport 65535"))
        .isEqualTo(new Vxlan(0, null, null, 65535, 0, true));
    ip.ip("link del x0");
    assertThat(
            madeByIp(
                "vxlan",
                "x0 type vxlan id 9 group ff05::100 local 2001:db8::1 dev v0 dstport 4789"
                    + " nolearning"))
        .isEqualTo(
            new Vxlan(
                9,
                IpAddress.of("2001:db8::1"),
                IpAddress.of("ff05::100"),
                Vxlan.PORT,
                lower,
                false));
    ip.ip("link del x0");
    assertThat(madeByIp("vxlan", "x0 type vxlan external dstport 4789"))
        .as("ip switches learning off where another program decides")
        .isEqualTo(new Vxlan(0, null, null, Vxlan.PORT, 0, false));
  }

  @Test
  void aVxlanIsChanged() {
    made(Vxlan.between(7, HERE, THERE));
    Vxlan other = new Vxlan(7, THERE, HERE, Vxlan.PORT, lower, false);
    JsonNode data = changed(other);
    assertThat(data.path("local").asText()).isEqualTo("192.0.2.2");
    assertThat(data.path("remote").asText()).isEqualTo("192.0.2.1");
    assertThat(data.path("link").asText()).isEqualTo("v0");
    assertThat(data.path("learning").asBoolean()).isFalse();
    data = changed(new Vxlan(7, THERE, null, Vxlan.PORT, lower, true));
    assertThat(data.has("remote")).isFalse();
    assertThat(data.path("learning").asBoolean()).isTrue();
  }

  @Test
  void whatIsFixedForAVxlansLifeIsToldBefore() {
    made(Vxlan.between(7, HERE, THERE));
    Link link = node.link("x0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.change(link, Vxlan.between(8, HERE, THERE)))
        .withMessage("the id of a link is fixed at 7; delete it and add one with 8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.change(link, new Vxlan(7, HERE, THERE, 8472, 0, true)))
        .withMessageContaining("the port of a link is fixed at 4789");
  }

  @Test
  void tunAndTapAreReadOnly() {
    ip.ip("tuntap add dev x0 mode tun user 1234 group 4321");
    ip.ip("tuntap add dev x1 mode tap multi_queue");
    assertThat(node.link("x0").info()).isEqualTo(new Tun(false, 1234, 4321, true, false));
    assertThat(node.link("x1").info()).isEqualTo(new Tun(true, -1, -1, true, true));
    assertThat(node.link("x0").mac()).as("a link without Ethernet").isNull();
    LinkKind tun = node.link("x0").info();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.add(tun, X))
        .withMessageContaining("/dev/net/tun");
  }

  @Test
  void aKindWithoutARecordIsReadByItsNameAndBytes() {
    ip.ip("link add x0 link v0 type macvtap mode bridge");
    LinkKind.Other other = (LinkKind.Other) node.link("x0").info();
    assertThat(other.name()).isEqualTo("macvtap");
    assertThat(other.data()).isNotEmpty();
    assertThat(node.link("v0").info()).isEqualTo(new LinkKind.Other("veth"));
    assertThat(node.link("lo").info()).isEqualTo(new LinkKind.Other(""));
  }

  @Test
  void aKindWithoutARecordIsMadeFromItsBytes() {
    kernel.execute(LinkRequest.add(Vxlan.between(7, HERE, THERE), X));
    // struct nlattr: IFLA_VXLAN_ID and IFLA_VXLAN_PORT, as another program would write them.
    byte[] data = {8, 0, 1, 0, 9, 0, 0, 0, 6, 0, 15, 0, 0x12, (byte) 0xb5};
    kernel.execute(
        LinkRequest.add(new LinkKind.Other("vxlan", data), new InterfaceName("x1")).mtu(1300));
    assertThat(node.link("x1").info()).isEqualTo(new Vxlan(9, null, null, Vxlan.PORT, 0, true));
    assertThat(ip.link("x1").path("mtu").asInt()).isEqualTo(1300);
    assertThat(ip.link("x1").at("/linkinfo/info_data/id").asInt()).isEqualTo(9);
  }

  @Test
  void aKindThatTheKernelLacksIsRefusedByIt() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(LinkRequest.add(new LinkKind.Other("nosuch"), X)))
        .withMessageContaining("add nosuch x0: EOPNOTSUPP")
        .withMessageContaining("Unknown device type");
  }

  @Test
  void aLinkKeepsItsKind() {
    Link veth = node.link("v0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.change(veth, Bridge.DEFAULT))
        .withMessageContaining("a link of kind \"veth\" cannot become Bridge")
        .withMessageContaining("add another");
  }
}
