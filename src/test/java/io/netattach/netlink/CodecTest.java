package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is written is read again, and what is garbled is a value or a NetlinkException. */
class CodecTest {
  /** An attribute with its bytes, or one that holds others. */
  private record Node(int type, byte[] bytes, List<Node> children) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Node node
          && node.type == type
          && Arrays.equals(node.bytes, bytes)
          && node.children.equals(children);
    }

    @Override
    public int hashCode() {
      return type;
    }
  }

  private static Message written(Consumer<MessageWriter> fill) {
    ByteBuffer buffer = FakeKernel.buffer(1 << 16);
    MessageWriter writer = new MessageWriter(buffer);
    fill.accept(writer);
    return message(buffer, writer.length());
  }

  private static Message written(Request request) {
    return written(writer -> request.write(writer, 0, 1));
  }

  private static Message message(ByteBuffer buffer, int length) {
    Datagram datagram = new Datagram(buffer, length);
    Message message = datagram.next();
    assertThat(datagram.hasNext()).isFalse();
    return message;
  }

  @Property(tries = 1000)
  void attributesAreReadAsTheyWereWritten(@ForAll("trees") List<Node> trees) {
    Message message =
        written(writer -> {
          writer.begin(99, 5, 77);
          trees.forEach(tree -> write(writer, tree));
          writer.end();
        });
    assertThat(message.type()).isEqualTo(99);
    assertThat(message.flags()).isEqualTo(5 | LinuxNetlink.NLM_F_REQUEST);
    assertThat(message.sequence()).isEqualTo(77);
    assertThat((message.end() - message.start()) % 4).isZero();
    assertThat(read(message.attributes(0), trees)).isEqualTo(trees);
  }

  private static void write(MessageWriter writer, Node node) {
    if (node.children.isEmpty()) {
      writer.attribute(node.type, node.bytes);
      return;
    }
    int start = writer.open(node.type);
    node.children.forEach(child -> write(writer, child));
    writer.close(start);
  }

  /** The expected tree says where to look inside, as a schema would. */
  private static List<Node> read(AttributeReader reader, List<Node> expected) {
    List<Node> nodes = new ArrayList<>();
    while (reader.next()) {
      List<Node> children =
          nodes.size() < expected.size() ? expected.get(nodes.size()).children : List.of();
      nodes.add(
          children.isEmpty()
              ? new Node(reader.type(), reader.bytes(), List.of())
              : new Node(reader.type(), new byte[0], read(reader.nested(), children)));
    }
    return nodes;
  }

  @Provide
  Arbitrary<List<Node>> trees() {
    return nodes(3).list().ofMaxSize(6);
  }

  private static Arbitrary<Node> nodes(int depth) {
    Arbitrary<Integer> types = Arbitraries.integers().between(1, LinuxNetlink.NLA_TYPE_MASK);
    Arbitrary<Node> leaves =
        Combinators.combine(types, Arbitraries.bytes().array(byte[].class).ofMaxSize(40))
            .as((type, bytes) -> new Node(type, bytes, List.of()));
    if (depth == 0) {
      return leaves;
    }
    Arbitrary<Node> nested =
        Combinators.combine(types, nodes(depth - 1).list().ofMinSize(1).ofMaxSize(4))
            .as((type, children) -> new Node(type, new byte[0], children));
    return Arbitraries.oneOf(leaves, nested);
  }

  @Property(tries = 500)
  void numbersAndTextsAreReadAsTheyWereWritten(
      @ForAll int u32,
      @ForAll @IntRange(max = 0xffff) int u16,
      @ForAll @IntRange(max = 0xff) int u8,
      @ForAll @Size(max = 30) List<@CharRange(from = 'a', to = 'z') Character> letters) {
    String text = letters.stream().map(String::valueOf).reduce("", String::concat) + "ü";
    AttributeReader reader =
        written(
                writer -> {
                  writer.begin(1, 0, 1);
                  writer.u32(1, u32);
                  writer.u16(2, u16);
                  writer.u8(3, u8);
                  writer.attribute(4, text);
                  writer.attribute(5, new MacAddress(u32 & 0xffff_ffffL));
                  writer.end();
                })
            .attributes(0);
    assertThat(reader.next()).isTrue();
    assertThat(reader.u32()).isEqualTo(u32);
    assertThat(reader.next()).isTrue();
    assertThat(reader.u16()).isEqualTo(u16);
    assertThat(reader.next()).isTrue();
    assertThat(reader.u8()).isEqualTo(u8);
    assertThat(reader.next()).isTrue();
    assertThat(reader.text()).isEqualTo(text);
    assertThat(reader.next()).isTrue();
    assertThat(MacAddress.ofBytes(reader.bytes()).bits()).isEqualTo(u32 & 0xffff_ffffL);
    assertThat(reader.next()).isFalse();
  }

  @Property(tries = 1000)
  void aRouteThatIsAskedForReadsAsItself(@ForAll("routes") Route route) {
    for (RouteRequest request :
        List.of(
            RouteRequest.add(route),
            RouteRequest.append(route),
            RouteRequest.replace(route),
            RouteRequest.delete(route))) {
      assertThat(Route.parse(written(request))).isEqualTo(route);
    }
  }

  @Property(tries = 500)
  void anAddressThatIsAskedForReadsAsItself(
      @ForAll("addresses") IpAddress own,
      @ForAll @IntRange(max = 128) int length,
      @ForAll @IntRange(min = 1) int link) {
    IpPrefix local = new IpPrefix(own, Math.min(length, own.bits()));
    Address read = Address.parse(written(AddressRequest.add(link, local).protocol(200)));
    assertThat(read).isEqualTo(new Address(link, local, own, "", 0, 0, 200));
  }

  @Test
  void anEndThatIsAskedForReadsAsItself() {
    Link link =
        LinkParser.parse(
            written(
                new Veth(
                        new Veth.End(
                            7,
                            new InterfaceName("v0"),
                            MacAddress.of("02:00:5e:00:00:01"),
                            1400,
                            null),
                        Veth.End.of(new InterfaceName("v1")))
                    .request()));
    assertThat(link.index()).isEqualTo(7);
    assertThat(link.name()).isEqualTo("v0");
    assertThat(link.mac()).isEqualTo(MacAddress.of("02:00:5e:00:00:01"));
    assertThat(link.mtu()).isEqualTo(1400);
    assertThat(link.isVeth()).isTrue();
  }

  @Property(tries = 500)
  void bothEndsOfAPairThatIsAskedForReadAsThemselves(
      @ForAll("ends") Veth.End end, @ForAll("ends") Veth.End peer) {
    Message message = written(new Veth(end, peer).request());
    assertReads(LinkParser.parse(message), end);
    AttributeReader info = find(message.attributes(16), LinuxIfLink.IFLA_LINKINFO).nested();
    AttributeReader data = find(info, LinuxIfLink.IFLA_INFO_DATA).nested();
    byte[] other = find(data, LinuxIfLink.VETH_INFO_PEER).bytes();
    assertReads(LinkParser.parse(message(other)), peer);
  }

  private static AttributeReader find(AttributeReader reader, int type) {
    do {
      assertThat(reader.next()).isTrue();
    } while (reader.type() != type);
    return reader;
  }

  private static void assertReads(Link link, Veth.End end) {
    assertThat(link.index()).isEqualTo(end.index());
    assertThat(link.name()).isEqualTo(end.name().value());
    assertThat(link.mac()).isEqualTo(end.mac());
    assertThat(link.mtu()).isEqualTo(end.mtu());
  }

  @Provide
  Arbitrary<Veth.End> ends() {
    return Combinators.combine(
            Arbitraries.integers().between(0, Integer.MAX_VALUE),
            Arbitraries.strings().withCharRange('a', 'z').ofMinLength(1).ofMaxLength(15),
            Arbitraries.longs().between(0, (1L << 48) - 1).injectNull(0.3),
            Arbitraries.oneOf(Arbitraries.just(0), Arbitraries.integers().between(68, 65_535)))
        .as((index, name, mac, mtu) ->
            new Veth.End(
                index,
                new InterfaceName(name.equals("all") || name.equals("default") ? "x" : name),
                mac == null ? null : new MacAddress(mac & ~(1L << 40) | 1L << 41),
                mtu,
                null));
  }

  /** The buffer of a send is filled as long as one more request of that size has room. */
  @Test
  void noRequestIsLongerThanItsLimit() {
    InterfaceName longest = new InterfaceName("x".repeat(15));
    MacAddress mac = MacAddress.of("02:00:5e:00:00:01");
    List<Request> longRequests =
        List.of(
            new Veth(
                    new Veth.End(7, longest, mac, 1500, null),
                    new Veth.End(8, longest, mac, 1500, null))
                .request(),
            LinkRequest.set(7)
                .up()
                .name(longest)
                .mac(mac)
                .mtu(1500)
                .alias("x".repeat(255))
                .master(7)
                .group(7)
                .hairpin(true)
                .isolated(true)
                .promoteSecondaries(true),
            LinkRequest.addAltname(7, "x".repeat(127)));
    assertThat(longRequests)
        .allSatisfy(request -> {
          Message message = written(request);
          assertThat(message.end()).isLessThan(Request.MAX_BYTES);
        });
  }

  @Property(tries = 5000)
  void anyBytesAreAValueOrAnError(
      @ForAll @Size(max = 200) byte[] bytes, @ForAll("parsers") Consumer<Message> parser) {
    parsedOrRefused(bytes, parser);
  }

  @Property(tries = 10_000)
  void aTrueMessageWithSomeBytesChangedIsAValueOrAnError(
      @ForAll("messages") byte[] whole,
      @ForAll @Size(max = 6) List<@IntRange(max = 300) Integer> places,
      @ForAll @Size(6) byte[] others,
      @ForAll @IntRange(max = 400) int cut,
      @ForAll("parsers") Consumer<Message> parser) {
    byte[] bytes = Arrays.copyOf(whole, Math.min(whole.length, cut));
    for (int i = 0; i < places.size() && bytes.length > 0; i++) {
      bytes[places.get(i) % bytes.length] = others[i];
    }
    parsedOrRefused(bytes, parser);
  }

  private static void parsedOrRefused(byte[] payload, Consumer<Message> parser) {
    // Nothing before and nothing behind that a read past the bounds could find.
    ByteBuffer buffer = FakeKernel.buffer(payload.length).put(payload);
    try {
      parser.accept(new Message(buffer, 16, 0, 1, 0, payload.length));
    } catch (NetlinkException e) {
      assertThat(e.getMessage()).startsWith("read ");
      assertThat(e.errno()).isEmpty();
    }
  }

  @Provide
  Arbitrary<Consumer<Message>> parsers() {
    List<Consumer<Message>> all = new ArrayList<>();
    all.add(CodecTest::readAllThereIs);
    Parsers.ALL.forEach(parser -> all.add(parser::read));
    return Arbitraries.of(all);
  }

  private static void readAllThereIs(Message message) {
    AttributeReader reader = message.attributes(0);
    while (reader.next()) {
      assertThat(reader.bytes()).hasSize(reader.length());
      assertThat(reader.text().length()).isLessThanOrEqualTo(reader.length());
      AttributeReader nested = reader.nested();
      for (Runnable read :
          List.<Runnable>of(
              reader::u8,
              reader::u16,
              reader::u32,
              () -> reader.u64(16),
              reader::address,
              () -> {
                while (nested.next()) {}
              })) {
        try {
          read.run();
        } catch (NetlinkException e) {
          assertThat(e.getMessage()).startsWith("read ");
        }
      }
    }
  }

  @Provide
  Arbitrary<byte[]> messages() {
    return Arbitraries.of(
        Parsers.templates().stream()
            .map(each -> Arrays.copyOfRange(each, 16, each.length))
            .toList());
  }

  private static byte[] payload(Request request) {
    Message message = written(request);
    byte[] bytes = new byte[message.end() - message.start()];
    message.in().get(message.start(), bytes);
    return bytes;
  }

  @Test
  void anAddressWithoutAddressOrWithTooLongAPrefixIsAnError() {
    byte[] bytes = payload(AddressRequest.add(7, IpPrefix.of("10.0.0.1/24")));
    bytes[1] = 33;
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> Address.parse(message(bytes)))
        .withMessageContaining("no valid address and length");
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> Address.parse(message(Arrays.copyOf(bytes, 8))));
  }

  @Test
  void otherFamiliesArePassedOver() {
    assertThat(Address.parse(message(new byte[] {17, 0, 0, 0, 0, 0, 0, 0}))).isNull();
    assertThat(Route.parse(message(new byte[] {(byte) 129, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})))
        .isNull();
  }

  private static Message message(byte[] payload) {
    return new Message(FakeKernel.buffer(payload.length).put(payload), 16, 0, 1, 0, payload.length);
  }

  @Provide
  Arbitrary<IpAddress> addresses() {
    return IpAddressTest.addresses();
  }

  @Provide
  Arbitrary<Route> routes() {
    Arbitrary<IpPrefix> to =
        Combinators.combine(IpAddressTest.addresses(), Arbitraries.integers().between(0, 128))
            .as((address, length) ->
                new IpPrefix(address, Math.min(length, address.bits())).network());
    return Combinators.combine(
            to,
            IpAddressTest.addresses().injectNull(0.3),
            Arbitraries.integers().between(0, Integer.MAX_VALUE),
            Arbitraries.longs().between(0, 0xffff_ffffL),
            Arbitraries.integers().between(1, Integer.MAX_VALUE),
            Arbitraries.integers().between(0, 255),
            Arbitraries.of(true, false))
        .as((prefix, other, link, metric, table, byteField, onLink) -> {
          IpAddress via = other != null && other.isV6() == prefix.isV6() ? other : null;
          return new Route(
              prefix, via, link, metric, table, byteField, 255 - byteField, byteField, via, onLink);
        });
  }
}
