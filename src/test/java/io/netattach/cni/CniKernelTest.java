package io.netattach.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import io.netattach.netlink.Errno;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Sysctl;
import io.netattach.netlink.VethPair;
import io.netattach.netlink.VethSetup;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Results from the kernel and onto an interface. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class CniKernelTest {
  private static final InterfaceName NET1 = new InterfaceName("net1");
  private static final InterfaceName HOST = new InterfaceName("host0");

  private Netns host;
  private Netns pod;
  private Ip ip;
  private VethPair pair;

  @BeforeEach
  void makeAPair() {
    host = Netns.create();
    pod = Netns.create();
    ip = Ip.in(pod);
    pair = VethSetup.of(NET1).withHostName(HOST).withMtu(1450).create(host, pod);
  }

  @AfterEach
  void closeThem() {
    pod.close();
    host.close();
  }

  private static CniIp ip(String address, @Nullable String gateway) {
    return new CniIp(IpPrefix.of(address), gateway == null ? null : IpAddress.of(gateway), 1);
  }

  private static CniRoute route(String dst, @Nullable String gw) {
    return CniRoute.of(IpPrefix.of(dst), gw == null ? null : IpAddress.of(gw));
  }

  private CniResult result(List<CniIp> ips, List<CniRoute> routes) {
    return CniResult.of(pair, "/run/netns/pod").withIps(ips).withRoutes(routes);
  }

  private List<String> addresses(String scope) {
    List<String> texts = new ArrayList<>();
    for (JsonNode each : ip.one("address show dev net1").path("addr_info")) {
      if (each.path("scope").asText().equals(scope)) {
        texts.add(each.path("local").asText() + "/" + each.path("prefixlen").asText());
      }
    }
    return texts;
  }

  private List<String> routes(String arguments) {
    return ip.ip(arguments).lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
  }

  @Test
  void aPairBecomesAResultWithBothEnds() {
    CniResult result = CniResult.of(pair, "/run/netns/pod");
    assertThat(result.interfaces())
        .containsExactly(
            CniInterface.of(HOST, pair.host().mac(), 1450, ""),
            CniInterface.of(NET1, pair.container().mac(), 1450, "/run/netns/pod"));
    assertThat(CniResult.fromJson(result.toJson())).isEqualTo(result);
    assertThat(result.toJson())
        .contains("\"mac\":\"" + ip.link("net1").path("address").asText() + "\"");
  }

  @Test
  void addressesAndRoutesThatIpMadeAreRead() {
    ip.ip("address add 10.10.0.2/24 dev net1");
    ip.ip("address add fd00:10::2/64 dev net1 nodad");
    ip.ip("route add default via 10.10.0.1");
    ip.ip("route add 10.30.0.0/16 dev net1 metric 7");
    ip.ip("route add fd00:20::/32 via fd00:10::1 metric 9");
    ip.ip("route add 10.40.0.0/16 via 10.10.0.1 table 100");
    CniResult read = CniResult.read(pair, "/run/netns/pod", pod);
    assertThat(read.ips())
        .containsExactly(ip("10.10.0.2/24", "10.10.0.1"), ip("fd00:10::2/64", null));
    assertThat(read.routes())
        .containsExactlyInAnyOrder(
            route("0.0.0.0/0", "10.10.0.1"),
            new CniRoute(IpPrefix.of("10.30.0.0/16"), null, 0, 0, 7, null, 253),
            new CniRoute(
                IpPrefix.of("fd00:20::/32"), IpAddress.of("fd00:10::1"), 0, 0, 9, null, null));
    assertThat(CniResult.fromJson(read.toJson())).isEqualTo(read);
  }

  @Test
  void anInterfaceGetsItsAddressesAndRoutesAndIsUp() {
    ip.ip("link set net1 down");
    CniResult result =
        result(
            List.of(
                ip("10.10.0.2/24", "10.10.0.1"),
                ip("fd00:10::2/64", "fd00:10::1"),
                new CniIp(IpPrefix.of("10.99.0.1/24"), null, 0),
                new CniIp(IpPrefix.of("10.99.0.2/24"), null, null)),
            List.of(
                route("0.0.0.0/0", null),
                route("::/0", null),
                route("10.20.0.0/16", "10.10.0.9"),
                new CniRoute(IpPrefix.of("10.30.0.0/16"), null, 0, 0, 7, 100, 253)));
    result.configure(pod, NET1);
    assertThat(ip.link("net1").path("flags").toString()).contains("\"UP\"");
    assertThat(addresses("global")).containsExactly("10.10.0.2/24", "fd00:10::2/64");
    for (JsonNode each : ip.one("address show dev net1").path("addr_info")) {
      if (each.path("local").asText().equals("fd00:10::2")) {
        assertThat(each.path("nodad").asBoolean()).isTrue();
        assertThat(each.path("tentative").asBoolean()).isFalse();
      }
    }
    assertThat(routes("route show"))
        .contains("default via 10.10.0.1 dev net1", "10.20.0.0/16 via 10.10.0.9 dev net1");
    assertThat(routes("-6 route show default").getFirst())
        .startsWith("default via fd00:10::1 dev net1");
    assertThat(routes("route show table 100"))
        .containsExactly("10.30.0.0/16 dev net1 scope link metric 7");
  }

  @Test
  void whatIsConfiguredIsReadAgain() {
    CniResult result =
        result(
            List.of(ip("10.10.0.2/24", "10.10.0.1"), ip("fd00:10::2/64", "fd00:10::1")),
            List.of(
                route("0.0.0.0/0", "10.10.0.1"),
                new CniRoute(IpPrefix.of("10.30.0.0/16"), null, 0, 0, 7, null, 253),
                new CniRoute(
                    IpPrefix.any(true), IpAddress.of("fd00:10::1"), 0, 0, 1024, null, null)));
    result.configure(pod, NET1);
    CniResult read = CniResult.read(pair, "/run/netns/pod", pod);
    assertThat(read.ips()).isEqualTo(result.ips());
    assertThat(read.routes()).containsExactlyInAnyOrderElementsOf(result.routes());
  }

  @Test
  void ipv6IsEnabledWhereAnAddressNeedsIt() {
    Sysctl disabled = Sysctl.ofInterface("ipv6", "net1", "disable_ipv6");
    disabled.set(pod, "1");
    result(List.of(ip("10.10.0.2/24", null)), List.of()).configure(pod, NET1);
    assertThat(disabled.get(pod)).as("for IPv4 it stays").contains("1");
    result(List.of(ip("fd00:10::2/64", null)), List.of()).configure(pod, NET1);
    assertThat(disabled.get(pod)).contains("0");
    assertThat(addresses("global")).contains("fd00:10::2/64");
  }

  @Test
  void aFailureTakesBackWhatWasDoneAndNothingElse() {
    Sysctl disabled = Sysctl.ofInterface("ipv6", "net1", "disable_ipv6");
    disabled.set(pod, "1");
    ip.ip("link set net1 down");
    ip.ip("address add 10.10.0.3/24 dev net1");
    ip.ip("address add 10.50.0.1/24 dev net1");
    CniResult result =
        result(
            List.of(
                ip("10.10.0.2/24", "10.10.0.1"),
                ip("10.50.0.1/24", null),
                ip("fd00:10::2/64", null)),
            List.of(route("0.0.0.0/0", null)));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> result.configure(pod, NET1))
        .withMessageStartingWith("add address 10.50.0.1/24")
        .matches(e -> e.is(Errno.EEXIST))
        .matches(e -> e.getSuppressed().length == 0);
    assertThat(addresses("global")).containsExactly("10.10.0.3/24", "10.50.0.1/24");
    assertThat(ip.link("net1").path("flags").toString()).doesNotContain("\"UP\"");
    assertThat(routes("route show")).isEmpty();
    assertThat(disabled.get(pod)).contains("1");
  }

  @Test
  void aRefusedRouteTakesTheAddressesBack() {
    CniResult result =
        result(
            List.of(ip("10.10.0.2/24", null)),
            List.of(route("10.20.0.0/16", null), route("10.30.0.0/16", "192.0.2.1")));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> result.configure(pod, NET1))
        .withMessageStartingWith("add route 10.30.0.0/16 via 192.0.2.1");
    assertThat(addresses("global")).isEmpty();
    assertThat(ip.link("net1").path("flags").toString()).as("it was").contains("\"UP\"");
    assertThat(routes("route show")).isEmpty();
  }

  @Test
  void aRouteOfOthersThatDiffersInTheMetricOnlyIsNotTakenBack() {
    ip.ip("-6 route add fd00:20::/64 dev net1 metric 100");
    CniResult result =
        result(List.of(), List.of(route("fd00:20::/64", null), route("10.30.0.0/16", "192.0.2.1")));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> result.configure(pod, NET1))
        .withMessageStartingWith("add route 10.30.0.0/16 via 192.0.2.1");
    assertThat(routes("-6 route show fd00:20::/64"))
        .singleElement()
        .asString()
        .contains("metric 100");
  }

  @Test
  void anInterfaceThatIsNotThereIsToldBeforeAnythingIsDone() {
    CniResult result = result(List.of(ip("10.10.0.2/24", null)), List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> result.configure(pod, new InterfaceName("net2")))
        .withMessage("the CNI result has no interface net2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> result.configure(host, NET1))
        .withMessage("there is no interface net1 in " + host);
  }

  @Test
  void ofTwoInterfacesWithOneNameTheOneWithASandboxIsMeant() {
    CniResult result =
        new CniResult(
            CniVersion.V1_0_0,
            List.of(
                CniInterface.of(NET1, null, 0, "/run/netns/pod"),
                CniInterface.of(NET1, null, 0, "")),
            List.of(
                new CniIp(IpPrefix.of("10.10.0.2/24"), null, 0),
                new CniIp(IpPrefix.of("10.10.0.3/24"), null, 1)),
            List.of(),
            CniDns.NONE);
    result.configure(pod, NET1);
    assertThat(addresses("global")).containsExactly("10.10.0.2/24");
  }

  @Test
  void aRouteHasItsMtuAndSegmentSize() {
    CniResult result =
        result(
            List.of(ip("10.10.0.2/24", null)),
            List.of(
                new CniRoute(
                    IpPrefix.of("10.20.0.0/16"),
                    IpAddress.of("10.10.0.1"),
                    1400,
                    1360,
                    0,
                    null,
                    null)));

    result.configure(pod, NET1);

    JsonNode metrics = Ip.in(pod).one("-d route show 10.20.0.0/16").path("metrics").path(0);
    assertThat(metrics.path("mtu").asInt()).isEqualTo(1400);
    assertThat(metrics.path("advmss").asInt()).isEqualTo(1360);
  }
}
