package io.netattach.netlink;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Every parser of what the kernel sends, with requests whose payload it can read at least in part.
 * A new parser gets a line here, and is tested with the others by {@link CodecTest} and {@link
 * ParserFuzzTest}.
 */
final class Parsers {
  /** A parser by name; what it gives may be null, for what it passes over. */
  record Parser(String name, Function<Message, @Nullable Object> parse) {
    /** Reads a message for the sake of what it throws. */
    void read(Message message) {
      Object value = parse.apply(message);
      if (value != null && !value.toString().equals(value.toString())) {
        throw new AssertionError(name + " gives a value that is not one");
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final Request ERRONEOUS = LinkRequest.set(7).mtu(1400);

  static final List<Parser> ALL =
      List.of(
          new Parser("link", LinkParser::parse),
          new Parser("address", Address::parse),
          new Parser("route", Route::parse),
          new Parser("route of a look-up", RouteParser::parseAny),
          new Parser("rule", RuleParser::parse),
          new Parser("neighbour", Neighbour::parse),
          new Parser("forwarding entry", FdbEntry::parse),
          new Parser("VLANs", BridgeVlan::parseAll),
          new Parser("nsid", Rtnetlink::nsid),
          new Parser("event", message -> EventParser.parse(message, OptionalInt.empty())),
          new Parser("error", Parsers::error));

  private Parsers() {}

  private static @Nullable Object error(Message message) {
    NetlinkException error = NetlinkSocket.error(message, ERRONEOUS, FakeKernel.buffer(64), 0);
    return error == null ? null : error.getMessage();
  }

  /** Messages, whole, that garbled ones are made of. */
  static List<byte[]> templates() {
    return List.of(
        bytes(
            new Veth(
                    new Veth.End(
                        7, new InterfaceName("v0"), MacAddress.of("02:00:5e:00:00:01"), 1400, null),
                    Veth.End.of(new InterfaceName("v1")))
                .request()),
        bytes(LinkRequest.set(7).hairpin(true).promoteSecondaries(true).alias("alias")),
        bytes(LinkRequest.add(LinkKind.Bridge.filtering(10), new InterfaceName("br0"))),
        bytes(LinkRequest.addAltname(7, "another")),
        bytes(BridgeVlanRequest.add(7, BridgeVlan.access(10))),
        bytes(AddressRequest.add(7, IpPrefix.of("10.0.0.1/24")).protocol(200)),
        bytes(AddressRequest.add(7, IpPrefix.of("fd00::1/64")).noDad()),
        bytes(
            RouteRequest.add(
                Route.unicast(IpPrefix.of("10.0.0.0/8"), IpAddress.of("10.0.0.1"), 7)
                    .withMetric(5))),
        bytes(RouteRequest.add(Route.unicast(IpPrefix.of("fd00::/8"), IpAddress.of("fe80::1"), 7))),
        bytes(RuleRequest.add(NetworkCodecTest.RULE)),
        bytes(NeighbourRequest.add(NetworkCodecTest.NEIGHBOUR)),
        bytes(FdbRequest.add(NetworkCodecTest.ENTRY)),
        bytes(RouteRequest.add(NetworkCodecTest.ROUTE)),
        bytes(AddressRequest.add(NetworkCodecTest.ADDRESS)),
        vlans(),
        family(),
        FakeKernel.message(LinuxRtnetlink.RTM_NEWNSID, 0, 1, nsid()),
        FakeKernel.error(1, 22),
        FakeKernel.message(LinuxNetlink.NLMSG_ERROR, LinuxNetlink.NLM_F_ACK_TLVS, 1, new byte[60]),
        FakeKernel.message(
            LinuxNetlink.NLMSG_ERROR,
            LinuxNetlink.NLM_F_ACK_TLVS | LinuxNetlink.NLM_F_CAPPED,
            1,
            new byte[44]),
        FakeKernel.done(1, 0));
  }

  static byte[] bytes(Request request) {
    ByteBuffer buffer = FakeKernel.buffer(1 << 16);
    MessageWriter writer = new MessageWriter(buffer);
    request.write(writer, 0, 1);
    return taken(buffer, writer);
  }

  private static byte[] taken(ByteBuffer buffer, MessageWriter writer) {
    byte[] bytes = new byte[writer.length()];
    buffer.get(0, bytes);
    return bytes;
  }

  private static byte[] nsid() {
    return FakeKernel.buffer(12)
        .putInt(0)
        .putShort((short) 8)
        .putShort((short) LinuxRtnetlink.NETNSA_NSID)
        .putInt(3)
        .array();
  }

  /** As the kernel answers RTM_GETVLAN: two entries, one of them a range. */
  private static byte[] vlans() {
    ByteBuffer buffer = FakeKernel.buffer(1 << 10);
    MessageWriter writer = new MessageWriter(buffer);
    writer.begin(112, 0, 1);
    writer.fixed((byte) LinuxNetlink.AF_BRIDGE, (byte) 0, (byte) 0, (byte) 0);
    writer.fixedInt(7);
    for (int last : new int[] {10, 20}) {
      int entry = writer.open(LinuxIfLink.BRIDGE_VLANDB_ENTRY);
      writer.attribute(
          LinuxIfLink.BRIDGE_VLANDB_ENTRY_INFO,
          FakeKernel.buffer(4).putShort((short) 6).putShort((short) 10).array());
      writer.u16(LinuxIfLink.BRIDGE_VLANDB_ENTRY_RANGE, last);
      writer.close(entry);
    }
    writer.end();
    return taken(buffer, writer);
  }

  /** A link with the settings of IPv6 and with statistics. */
  private static byte[] family() {
    ByteBuffer buffer = FakeKernel.buffer(1 << 10);
    MessageWriter writer = new MessageWriter(buffer);
    writer.begin(LinuxRtnetlink.RTM_NEWLINK, 0, 1);
    writer.interfaceInfo(0, 7, 1, 0);
    writer.attribute(LinuxIfLink.IFLA_IFNAME, "eth0");
    writer.attribute(LinuxIfLink.IFLA_STATS64, new byte[200]);
    int families = writer.open(LinuxIfLink.IFLA_AF_SPEC);
    int inet6 = writer.open(LinuxNetlink.AF_INET6);
    writer.attribute(LinuxIfLink.IFLA_INET6_CONF, new byte[240]);
    writer.close(inet6);
    writer.close(families);
    writer.end();
    return taken(buffer, writer);
  }
}
