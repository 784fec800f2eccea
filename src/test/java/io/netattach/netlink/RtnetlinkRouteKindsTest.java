package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes with several hops, of other types and tables, by filter and by look-up. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkRouteKindsTest {
  private static final int TABLE = 1000;
  private static final Errno EACCES = new Errno(13);
  private static final Errno EHOSTUNREACH = new Errno(113);

  private Node node;
  private Rtnetlink kernel;
  private Ip ip;
  private int link;

  @BeforeEach
  void makeANodeWithALinkInTwoNetworks() {
    node = new Node();
    kernel = node.kernel;
    ip = node.ip;
    link = node.vethUp("v0", "v1");
    ip.ip("link set lo up");
    ip.ip("address add 10.0.0.2/24 dev v0");
    ip.ip("address add fd00::2/64 dev v0 nodad");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  /** A route of our table, and what {@code ip} makes it of and shows of it. */
  private record Case(String name, Route route, String arguments) {
    @Override
    public String toString() {
      return name;
    }

    String family() {
      return route.to().isV6() ? "-6 " : "-4 ";
    }
  }

  /** The link is the third one of the namespace, behind {@code lo} and the peer's end. */
  private static RouteHop hop(String via, int weight) {
    return RouteHop.of(IpAddress.of(via), 3).withWeight(weight);
  }

  private static IpPrefix to(boolean v6) {
    return IpPrefix.of(v6 ? "fd20::/16" : "10.20.0.0/16");
  }

  private static Case hops(String name, RouteHop... hops) {
    boolean v6 = name.startsWith("v6");
    StringBuilder arguments = new StringBuilder();
    for (RouteHop hop : hops) {
      IpAddress via = hop.via();
      arguments
          .append(" nexthop")
          .append(via == null ? "" : (via.isV6() != v6 ? " via inet6 " : " via ") + via)
          .append(" dev v0 weight ")
          .append(hop.weight())
          .append(hop.onLink() ? " onlink" : "");
    }
    Route route = Route.multipath(to(v6), List.of(hops)).withTable(TABLE);
    return new Case(name, v6 ? route.withMetric(7) : route, arguments.toString().strip());
  }

  static Stream<Case> cases() {
    Route v4 = Route.unicast(to(false), IpAddress.of("10.0.0.1"), 3).withTable(TABLE);
    Route v6 = Route.unicast(to(true), IpAddress.of("fd00::1"), 3).withTable(TABLE).withMetric(7);
    RouteMetrics lockedMtu = new RouteMetrics(1300, true, 0);
    Route refusing = Route.refusing(Route.TYPE_BLACKHOLE, to(false)).withTable(TABLE);
    return Stream.of(
        hops("v4 two hops", hop("10.0.0.1", 1), hop("10.0.0.3", 1)),
        hops("v4 weights", hop("10.0.0.1", 256), hop("10.0.0.3", 3), hop("10.0.0.4", 1)),
        hops(
            "v4 onlink hop",
            hop("10.0.0.1", 1),
            new RouteHop(IpAddress.of("192.168.7.1"), 3, 2, true)),
        hops("v4 by v6 hops", hop("fe80::1", 1), hop("10.0.0.1", 2)),
        hops("v6 two hops", hop("fd00::1", 1), hop("fd00::3", 1)),
        hops("v6 weights", hop("fd00::1", 256), hop("fd00::3", 3), hop("fe80::1", 1)),
        new Case(
            "v4 mtu", v4.withMetrics(RouteMetrics.ofMtu(1300)), "via 10.0.0.1 dev v0 mtu 1300"),
        new Case(
            "v6 mtu and advmss",
            v6.withMetrics(RouteMetrics.ofMtu(1300).withAdvmss(1200)),
            "via fd00::1 dev v0 mtu 1300 advmss 1200"),
        new Case("v4 lock", v4.withMetrics(lockedMtu), "via 10.0.0.1 dev v0 mtu lock 1300"),
        new Case("v6 lock", v6.withMetrics(lockedMtu), "via fd00::1 dev v0 mtu lock 1300"),
        new Case(
            "v4 by v6",
            Route.unicast(to(false), IpAddress.of("fe80::1"), 3).withTable(TABLE),
            "via inet6 fe80::1 dev v0"),
        new Case(
            "v4 source",
            v4.withSource(IpAddress.of("10.0.0.2")),
            "via 10.0.0.1 dev v0 src 10.0.0.2"),
        new Case("v4 blackhole", refusing, "blackhole"),
        new Case("v4 unreachable", type(Route.TYPE_UNREACHABLE, false), "unreachable"),
        new Case("v4 prohibit", type(Route.TYPE_PROHIBIT, false), "prohibit"),
        new Case("v4 throw", type(Route.TYPE_THROW, false), "throw"),
        new Case("v6 blackhole", type(Route.TYPE_BLACKHOLE, true), "blackhole"),
        new Case("v6 unreachable", type(Route.TYPE_UNREACHABLE, true), "unreachable"),
        new Case("v6 prohibit", type(Route.TYPE_PROHIBIT, true), "prohibit"),
        new Case("v6 throw", type(Route.TYPE_THROW, true), "throw"));
  }

  private static Route type(int type, boolean v6) {
    Route route = Route.refusing(type, to(v6)).withTable(TABLE);
    return v6 ? route.withMetric(7) : route;
  }

  /** The kernel says {@code lo} for an IPv6 route that refuses. */
  private static Route asRead(Route route) {
    return route.to().isV6() && route.type() >= Route.TYPE_BLACKHOLE
        ? new Route(
            route.to(),
            null,
            1,
            route.metric(),
            route.table(),
            route.protocol(),
            route.scope(),
            route.type(),
            null,
            false)
        : route;
  }

  private static String arguments(Case each) {
    boolean refuses = each.route.type() >= Route.TYPE_BLACKHOLE;
    long metric = each.route.metric();
    return (refuses ? each.arguments + " " + each.route.to() : each.route.to().toString())
        + " table "
        + TABLE
        + (metric == 0 ? "" : " metric " + metric)
        + (refuses ? "" : " " + each.arguments);
  }

  private String shown(Case each) {
    return ip.ip(each.family() + "-j -d route show table " + TABLE);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsAddedIpShowsAsItsOwn(Case each) {
    ip.ip(each.family() + "route add " + arguments(each));
    final String byIp = shown(each);
    ip.ip(each.family() + "route del " + arguments(each));
    assertThat(shown(each)).doesNotContain("10.20").doesNotContain("fd20");
    kernel.execute(RouteRequest.add(each.route));
    assertThat(shown(each)).isEqualTo(byIp);
    assertThat(kernel.routes(TABLE)).containsExactly(asRead(each.route));
    kernel.execute(RouteRequest.delete(each.route));
    assertThat(kernel.routes(TABLE)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIpMakesIsReadAndDeleted(Case each) {
    ip.ip(each.family() + "route add " + arguments(each));
    assertThat(kernel.routes(TABLE)).containsExactly(asRead(each.route));
    kernel.execute(RouteRequest.delete(kernel.routes(TABLE).getFirst()));
    assertThat(shown(each)).doesNotContain("10.20").doesNotContain("fd20");
  }

  @Test
  void theLinkIsTheThird() {
    assertThat(link).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.77.0.0/16", "fd77::/64"})
  void aLocalRouteMakesTheMachineTakeANetwork(String network) {
    Route route = Route.local(IpPrefix.of(network), 1);
    kernel.execute(RouteRequest.add(route));
    assertThat(kernel.routeTo(route.to().address()).orElseThrow().type())
        .isEqualTo(Route.TYPE_LOCAL);
    String family = route.to().isV6() ? "-6" : "-4";
    assertThat(ip.one(family + " route show table local " + network).path("type").asText())
        .isEqualTo("local");
    assertThat(kernel.routes(RouteFilter.ofTable(255).withTo(route.to()))).hasSize(1);
    kernel.execute(RouteRequest.delete(route));
    assertThat(kernel.routes(RouteFilter.ofTable(255).withTo(route.to()))).isEmpty();
  }

  @Test
  void anIpv4MultipathRouteIsReplacedWhole() {
    Route two = Route.multipath(to(false), List.of(hop("10.0.0.1", 1), hop("10.0.0.3", 1)));
    Route other = Route.multipath(to(false), List.of(hop("10.0.0.4", 1), hop("10.0.0.5", 9)));
    kernel.execute(RouteRequest.add(two));
    kernel.execute(RouteRequest.replace(other));
    assertThat(kernel.routes(RouteFilter.ofTable(254).withTo(to(false)))).containsExactly(other);
  }

  @Test
  void routesAreListedByEveryFilter() {
    Route first = Route.unicast(to(false), IpAddress.of("10.0.0.1"), link).withProtocol(201);
    Route second = first.withTable(TABLE).withSource(IpAddress.of("10.0.0.2"));
    Route third =
        Route.multipath(
                IpPrefix.of("10.30.0.0/16"), List.of(hop("10.0.0.8", 1), hop("10.0.0.9", 1)))
            .withProtocol(202);
    Route fourth =
        Route.unicast(to(true), IpAddress.of("fd00::1"), link).withProtocol(201).withMetric(7);
    Stream.of(first, second, third, fourth).map(RouteRequest::add).forEach(kernel::execute);
    RouteFilter all = RouteFilter.ALL;
    assertThat(kernel.routes(all)).contains(first, second, third, fourth);
    assertThat(kernel.routes(all.withProtocol(201)))
        .containsExactlyInAnyOrder(first, second, fourth);
    assertThat(kernel.routes(all.withProtocol(201).withFamily(IpFamily.V4)))
        .containsExactlyInAnyOrder(first, second);
    assertThat(kernel.routes(all.withProtocol(201).withFamily(IpFamily.V6)))
        .containsExactly(fourth);
    assertThat(kernel.routes(all.withTable(TABLE))).containsExactly(second);
    assertThat(kernel.routes(all.withTo(to(false)))).containsExactlyInAnyOrder(first, second);
    assertThat(kernel.routes(all.withVia(IpAddress.of("10.0.0.9")))).containsExactly(third);
    assertThat(kernel.routes(all.withVia(IpAddress.of("fd00::1")))).containsExactly(fourth);
    assertThat(kernel.routes(all.withSource(IpAddress.of("10.0.0.2")).withProtocol(201)))
        .containsExactly(second);
    assertThat(kernel.routes(all.withLink(link))).contains(first, second, third, fourth);
    assertThat(kernel.routes(all.withLink(1))).doesNotContain(first, second, third, fourth);
    assertThat(kernel.routes(254, link)).contains(first, fourth).doesNotContain(third);
  }

  @Test
  void aRouteForPacketsFromOneNetworkIsNotTakenForOneForAll() {
    try {
      ip.ip("-6 route add fd77::/64 from fd00::/64 via fd00::9 dev v0");
    } catch (AssertionError e) {
      assumeTrue(false, "this kernel has no IPv6 subtrees: " + e.getMessage());
    }
    RouteFilter filter = RouteFilter.ALL.withTo(IpPrefix.of("fd77::/64"));
    assertThat(kernel.routes(filter)).isEmpty();
    ip.ip("-6 route add fd77::/64 via fd00::8 dev v0");
    assertThat(kernel.routes(filter))
        .singleElement()
        .matches(route -> IpAddress.of("fd00::8").equals(route.via()));
  }

  @Test
  void asManyAreListedAsIpLists() {
    int byIp =
        ip.json("-4 route show table all").size() + ip.json("-6 route show table all").size();
    assertThat(kernel.routes(RouteFilter.ALL)).hasSize(byIp);
  }

  @ParameterizedTest
  @CsvSource({"10.20.1.1, 10.0.0.1, 10.0.0.2", "fd20::9, fd00::1, fd00::2"})
  void aLookUpFindsTheWayAsIpDoes(String to, String via, String source) {
    IpAddress address = IpAddress.of(to);
    Route route = Route.unicast(to(address.isV6()), IpAddress.of(via), link).withProtocol(201);
    kernel.execute(RouteRequest.add(route));
    Route found = kernel.routeTo(address).orElseThrow();
    assertThat(found.to()).isEqualTo(IpPrefix.host(address));
    assertThat(found.via()).isEqualTo(IpAddress.of(via)).hasToString(gateway("route get " + to));
    assertThat(found.link()).isEqualTo(link);
    assertThat(found.source()).isEqualTo(IpAddress.of(source));
    assertThat(found.table()).isEqualTo(Route.TABLE_MAIN);
    Route entry = kernel.route(RouteLookup.to(address).withEntry(true)).orElseThrow();
    assertThat(entry.to()).isEqualTo(route.to());
    assertThat(entry.protocol()).isEqualTo(201);
  }

  private String gateway(String arguments) {
    return ip.one(arguments).path("gateway").asText();
  }

  @Test
  void aLookUpOfTheEntryHasAllHops() {
    Route two = Route.multipath(to(false), List.of(hop("10.0.0.1", 1), hop("10.0.0.3", 4)));
    kernel.execute(RouteRequest.add(two));
    IpAddress to = IpAddress.of("10.20.0.1");
    assertThat(kernel.route(RouteLookup.to(to).withEntry(true))).contains(two);
    assertThat(kernel.routeTo(to).orElseThrow().hops()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"10.20.1.1, 10.0.0.9, 10.0.0.2", "fd20::9, fd00::9, fd00::2"})
  void aLookUpObeysRulesByMarkAndSource(String to, String via, String from) {
    IpAddress address = IpAddress.of(to);
    boolean v6 = address.isV6();
    Route route = Route.unicast(to(v6), IpAddress.of(via), link).withTable(TABLE);
    kernel.execute(RouteRequest.add(route));
    RuleSelector selector =
        RuleSelector.builder().from(IpPrefix.host(IpAddress.of(from))).mark(5).build();
    kernel.execute(RuleRequest.add(Rule.of(v6, selector, new RuleAction.Lookup(TABLE))));
    RouteLookup lookup = RouteLookup.to(address).withFrom(IpAddress.of(from));
    assertThat(kernel.routeTo(address)).isEmpty();
    assertThat(kernel.route(lookup)).isEmpty();
    Route found = kernel.route(lookup.withMark(5)).orElseThrow();
    assertThat(found.via())
        .isEqualTo(IpAddress.of(via))
        .hasToString(gateway("route get " + to + " from " + from + " mark 5"));
    assertThat(found.table()).isEqualTo(TABLE);
  }

  @Test
  void aLookUpObeysTheLinkThatAPacketCameInByOrIsBoundTo() {
    node.vethUp("w0", "w1");
    int other = node.link("w0").index();
    ip.ip("address add 10.9.0.2/24 dev w0");
    new Sysctl("net/ipv4/ip_forward").set(node.netns, "1");
    RouteLookup lookup = RouteLookup.to(IpAddress.of("10.9.0.7"));
    assertThat(kernel.route(lookup.withFrom(IpAddress.of("10.0.0.7")).withIif(link)))
        .get()
        .matches(route -> route.link() == other);
    assertThat(kernel.route(lookup.withOif(link)))
        .as("without a route through it, the destination is taken to be on the link")
        .get()
        .matches(route -> route.link() == link);
  }

  @Test
  void aLookUpOfNothingIsEmptyAndARefusalIsTold() {
    assertThat(kernel.routeTo(IpAddress.of("10.99.0.1"))).isEmpty();
    assertThat(kernel.routeTo(IpAddress.of("fd99::1"))).isEmpty();
    refused(Route.TYPE_UNREACHABLE, EHOSTUNREACH);
    refused(Route.TYPE_PROHIBIT, EACCES);
    refused(Route.TYPE_BLACKHOLE, Errno.EINVAL);
  }

  private void refused(int type, Errno errno) {
    for (boolean v6 : new boolean[] {false, true}) {
      Route route = Route.refusing(type, to(v6));
      kernel.execute(RouteRequest.add(route));
      IpAddress to = IpAddress.of(v6 ? "fd20::1" : "10.20.0.1");
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> kernel.routeTo(to))
          .withMessageContaining("get the route to " + to)
          .matches(e -> e.is(errno));
      kernel.execute(RouteRequest.delete(route));
    }
  }

  @Test
  void whatNoRouteCanBeIsRefused() {
    RouteHop one = hop("10.0.0.1", 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Route.multipath(to(false), List.of(one)))
        .withMessageContaining("two hops at least");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Route.multipath(to(true), List.of(one, one)))
        .withMessageContaining("write an IPv6 gateway");
    // The kernel would take the first four bytes for an address of IPv4.
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Route.unicast(to(false), null, 1).withSource(IpAddress.of("a00:2::")))
        .withMessageContaining("write one of its family");
    assertThatIllegalArgumentException().isThrownBy(() -> one.withWeight(0));
    assertThatIllegalArgumentException().isThrownBy(() -> one.withWeight(257));
    assertThatIllegalArgumentException().isThrownBy(() -> RouteMetrics.ofMtu(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Route.refusing(Route.TYPE_UNICAST, to(false)))
        .withMessageContaining("leads somewhere");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> RouteLookup.to(IpAddress.of("10.0.0.1")).withFrom(IpAddress.of("fd00::1")));
    List<RouteHop> many = Collections.nCopies(201, one);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RouteRequest.add(Route.multipath(to(false), many)));
  }

  @Test
  void inWordsARouteIsAsIpWritesIt() {
    Route two = Route.multipath(to(false), List.of(hop("10.0.0.1", 1), hop("10.0.0.3", 4)));
    assertThat(two.withMetrics(new RouteMetrics(1300, true, 1200)))
        .hasToString(
            "10.20.0.0/16 mtu lock 1300 advmss 1200 nexthop via 10.0.0.1 through link 3 weight 1"
                + " nexthop via 10.0.0.3 through link 3 weight 4");
    assertThat(Route.refusing(Route.TYPE_THROW, to(true))).hasToString("throw fd20::/16");
  }
}
