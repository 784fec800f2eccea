package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.netattach.netlink.LinkKind.Bridge;
import io.netattach.netlink.LinkKind.Ipvlan;
import io.netattach.netlink.LinkKind.Macvlan;
import io.netattach.netlink.LinkKind.Other;
import io.netattach.netlink.LinkKind.Vlan;
import io.netattach.netlink.LinkKind.Vxlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Kinds without a kernel: what they refuse to be, and that what is written is read again. */
class LinkKindTest {
  private static final InterfaceName X = new InterfaceName("x0");
  private static final IpAddress V4 = IpAddress.of("192.0.2.1");
  private static final IpAddress V6 = IpAddress.of("2001:db8::1");

  @Test
  void aBridgeHasADefaultVlanThatExistsAndATimeThatCanBeCounted() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Bridge.filtering(4095))
        .withMessage("VLAN 4095 is not within 0 to 4094; write 0 for no default VLAN");
    for (String time : List.of("PT-1S", "PT0.001S", "PT42949672.96S")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Bridge.DEFAULT.withAgeingTime(Duration.parse(time)))
          .withMessageContaining("0 to 42949672.95 s in whole hundredths");
    }
    assertThatCode(() -> Bridge.DEFAULT.withAgeingTime(Duration.parse("PT42949672.95S")))
        .doesNotThrowAnyException();
  }

  @Test
  void whatIsOnTopOfAnotherNeedsItsIndex() {
    for (int lower : new int[] {0, -1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Macvlan(lower, Macvlan.Mode.BRIDGE))
          .withMessageContaining("write that of the link below");
      assertThatIllegalArgumentException().isThrownBy(() -> new Vlan(lower, 1));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Ipvlan(lower, Ipvlan.Mode.L2, Ipvlan.Reach.BRIDGE));
    }
  }

  @Test
  void aVlanHasANumberThatExists() {
    for (int id : new int[] {-1, 4095, 65536}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Vlan(1, id))
          .withMessage("VLAN " + id + " does not exist; write 1 to 4094");
    }
  }

  @Test
  void aVxlanIsOneThatTheKernelTakes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Vxlan.between(1 << 24, V4, V4))
        .withMessageContaining("write 0 to 16777215");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Vxlan(1, null, null, 0, 0, true))
        .withMessageContaining("4789 by the standard");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Vxlan.between(1, V4, V6))
        .withMessageContaining("of two families");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Vxlan(1, null, IpAddress.of("239.0.0.1"), Vxlan.PORT, 0, true))
        .withMessage("group 239.0.0.1 is joined on a link; write its ifindex as lower");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Vxlan(1, IpAddress.of("239.0.0.1"), null, Vxlan.PORT, 7, true))
        .withMessageContaining("no host's address");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Vxlan.between(1, V4, IpAddress.unspecified(false)))
        .withMessageContaining("write null for none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Vxlan(1, null, null, Vxlan.PORT, -1, true));
  }

  @Test
  void bytesOfAnotherKindAreAValue() {
    byte[] data = {1, 2, 3};
    Other other = new Other("ifb", data);
    data[0] = 9;
    other.data()[1] = 9;
    assertThat(other.data()).containsExactly(1, 2, 3);
    assertThat(other)
        .isEqualTo(new Other("ifb", new byte[] {1, 2, 3}))
        .hasSameHashCodeAs(new Other("ifb", new byte[] {1, 2, 3}))
        .isNotEqualTo(new Other("ifb"))
        .isNotEqualTo(new Other("nlmon", other.data()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.add(new Other("ifb", new byte[4097]), X))
        .withMessageContaining("up to 4096 bytes");
  }

  @Test
  void theLongestRequestHasRoom() {
    LinkRequest request =
        LinkRequest.add(new Other("k".repeat(55), new byte[4096]), new InterfaceName("x123456789"))
            .mac(MacAddress.of("02:00:5e:00:00:01"))
            .mtu(1)
            .master(1)
            .group(1)
            .netns(1)
            .txQueueLength(1)
            .gsoMaxSize(1)
            .gsoMaxSegs(1)
            .groMaxSize(1);
    assertThat(written(request).end()).isLessThan(Request.MAX_BYTES);
  }

  @Test
  void requestsReadAsIpWouldBeTold() {
    assertThat(LinkRequest.add(new Vlan(7, 5, Vlan.Protocol.IEEE_802_1AD), X))
        .hasToString("add vlan x0 link 7 protocol 802.1ad id 5");
    assertThat(LinkRequest.add(new Ipvlan(7, Ipvlan.Mode.L3S, Ipvlan.Reach.VEPA), X).mtu(1400))
        .hasToString("add ipvlan x0 link 7 mode l3s vepa mtu 1400");
    assertThat(LinkRequest.add(new Vxlan(7, V6, null, Vxlan.PORT, 3, false), X))
        .hasToString("add vxlan x0 id 7 dstport 4789 local 2001:db8::1 dev 3 nolearning");
    assertThat(
            LinkRequest.add(
                Bridge.filtering(10).withStp(true).withAgeingTime(Duration.ofMillis(10)), X))
        .hasToString(
            "add bridge x0 stp_state 1 ageing_time 1 vlan_filtering 1 vlan_default_pvid 10");
  }

  private static Message written(Request request) {
    ByteBuffer buffer = FakeKernel.buffer(Request.MAX_BYTES);
    MessageWriter writer = new MessageWriter(buffer);
    request.write(writer, 0, 1);
    return new Datagram(buffer, writer.length()).next();
  }

  private static byte[] payload(Request request) {
    Message message = written(request);
    byte[] bytes = new byte[message.end() - message.start()];
    message.in().get(message.start(), bytes);
    return bytes;
  }

  private static Link parsed(byte[] payload) {
    ByteBuffer buffer = FakeKernel.buffer(payload.length).put(payload);
    return LinkParser.parse(new Message(buffer, 16, 0, 1, 0, payload.length));
  }

  /** A request that adds has the shape of the kernel's own message. */
  @Property(tries = 1000)
  void whatIsAskedForIsRead(@ForAll("kinds") LinkKind kind) {
    assertThat(parsed(payload(LinkRequest.add(kind, X))).info()).isEqualTo(kind);
  }

  @Property(tries = 10_000)
  void aGarbledKindIsAValueOrAnError(
      @ForAll("kinds") LinkKind kind,
      @ForAll @Size(max = 6) List<@IntRange(max = 300) Integer> places,
      @ForAll @Size(6) byte[] others,
      @ForAll @IntRange(min = 16, max = 200) int cut) {
    byte[] whole = payload(LinkRequest.add(kind, X));
    byte[] bytes = Arrays.copyOf(whole, Math.min(whole.length, cut));
    for (int i = 0; i < places.size(); i++) {
      bytes[places.get(i) % bytes.length] = others[i];
    }
    try {
      Link link = parsed(bytes);
      assertThat(link.info().name()).isEqualTo(link.kind());
    } catch (NetlinkException e) {
      assertThat(e.getMessage()).startsWith("read ");
    }
  }

  @Provide
  Arbitrary<LinkKind> kinds() {
    Arbitrary<Integer> lower = Arbitraries.integers().between(1, Integer.MAX_VALUE);
    Arbitrary<IpAddress> hosts = Arbitraries.of(V4, IpAddress.of("198.51.100.255"));
    return Arbitraries.oneOf(
        Arbitraries.of(new LinkKind.Dummy(), new Other("veth"), new Other("ifb")),
        Arbitraries.bytes().array(byte[].class).ofSize(8).map(data -> new Other("other", data)),
        Combinators.combine(lower, Arbitraries.of(Macvlan.Mode.class)).as(Macvlan::new),
        Combinators.combine(
                lower, Arbitraries.of(Ipvlan.Mode.class), Arbitraries.of(Ipvlan.Reach.class))
            .as(Ipvlan::new),
        Combinators.combine(
                lower, Arbitraries.integers().between(0, 4094), Arbitraries.of(Vlan.Protocol.class))
            .as(Vlan::new),
        Combinators.combine(
                Arbitraries.integers().between(0, 0xffffff),
                hosts.injectNull(0.3),
                hosts.injectNull(0.3),
                Arbitraries.integers().between(1, 65535),
                lower)
            .as((id, local, remote, port, link) -> new Vxlan(id, local, remote, port, link, false)),
        Combinators.combine(
                Arbitraries.integers().between(0, 4094).filter(pvid -> pvid != 1),
                Arbitraries.longs().between(0, 0xffff_ffffL).filter(time -> time != 30_000))
            .as((pvid, time) -> new Bridge(true, pvid, true, Duration.ofMillis(time * 10))));
  }

  /**
   * What iproute2 6.1 sends, as strace(1) shows it on a little-endian machine: an oracle for kinds
   * that this kernel may lack.
   */
  @ParameterizedTest
  @MethodSource("requestsOfIp")
  void requestsAreThoseOfIp(LinkKind kind, String lower, String nameOfKind, String data) {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "bytes are the other way round");
    String hex = HexFormat.of().formatHex(payload(LinkRequest.add(kind, X)));
    assertThat(hex).contains(lower).contains(nameOfKind).endsWith(data);
    assertThat(hex).contains("0700030078300000");
  }

  static Stream<Arguments> requestsOfIp() {
    return Stream.of(
        arguments(
            new Vlan(3, 5, Vlan.Protocol.IEEE_802_1AD),
            "0800050003000000",
            "766c616e",
            "0600050088a80000" + "0600010005000000"),
        arguments(
            new Ipvlan(3, Ipvlan.Mode.L3S, Ipvlan.Reach.VEPA),
            "0800050003000000",
            "6970766c616e",
            "0600010002000000" + "0600020002000000"),
        arguments(new LinkKind.Dummy(), "", "64756d6d79", ""),
        arguments(
            Bridge.filtering(10), "", "627269646765", "0500070001000000" + "060027000a000000"));
  }

  @Test
  void countersAreReadInTheirOrder() {
    ByteBuffer counters = FakeKernel.buffer(25 * Long.BYTES);
    for (long i = 1; i <= 25; i++) {
      counters.putLong(i == 3 ? Long.MAX_VALUE : i);
    }
    ByteBuffer buffer = FakeKernel.buffer(1 << 10);
    MessageWriter writer = new MessageWriter(buffer);
    writer.begin(LinuxRtnetlink.RTM_NEWLINK, 0, 1);
    writer.interfaceInfo(0, 7, 0, 0);
    writer.attribute(LinuxIfLink.IFLA_STATS64, counters.array());
    writer.end();
    Link link = LinkParser.parse(new Datagram(buffer, writer.length()).next());
    assertThat(link.stats()).isEqualTo(new Link.Stats(1, 2, Long.MAX_VALUE, 4, 5, 6, 7, 8, 9));
    assertThat(link.limits()).isEqualTo(Link.Limits.NONE);
  }

  @Test
  void aModeThatIsNewerThanThisCodeIsReadAsBytes() {
    byte[] bytes = payload(LinkRequest.add(new Macvlan(7, Macvlan.Mode.SOURCE), X));
    bytes[bytes.length - 4] = 32;
    Link link = parsed(bytes);
    assertThat(link.kind()).isEqualTo("macvlan");
    assertThat(link.peer()).isEqualTo(7);
    assertThat(link.info()).isInstanceOf(Other.class);
  }
}
