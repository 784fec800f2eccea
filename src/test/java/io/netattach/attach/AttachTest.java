package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.onLink;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.NoLeftovers;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Route;
import io.netattach.netlink.Rtnetlink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an attach makes, as {@code ip} sees it, and that a second one makes nothing. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class AttachTest {
  private TestNode node;

  @BeforeEach
  void aFreshNode() {
    node = new TestNode();
  }

  @AfterEach
  void away() {
    node.close();
  }

  @Test
  void bothEndsAreAsDesired() {
    Attachments desired =
        attachment("a")
            .mac("02:00:5e:00:00:01")
            .mtu(1450)
            .hostName("veth-db")
            .addresses("10.10.0.2/24", "10.10.1.2/32", "10.10.2.2/31")
            .routes(route("0.0.0.0/0", "10.10.0.1", 100), onLink("10.30.0.0/16", "192.0.2.1"))
            .sysctl("net.ipv4.conf.IFNAME.arp_notify", "1")
            .hostAddresses("10.10.0.1/24")
            .hostRoutes(route("10.20.0.0/16", "10.10.0.2"));

    Attached attached = node.attach(desired);

    JsonNode host = node.link("veth-db");
    JsonNode container = node.link("blue", "net1");
    assertThat(host.path("address").asText()).startsWith("fe:");
    assertThat(container.path("address").asText()).isEqualTo("02:00:5e:00:00:01");
    assertThat(host.path("mtu").asInt()).isEqualTo(1450);
    assertThat(container.path("mtu").asInt()).isEqualTo(1450);
    assertThat(flags(host)).contains("UP");
    assertThat(flags(container)).contains("UP");
    assertThat(host.path("link_index").asInt()).isEqualTo(container.path("ifindex").asInt());
    assertThat(addresses("-n blue", "net1"))
        .containsExactlyInAnyOrder("10.10.0.2/24 10.10.0.255", "10.10.1.2/32", "10.10.2.2/31");
    assertThat(addresses("", "veth-db")).containsExactly("10.10.0.1/24 10.10.0.255");
    assertThat(routes("-n blue"))
        .containsExactlyInAnyOrder(
            "default via 10.10.0.1 dev net1 metric 100",
            "10.30.0.0/16 via 192.0.2.1 dev net1 onlink");
    assertThat(routes("")).containsExactly("10.20.0.0/16 via 10.10.0.2 dev veth-db");
    assertThat(node.sysctl("blue", "net/ipv4/conf/net1/arp_notify")).isEqualTo("1");
    assertThat(flags(node.link("blue", "lo"))).contains("UP");
    assertThat(attached.observed()).isNull();
    assertThat(attached.took()).isPositive();
    assertThat(attached.steps()).first().isInstanceOf(Step.CreateNetns.class);
  }

  @Test
  void ipv6IsUsedAtOnce() {
    node.attach(
        attachment("a")
            .addresses("fd00:10::2/64")
            .routes(route("::/0", "fd00:10::1"), route("fd00:30::/48", "fe80::1", 7))
            .hostAddresses("fd00:10::1/64"));

    // The kernel would take a second or two for duplicate address detection.
    for (String end : List.of("-n blue", "")) {
      assertThat(node.ip(end + " -6 address show scope global")).contains("fd00:10::", " nodad");
    }
    await()
        .atMost(TestNode.PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !node.ip("-n blue -6 address show scope global").contains("tentative"));
    assertThat(node.ip("-n blue -6 address show dev net1")).contains("fd00:10::2/64");
    assertThat(routes("-n blue -6"))
        .containsExactlyInAnyOrder(
            "default via fd00:10::1 dev net1 metric 1024",
            "fd00:30::/48 via fe80::1 dev net1 metric 7");
    assertThat(node.canConnect("blue", "fd00:10::1")).isTrue();
  }

  @Test
  void packetsGoThrough() {
    node.attach(attachment("a").addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24"));

    assertThat(node.canConnect("blue", "10.10.0.1")).isTrue();
  }

  /** One such host end would add routes to the node's table, which every later change walks. */
  @Test
  void ipv6IsOffOnAHostEndThatHasNoUseForIt() {
    Attachments desired = attachment("a").addresses("10.10.0.2/24", "fd00::2/64");

    node.attach(desired);

    assertThat(node.sysctl("net/ipv6/conf/" + desired.host() + "/disable_ipv6")).isEqualTo("1");
    assertThat(node.ip("-6 route show table all dev " + desired.host())).isBlank();
    assertThat(node.sysctl("blue", "net/ipv6/conf/net1/disable_ipv6")).isEqualTo("0");
  }

  @Test
  void aHostEndWithIpv6DoesNotBelieveItsContainersRouterAdvertisements() {
    Attachments address = attachment("a").hostAddresses("fd00::1/64");
    Attachments routed = attachment("b").into("red").hostRoutes(route("fd01::/64"));

    node.attach(address);
    node.attach(routed);

    for (Attachments each : List.of(address, routed)) {
      String conf = "net/ipv6/conf/" + each.host();
      assertThat(node.sysctl(conf + "/disable_ipv6")).isEqualTo("0");
      assertThat(node.sysctl(conf + "/accept_ra")).isEqualTo("0");
    }
  }

  /** As container engines set it up where a network has no IPv6. */
  @Test
  void ipv6IsSwitchedOnWhereItIsAskedForInANamespaceWithoutIt() {
    node.ip("netns add blue");
    node.ip("netns exec blue sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
    node.ip("netns exec blue sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
    Attachments desired = attachment("a").addresses("fd00::2/64");

    node.attach(desired);

    assertThat(node.ip("-n blue -6 address show dev net1")).contains("fd00::2/64");
    node.isAttached(desired);
  }

  @Test
  void aNamespaceWithoutIpv6KeepsItOffWhereItIsNotAskedFor() {
    node.ip("netns add blue");
    node.ip("netns exec blue sysctl -qw net.ipv6.conf.default.disable_ipv6=1");

    node.attach(attachment("a").addresses("10.10.0.2/24"));

    assertThat(node.sysctl("blue", "net/ipv6/conf/net1/disable_ipv6")).isEqualTo("1");
  }

  @Test
  void thePairIsMadeDownAndWithEverythingInOneRequest() {
    try (IpMonitor monitor = IpMonitor.of(node)) {
      Attachments desired = attachment("a").mtu(1400).addresses("10.10.0.2/24");
      node.attach(desired);

      List<String> events =
          monitor.events().stream().filter(event -> event.contains(desired.host())).toList();
      assertThat(events)
          .first()
          .asString()
          .contains("mtu 1400", desired.get().host().mac().toString())
          .doesNotContain("UP");
      assertThat(events)
          .allSatisfy(event ->
              assertThat(event)
                  .contains("mtu 1400", desired.get().host().mac().toString())
                  .doesNotContain("Deleted"));
    }
  }

  @Test
  void aPortHasTheMtuOfItsBridgeAndDoesNotChangeIt() {
    node.ip("link add br0 mtu 1400 type bridge");
    node.ip("link set br0 up");
    // A bridge takes the lowest address of its ports: a random one may be higher than ours.
    node.ip("link add other mtu 1400 address 02:00:00:00:00:01 type veth peer name other-peer");
    node.ip("link set other master br0");
    State before = node.state();
    Attachments desired = attachment("a").bridge("br0", 0, true, true).addresses("10.10.0.2/24");

    node.attach(desired);

    JsonNode port = node.link(desired.host());
    assertThat(port.path("master").asText()).isEqualTo("br0");
    assertThat(port.path("mtu").asInt()).isEqualTo(1400);
    assertThat(node.link("blue", "net1").path("mtu").asInt()).isEqualTo(1400);
    assertThat(port.at("/linkinfo/info_slave_data/hairpin").asBoolean()).isTrue();
    assertThat(port.at("/linkinfo/info_slave_data/isolated").asBoolean()).isTrue();
    node.state()
        .about(" link br0 ")
        .without("root_id")
        .isSameAs(before.about(" link br0 ").without("root_id"));
    node.isAttached(desired);
  }

  @Test
  void whatIsOursIsMarked() throws Exception {
    Attachments desired =
        attachment("3a6b1a3e-7a0d-4d1b-9a55-8f7f6f0e1c22")
            .of("shop", "db-link")
            .addresses("10.10.0.2/24", "fd00::2/64")
            .routes(route("10.20.0.0/16"), route("fd01::/64"))
            .hostAddresses("10.10.0.1/24")
            .hostRoutes(route("10.30.0.0/16"));

    node.attach(desired);

    String mark = "netattach " + TestNode.OWNER + " shop/db-link";
    JsonNode host = node.link("netattach-3a6b1a3e-7a0d-4d1b-9a55-8f7f6f0e1c22");
    assertThat(host.path("ifname").asText()).isEqualTo("navyuz2u7g4jg7d");
    assertThat(host.path("ifalias").asText()).isEqualTo(mark);
    assertThat(host.path("altnames")).hasSize(1);
    assertThat(node.link("blue", "lo").path("ifalias").asText()).isEqualTo(mark);
    assertThat(node.json("route show proto 110")).hasSize(1);
    assertThat(node.json("-n blue route show proto 110")).hasSize(1);
    assertThat(node.json("-n blue -6 route show proto 110")).hasSize(1);
    try (Netns blue = Netns.open(new NetnsName("blue"));
        Rtnetlink links = Rtnetlink.open(blue);
        Rtnetlink nodeLinks = Rtnetlink.open(node.netns)) {
      int net1 = node.link("blue", "net1").path("ifindex").asInt();
      assertThat(
              links.addresses(net1).stream()
                  .filter(a -> !a.local().address().isLinkLocal())
                  .map(a -> a.local() + " " + a.protocol()))
          .containsExactlyInAnyOrder("10.10.0.2/24 110", "fd00::2/64 110");
      assertThat(nodeLinks.addresses(host.path("ifindex").asInt()))
          .singleElement()
          .satisfies(a -> assertThat(a.protocol()).isEqualTo(Mark.PROTOCOL));
      assertThat(
              links.routes(Route.TABLE_MAIN, net1).stream()
                  .filter(r -> r.protocol() == Mark.PROTOCOL))
          .hasSize(2);
    }
    assertThat(fileUnder("blue")).isEqualTo(mark + "\n");
  }

  /** What the mount of a namespace hides is what a restart finds after the mount is gone. */
  private String fileUnder(String netns) throws Exception {
    node.shell("umount /run/netns/" + netns);
    return Files.readString(Path.of("/run/netns", netns));
  }

  @Test
  void aNamespaceToBeRetainedSaysSo() {
    node.attach(attachment("a").retain());

    assertThat(node.link("blue", "lo").path("ifalias").asText()).endsWith("/link-a retain");
  }

  @Test
  void theLongestUidNamesAndOwnerFit() {
    Identity longest = new Identity("u".repeat(63), "n".repeat(63), "x".repeat(253));
    Attachments desired = attachment("a").identity(longest).addresses("10.10.0.2/24");
    Ownership owner = new Ownership(new Owner("o".repeat(128)), false);
    try (Attacher attacher = node.attacher(NodePolicy.defaults(), owner)) {
      attacher.attach(desired.get());

      assertThat(attacher.attach(desired.get()).steps()).isEmpty();
      JsonNode host = node.link("netattach-" + "u".repeat(63));
      assertThat(host.path("ifalias").asText()).hasSize(255);

      // The marks still say which attachment it is for: the namespace can be marked anew,
      attacher.attach(desired.retain().get());
      assertThat(node.link("blue", "lo").path("ifalias").asText()).endsWith("x retain");
      attacher.attach(desired.get());
      assertThat(node.link("blue", "lo").path("ifalias").asText()).endsWith("xxx").hasSize(255);
      // and is found when the target is another one.
      attacher.attach(desired.into("red").get());
      assertThat(node.hasNetns("blue")).isFalse();
      assertThat(attacher.detach(desired.into("red").get()).netns()).isTrue();
    }
  }

  static Stream<Attachments> allKinds() {
    Attachments plain = attachment("a").addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24");
    return Stream.of(
        attachment("a"),
        plain,
        plain.retain().mtu(1400).mac("02:00:5e:00:00:01").hostName("veth-db").as("eth0.10"),
        plain.bridge("br0"),
        plain.bridge("br0", 0, true, false),
        plain.bridge("br0", 0, false, true),
        plain.addresses("10.10.0.2/24", "10.10.0.3/24", "10.10.0.4/16", "10.10.9.4/31"),
        plain.routes(
            route("0.0.0.0/0", "10.10.0.1"),
            route("0.0.0.0/0", "10.10.0.3", 7),
            route("0.0.0.0/0", "10.10.0.3", 4294967295L),
            route("10.30.0.0/16"),
            onLink("10.40.0.0/16", "192.0.2.1"),
            route("10.50.0.0/16", "10.30.0.1"),
            route("10.60.0.1/32")),
        attachment("a")
            .addresses("fd00::2/64", "fd00::3/64", "fd01::2/128", "fe80::77/64")
            .routes(
                route("::/0", "fd00::1"),
                route("::/0", "fe80::1", 7),
                route("fd02::/48"),
                route("fd03::/48", "fd00::1", 4294967295L),
                onLink("fd04::/48", "fd55::1"))
            .hostAddresses("fd00::1/64")
            .hostRoutes(route("fd01::2/128"), route("fd06::/48", "fd00::2")),
        attachment("a").addresses("169.254.1.1/32").routes(onLink("0.0.0.0/0", "169.254.1.2")),
        attachment("a").routes(onLink("::/0", "fe80::1")),
        allSettings("1"),
        allSettings("0"));
  }

  private static Attachments allSettings(String value) {
    Attachments attachment = attachment("a").addresses("10.10.0.2/24");
    List<String> settings =
        List.of(
            "ipv4.conf.IFNAME.accept_local",
            "ipv4.conf.IFNAME.accept_redirects",
            "ipv4.conf.IFNAME.accept_source_route",
            "ipv4.conf.IFNAME.arp_accept",
            "ipv4.conf.IFNAME.arp_announce",
            "ipv4.conf.IFNAME.arp_filter",
            "ipv4.conf.IFNAME.arp_ignore",
            "ipv4.conf.IFNAME.arp_notify",
            "ipv4.conf.IFNAME.drop_gratuitous_arp",
            "ipv4.conf.IFNAME.forwarding",
            "ipv4.conf.IFNAME.log_martians",
            "ipv4.conf.IFNAME.proxy_arp",
            "ipv4.conf.IFNAME.proxy_arp_pvlan",
            "ipv4.conf.IFNAME.rp_filter",
            "ipv4.conf.IFNAME.secure_redirects",
            "ipv4.conf.IFNAME.send_redirects",
            "ipv4.conf.IFNAME.src_valid_mark",
            "ipv6.conf.IFNAME.accept_dad",
            "ipv6.conf.IFNAME.accept_ra",
            "ipv6.conf.IFNAME.accept_ra_defrtr",
            "ipv6.conf.IFNAME.accept_ra_pinfo",
            "ipv6.conf.IFNAME.accept_redirects",
            "ipv6.conf.IFNAME.accept_source_route",
            "ipv6.conf.IFNAME.autoconf",
            "ipv6.conf.IFNAME.dad_transmits",
            "ipv6.conf.IFNAME.drop_unsolicited_na",
            "ipv6.conf.IFNAME.forwarding",
            "ipv6.conf.IFNAME.keep_addr_on_down",
            "ipv6.conf.IFNAME.ndisc_notify",
            "ipv6.conf.IFNAME.proxy_ndp",
            "ipv6.conf.IFNAME.router_solicitations",
            "ipv6.conf.IFNAME.use_tempaddr");
    for (String setting : settings) {
      attachment = attachment.sysctl("net." + setting, value);
    }
    // The only one that has no use for 0.
    return attachment.sysctl("net.ipv6.conf.IFNAME.hop_limit", value.equals("0") ? "64" : "1");
  }

  @ParameterizedTest
  @MethodSource("allKinds")
  void attachingAgainSendsNothingThatTheKernelWouldTellOthersOf(Attachments desired) {
    node.ip("link add br0 type bridge");
    node.ip("netns add blue");
    // Duplicate address detection of IPv6 would be told, too, whenever it is done.
    node.ip("netns exec blue sysctl -qw net.ipv6.conf.default.addr_gen_mode=1");
    node.ip("netns exec blue sysctl -qw net.ipv6.conf.default.accept_dad=0");
    node.shell("sysctl -qw net.ipv6.conf.default.addr_gen_mode=1");
    node.attach(desired);
    node.awaitCarrier(desired.host());
    State before = node.state("blue");

    try (IpMonitor monitor = IpMonitor.of(node);
        IpMonitor inside = IpMonitor.in(node, "blue")) {
      Attached again = node.attach(desired);

      assertThat(again.steps()).isEmpty();
      assertThat(monitor.events()).as("changes of the node").isEmpty();
      assertThat(inside.events()).as("changes in blue").isEmpty();
    }
    node.state("blue").isSameAs(before);
    node.detach(desired);
  }

  @Test
  void twoAttachmentsShareANamespace() {
    Attachments one = attachment("a").as("net1").addresses("10.10.0.2/24");
    Attachments two = attachment("b").as("net2").addresses("10.10.1.2/24");

    node.attach(one);
    node.attach(two);

    node.isAttached(one);
    node.isAttached(two);
    assertThat(node.ip("-n blue -br address show")).contains("10.10.0.2/24", "10.10.1.2/24");
  }

  @Test
  void aMissingNamespaceIsToldUnlessItIsToBeMade() {
    Attachments desired = attachment("a").existing();

    assertThat(node.refuses(desired, Reason.TARGET_NOT_FOUND))
        .hasMessageContaining("write target.netns.create: true");

    node.ip("netns add blue");
    node.attach(desired);
    node.isAttached(desired);
    assertThat(node.link("blue", "lo").path("ifalias").asText()).isEmpty();
  }

  @Test
  void manyAtOnceAreAllMade() throws Exception {
    List<Attachments> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      all.add(
          attachment("u" + i)
              .into("n" + i % 8)
              .as("net" + i)
              .addresses("10.10." + i + ".2/24")
              .hostAddresses("10.10." + i + ".1/24"));
    }

    inParallel(all.stream().<Runnable>map(each -> () -> node.attach(each)).toList());

    all.forEach(node::isAttached);
    inParallel(all.stream().<Runnable>map(each -> () -> node.detach(each)).toList());
    assertThat(node.json("link show")).hasSize(1);
    assertThat(node.ip("netns list")).isBlank();
  }

  private static void inParallel(List<Runnable> jobs) throws Exception {
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (Runnable job : jobs) {
      threads.add(
          Thread.ofVirtual()
              .uncaughtExceptionHandler((thread, failure) -> failures.add(failure))
              .start(job));
    }
    for (Thread thread : threads) {
      assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
    }
    assertThat(failures).isEmpty();
  }

  private static List<String> flags(JsonNode link) {
    List<String> flags = new ArrayList<>();
    link.path("flags").forEach(flag -> flags.add(flag.asText()));
    return flags;
  }

  private List<String> addresses(String in, String link) {
    List<String> addresses = new ArrayList<>();
    for (JsonNode a : node.json(in + " -4 address show dev " + link).path(0).path("addr_info")) {
      String broadcast = a.path("broadcast").asText();
      addresses.add(
          (a.path("local").asText() + "/" + a.path("prefixlen").asInt() + " " + broadcast).strip());
    }
    return addresses;
  }

  /** Those of ours, as {@code ip} writes them, without what all have in common. */
  private List<String> routes(String in) {
    return node.ip(in + " route show proto 110")
        .lines()
        .map(line -> line.replaceAll(" (scope link|linkdown|pref medium)", "").strip())
        .toList();
  }
}
