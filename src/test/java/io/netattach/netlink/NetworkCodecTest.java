package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules, neighbours, forwarding entries, routes and addresses: what is written reads as itself. */
class NetworkCodecTest {
  private static final MacAddress MAC = MacAddress.of("02:00:5e:00:00:01");

  static final Rule RULE =
      Rule.of(
              true,
              7,
              RuleSelector.builder()
                  .from(IpPrefix.of("fd00::/64"))
                  .to(IpPrefix.of("fd01::/64"))
                  .iif("a")
                  .oif("b")
                  .mark(1, 3)
                  .tos(4)
                  .ipProtocol(6)
                  .sourcePorts(1, 2)
                  .destinationPorts(3, 4)
                  .uids(5, 6)
                  .inverted(true)
                  .build(),
              new RuleAction.Goto(9))
          .withSuppressPrefixLength(0)
          .withSuppressGroup(1)
          .withProtocol(8);

  static final Neighbour NEIGHBOUR =
      Neighbour.permanent(7, IpAddress.of("fd00::1"), MAC).withFlags(16).withProtocol(9);

  static final FdbEntry ENTRY =
      FdbEntry.ofVxlan(7, MAC, new FdbEntry.VxlanRemote(IpAddress.of("10.0.0.1"), 9, 8, 6))
          .withVlan(10);

  static final Route ROUTE =
      Route.multipath(
              IpPrefix.of("10.0.0.0/8"),
              List.of(
                  new RouteHop(IpAddress.of("10.0.0.1"), 7, 256, true),
                  RouteHop.of(IpAddress.of("fe80::1"), 8)))
          .withMetrics(new RouteMetrics(1300, true, 1200));

  static final Address ADDRESS =
      new Address(7, IpPrefix.of("10.0.0.1/24"), IpAddress.of("10.0.0.2"), "x:1", 253, 0x602, 9)
          .withMetric(77)
          .withLifetime(new AddressLifetime(9, 8));

  private static byte[] payload(Request request) {
    byte[] bytes = Parsers.bytes(request);
    return Arrays.copyOfRange(bytes, LinuxNetlink.NLMSG_HDRLEN, bytes.length);
  }

  private static Message message(byte[] payload) {
    return new Message(FakeKernel.buffer(payload.length).put(payload), 16, 0, 1, 0, payload.length);
  }

  @Test
  void whatIsAskedForReadsAsItself() {
    assertThat(RuleParser.parse(message(payload(RuleRequest.add(RULE))))).isEqualTo(RULE);
    assertThat(Neighbour.parse(message(payload(NeighbourRequest.add(NEIGHBOUR)))))
        .isEqualTo(NEIGHBOUR);
    assertThat(FdbEntry.parse(message(payload(FdbRequest.add(ENTRY))))).isEqualTo(ENTRY);
    assertThat(Route.parse(message(payload(RouteRequest.add(ROUTE))))).isEqualTo(ROUTE);
    assertThat(Address.parse(message(payload(AddressRequest.add(ADDRESS))))).isEqualTo(ADDRESS);
  }

  @Test
  void aRequestWithTheMostHopsFits() {
    List<RouteHop> hops = Collections.nCopies(200, RouteHop.of(IpAddress.of("fe80::1"), 7));
    assertThat(payload(RouteRequest.add(Route.multipath(IpPrefix.of("10.0.0.0/8"), hops))))
        .hasSizeLessThan(Request.MAX_BYTES - LinuxNetlink.NLMSG_HDRLEN);
  }

  /** The kernel keeps what a program set, such as NOARP with REACHABLE. */
  @Test
  void aNeighbourOfSeveralStatesReadsAsTheFirmest() {
    byte[] payload = payload(NeighbourRequest.add(NEIGHBOUR));
    for (int[] states : new int[][] {{0x42, 0x40}, {0x06, 0x04}, {0xc0, 0x80}}) {
      payload[8] = (byte) states[0];
      assertThat(Neighbour.parse(message(payload)))
          .isEqualTo(NEIGHBOUR.withState(Neighbour.State.of(states[1])));
    }
  }
}
