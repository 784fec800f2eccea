package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes: what {@code ip route} makes is read, what is changed here it shows. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkRoutesTest {
  /** A protocol that is nobody's. */
  private static final int OURS = 201;

  private static final Errno ENETUNREACH = new Errno(101);
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
    ip.ip("address add 10.0.0.2/24 dev v0");
    ip.ip("address add fd00::2/64 dev v0 nodad");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private Route route(String to, @Nullable String via) {
    return Route.unicast(IpPrefix.of(to), via == null ? null : IpAddress.of(via), link)
        .withProtocol(OURS);
  }

  /** Those that are ours, as read here. */
  private List<Route> ours() {
    return kernel.routes(Route.TABLE_MAIN).stream()
        .filter(route -> route.protocol() == OURS)
        .toList();
  }

  /** Those that are ours, as {@code ip} writes them, without what is not said here. */
  private List<String> byIp() {
    return List.of("-4", "-6").stream()
        .flatMap(family ->
            ip.ip(family + " route show table main proto " + OURS).lines().map(String::strip))
        .map(line -> line.replaceAll(" pref medium| linkdown", "").replaceAll(" +", " "))
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "10.20.0.0/16, 10.0.0.1, 0, 10.20.0.0/16 via 10.0.0.1 dev v0",
        "10.20.0.0/16, 10.0.0.1, 7, 10.20.0.0/16 via 10.0.0.1 dev v0 metric 7",
        "10.20.0.0/16, -, 0, 10.20.0.0/16 dev v0 scope link",
        "10.20.0.1/32, 10.0.0.1, 4294967295, 10.20.0.1 via 10.0.0.1 dev v0 metric 4294967295",
        "0.0.0.0/0, 10.0.0.1, 0, default via 10.0.0.1 dev v0",
        "0.0.0.0/0, -, 5, default dev v0 scope link metric 5",
        "fd20::/16, fd00::1, 7, fd20::/16 via fd00::1 dev v0 metric 7",
        "fd20::/16, -, 7, fd20::/16 dev v0 metric 7",
        "fd20::/16, fe80::1, 4294967295, fd20::/16 via fe80::1 dev v0 metric 4294967295",
        "::/0, fd00::1, 9, default via fd00::1 dev v0 metric 9"
      })
  void whatIsAddedIsWhatIpShowsAndWhatIsRead(
      String to, @Nullable String via, long metric, String shown) {
    Route route = route(to, via).withMetric(metric);
    kernel.execute(RouteRequest.add(route));
    assertThat(byIp()).containsExactly(shown);
    assertThat(ours()).containsExactly(route);
    kernel.execute(RouteRequest.delete(ours().getFirst()));
    assertThat(byIp()).isEmpty();
  }

  @Test
  void anIpv6RouteWithoutMetricHas1024() {
    kernel.execute(RouteRequest.add(route("fd20::/16", "fd00::1")));
    assertThat(ours()).containsExactly(route("fd20::/16", "fd00::1").withMetric(1024));
    kernel.execute(RouteRequest.delete(route("fd20::/16", "fd00::1")));
    assertThat(ours()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.168.7.1", "fd77::1"})
  void aGatewayElsewhereNeedsOnLink(String via) {
    String to = via.contains(":") ? "fd20::/16" : "10.20.0.0/16";
    Route route = route(to, via).withMetric(3);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(RouteRequest.add(route)))
        .withMessageContaining("add route " + to + " via " + via + " through link " + link)
        .matches(e -> e.is(ENETUNREACH, EHOSTUNREACH));
    kernel.execute(RouteRequest.add(route.withOnLink(true)));
    assertThat(byIp()).singleElement().asString().endsWith(" onlink");
    assertThat(ours()).containsExactly(route.withOnLink(true));
  }

  @Test
  void aPreferredSourceIsKept() {
    ip.ip("address add 10.0.0.3/24 dev v0");
    Route route =
        new Route(
            IpPrefix.of("10.20.0.0/16"),
            IpAddress.of("10.0.0.1"),
            link,
            0,
            Route.TABLE_MAIN,
            OURS,
            0,
            Route.TYPE_UNICAST,
            IpAddress.of("10.0.0.3"),
            false);
    kernel.execute(RouteRequest.add(route));
    assertThat(byIp()).containsExactly("10.20.0.0/16 via 10.0.0.1 dev v0 src 10.0.0.3");
    assertThat(ours()).containsExactly(route);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.20.0.0/16 10.0.0.1", "fd20::/16 fd00::1"})
  void addingTwiceAndDeletingTwiceAreTold(String toVia) {
    Route route = route(toVia.split(" ", 2)[0], toVia.split(" ", 2)[1]).withMetric(7);
    kernel.execute(RouteRequest.add(route));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(RouteRequest.add(route)))
        .withMessageContaining("add route " + route)
        .matches(e -> e.is(Errno.EEXIST));
    kernel.execute(RouteRequest.delete(route));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(RouteRequest.delete(route)))
        .matches(e -> e.is(Errno.ESRCH));
  }

  @Test
  void anIpv4RouteIsAppendedBehindItsLike() {
    kernel.execute(RouteRequest.add(route("10.20.0.0/16", "10.0.0.1")));
    kernel.execute(RouteRequest.append(route("10.20.0.0/16", "10.0.0.9")));
    assertThat(byIp())
        .containsExactly("10.20.0.0/16 via 10.0.0.1 dev v0", "10.20.0.0/16 via 10.0.0.9 dev v0");
    kernel.execute(RouteRequest.delete(route("10.20.0.0/16", "10.0.0.9")));
    assertThat(ours()).containsExactly(route("10.20.0.0/16", "10.0.0.1"));
  }

  @Test
  void anIpv6RouteIsAppendedAsOneMoreHop() {
    kernel.execute(RouteRequest.add(route("fd20::/16", "fd00::1").withMetric(7)));
    kernel.execute(RouteRequest.append(route("fd20::/16", "fd00::9").withMetric(7)));
    assertThat(ip.ip("-6 route show fd20::/16")).contains("nexthop via fd00::1", "fd00::9");
    assertThat(ours())
        .as("several hops")
        .singleElement()
        .matches(route -> route.link() == 0 && route.via() == null);
    kernel.execute(RouteRequest.replace(route("fd20::/16", "fd00::5").withMetric(7)));
    assertThat(ours()).containsExactly(route("fd20::/16", "fd00::5").withMetric(7));
  }

  @Test
  void replacingPutsARouteInThePlaceOfAnother() {
    for (String[] each :
        new String[][] {
          {"10.20.0.0/16", "10.0.0.1", "10.0.0.9"}, {"fd20::/16", "fd00::1", "fd00::9"}
        }) {
      ip.ip("route add " + each[0] + " via " + each[1] + " metric 7");
      kernel.execute(RouteRequest.replace(route(each[0], each[2]).withMetric(7)));
      assertThat(ip.json("route show " + each[0]).toString()).doesNotContain(each[1]);
    }
    assertThat(ours())
        .containsExactly(
            route("10.20.0.0/16", "10.0.0.9").withMetric(7),
            route("fd20::/16", "fd00::9").withMetric(7));
  }

  @Test
  void aRouteOfAnotherProtocolOrGatewayIsNotDeleted() {
    kernel.execute(RouteRequest.add(route("10.20.0.0/16", "10.0.0.1").withMetric(7)));
    kernel.execute(RouteRequest.add(route("fd20::/16", "fd00::1").withMetric(7)));
    for (Route other :
        List.of(
            route("10.20.0.0/16", "10.0.0.9").withMetric(7),
            route("10.20.0.0/16", "10.0.0.1").withMetric(8),
            route("10.20.0.0/16", "10.0.0.1").withMetric(7).withProtocol(OURS + 1),
            route("10.20.0.0/17", "10.0.0.1").withMetric(7),
            route("fd20::/16", "fd00::9").withMetric(7),
            route("fd20::/16", "fd00::1").withMetric(8),
            route("fd20::/16", "fd00::1").withMetric(7).withProtocol(OURS + 1))) {
      assertThatExceptionOfType(NetlinkException.class)
          .as(other.toString())
          .isThrownBy(() -> kernel.execute(RouteRequest.delete(other)))
          .matches(e -> e.is(Errno.ESRCH));
    }
    assertThat(ours()).hasSize(2);
  }

  /** The kernel takes no metric for any: whoever deletes such a route must have just seen it. */
  @Test
  void deletingARouteWithoutMetricTakesTheOneWithTheLowest() {
    kernel.execute(RouteRequest.add(route("10.20.0.0/16", "10.0.0.1").withMetric(9)));
    kernel.execute(RouteRequest.add(route("10.20.0.0/16", "10.0.0.1")));
    kernel.execute(RouteRequest.delete(route("10.20.0.0/16", "10.0.0.1")));
    assertThat(ours()).containsExactly(route("10.20.0.0/16", "10.0.0.1").withMetric(9));
    kernel.execute(RouteRequest.delete(route("10.20.0.0/16", "10.0.0.1")));
    assertThat(ours()).isEmpty();
  }

  @Test
  void whatIpMakesIsReadFieldByField() {
    ip.ip("route add 10.20.0.0/16 via 10.0.0.1 dev v0 proto static metric 42 src 10.0.0.2");
    ip.ip("route add blackhole 10.30.0.0/16 metric 5");
    assertThat(kernel.routes(Route.TABLE_MAIN))
        .contains(
            new Route(
                IpPrefix.of("10.20.0.0/16"),
                IpAddress.of("10.0.0.1"),
                link,
                42,
                Route.TABLE_MAIN,
                Route.PROTOCOL_STATIC,
                0,
                Route.TYPE_UNICAST,
                IpAddress.of("10.0.0.2"),
                false))
        .anySatisfy(route -> {
          assertThat(route.to()).isEqualTo(IpPrefix.of("10.30.0.0/16"));
          assertThat(route.type()).as("RTN_BLACKHOLE").isEqualTo(6);
          assertThat(route.link()).isZero();
        })
        .anySatisfy(route -> {
          assertThat(route.to()).isEqualTo(IpPrefix.of("10.0.0.0/24"));
          assertThat(route.protocol()).isEqualTo(Route.PROTOCOL_KERNEL);
          assertThat(route.scope()).isEqualTo(Route.SCOPE_LINK);
        });
  }

  @Test
  void routesAreListedByTable() {
    ip.ip("route add 10.20.0.0/16 via 10.0.0.1 table 1000");
    ip.ip("route add fd20::/16 via fd00::1 table 1000");
    ip.ip("route add 10.20.0.0/16 via 10.0.0.1 table 100");
    assertThat(kernel.routes(1000))
        .extracting(Route::to)
        .containsExactly(IpPrefix.of("10.20.0.0/16"), IpPrefix.of("fd20::/16"));
    assertThat(kernel.routes(1000)).allMatch(route -> route.table() == 1000);
    assertThat(kernel.routes(100)).hasSize(1);
    assertThat(kernel.routes(Route.TABLE_MAIN)).noneMatch(route -> route.table() != 254);
    assertThat(kernel.routes(255)).isNotEmpty().allMatch(route -> route.table() == 255);
    assertThat(kernel.routes(4_000)).as("a table that nobody used").isEmpty();
    int byIp =
        ip.json("-4 route show table main").size() + ip.json("-6 route show table main").size();
    assertThat(kernel.routes(Route.TABLE_MAIN)).hasSize(byIp);
  }

  @Test
  void aTableBeyondABytesReachIsWritten() {
    Route main = route("10.20.0.0/16", "10.0.0.1");
    Route far =
        new Route(
            main.to(), main.via(), link, 0, 100_000, OURS, 0, Route.TYPE_UNICAST, null, false);
    kernel.execute(RouteRequest.add(far));
    assertThat(ip.ip("route show table 100000")).contains("10.20.0.0/16 via 10.0.0.1 dev v0");
    assertThat(ours()).isEmpty();
    assertThat(kernel.routes(100_000)).containsExactly(far);
    kernel.execute(RouteRequest.delete(far));
    assertThat(kernel.routes(100_000)).isEmpty();
  }

  @Test
  void routesAreListedByLink() {
    node.vethUp("w0", "w1");
    int other = node.link("w0").index();
    ip.ip("address add 10.9.0.2/24 dev w0");
    ip.ip("route add 10.20.0.0/16 via 10.0.0.1");
    ip.ip("route add 10.30.0.0/16 via 10.9.0.1");
    assertThat(kernel.routes(Route.TABLE_MAIN, link))
        .isNotEmpty()
        .allMatch(route -> route.link() == link)
        .anyMatch(route -> route.to().equals(IpPrefix.of("10.20.0.0/16")))
        .noneMatch(route -> route.to().equals(IpPrefix.of("10.30.0.0/16")));
    assertThat(kernel.routes(Route.TABLE_MAIN, other))
        .anyMatch(route -> route.to().equals(IpPrefix.of("10.30.0.0/16")));
  }

  @Test
  void aGatewayOfTheOtherFamilyIsNoErrorToReadersOfRoutes() {
    ip.ip("route add 10.20.0.0/16 via inet6 fe80::1 dev v0");
    assertThat(kernel.routes(Route.TABLE_MAIN))
        .anyMatch(route -> route.to().equals(IpPrefix.of("10.20.0.0/16")));
  }

  @Test
  void aMetricBeyond32BitsIsRefused() {
    Route route = route("10.20.0.0/16", "10.0.0.1");
    assertThatIllegalArgumentException().isThrownBy(() -> route.withMetric(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> route.withMetric(1L << 32));
  }

  @Test
  void inWordsARouteIsAsIpWritesIt() {
    assertThat(route("0.0.0.0/0", "10.0.0.1").withMetric(5).withOnLink(true))
        .hasToString("default via 10.0.0.1 through link " + link + " metric 5 onlink");
    assertThat(route("::/0", null)).hasToString("::/0 through link " + link);
  }

  @Test
  void everyRouteThatIpListsIsRead() {
    for (int i = 0; i < 200; i++) {
      kernel.execute(RouteRequest.add(route("10.20." + i + ".0/24", "10.0.0.1")));
    }
    JsonNode byIp = ip.json("-4 route show table main");
    assertThat(ours()).hasSize(200);
    assertThat(kernel.routes(Route.TABLE_MAIN).stream().filter(route -> !route.to().isV6()))
        .hasSize(byIp.size());
  }
}
