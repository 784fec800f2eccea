package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.onLink;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.netlink.IpPrefix;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused without a look at the node, and that what is nearly refused is not. */
class AttachmentRulesTest {
  private static final Attachments PLAIN = attachment("a").addresses("10.10.0.2/24");

  static Stream<Arguments> whatCannotBe() {
    return Stream.of(
        wrong(PLAIN.as("lo"), "container.interface", "loopback interface of every namespace"),
        wrong(PLAIN.hostName("lo"), "host.interface", "loopback interface of every namespace"),
        wrong(PLAIN.mac("00:00:00:00:00:00"), "container.mac", "is no address"),
        wrong(PLAIN.mac("01:00:5e:00:00:01"), "container.mac", "multicast address"),
        wrong(PLAIN.mac("ff:ff:ff:ff:ff:ff"), "container.mac", "multicast address"),
        wrong(PLAIN.mtu(67), "container.mtu", "write 68 to 65535"),
        wrong(PLAIN.mtu(65536), "container.mtu", "write 68 to 65535"),
        wrong(PLAIN.mtu(-1), "container.mtu", "write 68 to 65535"),
        wrong(attachment("a").addresses("fd00::2/64").mtu(1279), "container.mtu", "1280 bytes"),
        wrong(attachment("a").hostAddresses("fd00::2/64").mtu(1279), "container.mtu", "1280 bytes"),
        wrong(attachment("a").routes(route("fd00::/64")).mtu(1279), "container.mtu", "1280 bytes"),
        wrong(
            attachment("a").hostRoutes(route("fd00::/64")).mtu(1279),
            "container.mtu",
            "1280 bytes"),
        address("::ffff:10.0.0.1/120", "IPv6 clothes"),
        address("0.0.0.0/24", "unspecified"),
        address("::/64", "unspecified"),
        address("127.0.0.1/8", "loopback"),
        address("127.255.0.1/32", "loopback"),
        address("::1/128", "loopback"),
        address("0.1.2.3/24", "this network"),
        address("224.0.0.1/24", "multicast"),
        address("239.255.255.255/32", "multicast"),
        address("ff02::1/64", "multicast"),
        address("255.255.255.255/32", "broadcast"),
        address("10.0.0.1/0", "write its prefix length, such as 10.0.0.1/24"),
        address("fd00::1/0", "write its prefix length, such as fd00::1/64"),
        address("10.0.0.0/24", "network itself; write one within it, such as 10.0.0.2/24"),
        address("10.0.0.4/30", "network itself; write one within it, such as 10.0.0.6/30"),
        address("fd00::/64", "network itself; write one within it, such as fd00::2/64"),
        address("10.0.0.255/24", "broadcast address of its network"),
        address(
            "10.0.0.7/30",
            "broadcast address of its network; write one within, such as 10.0.0.6/30"),
        wrong(PLAIN.hostAddresses("10.10.0.255/24"), "host.addresses[0]", "broadcast address"),
        wrong(
            attachment("a").addresses("10.0.0.2/24", "10.0.0.2/16"),
            "container.addresses[1]",
            "the address that container.addresses[0] has"),
        wrong(
            attachment("a").addresses("fd00::2/64", "fd00::3/64", "fd00::2/80"),
            "container.addresses[2]",
            "the address that container.addresses[0] has"),
        wrong(
            PLAIN.hostAddresses("10.10.0.2/24"),
            "host.addresses[0]",
            "the address that container.addresses[0] has"),
        wrong(
            attachment("a").addresses(many(33)),
            "container.addresses",
            "33 addresses are too many"),
        wrong(attachment("a").hostAddresses(many(33)), "host.addresses", "at most 32"),
        wrong(PLAIN.routes(manyRoutes(65)), "container.routes", "65 routes are too many"),
        wrong(PLAIN.hostRoutes(manyRoutes(65)), "host.routes", "at most 64"),
        wrong(
            PLAIN.routes(route("10.20.0.1/16")),
            "container.routes[0].to",
            "bits behind its prefix; write the network, 10.20.0.0/16"),
        wrong(
            PLAIN.routes(route("fd00::1/64")),
            "container.routes[0].to",
            "bits behind its prefix; write the network, fd00::/64"),
        wrong(PLAIN.routes(route("::ffff:0:0/96")), "container.routes[0].to", "IPv6 clothes"),
        wrong(PLAIN.routes(route("127.0.0.0/8")), "container.routes[0].to", "loopback"),
        wrong(PLAIN.routes(route("::1/128")), "container.routes[0].to", "loopback"),
        wrong(
            PLAIN.hostRoutes(route("10.20.0.0/16"), route("10.30.0.1/16")),
            "host.routes[1].to",
            "write the network, 10.30.0.0/16"),
        wrong(
            PLAIN.routes(new DesiredRoute(IpPrefix.of("10.20.0.0/16"), null, 0, true)),
            "container.routes[0].onLink",
            "write via, too"),
        via("fd00::1", "not of the same family as 10.20.0.0/16; write an IPv4 gateway"),
        wrong(
            PLAIN.routes(route("fd00::/64", "10.10.0.1")),
            "container.routes[0].via",
            "write an IPv6 gateway"),
        via("0.0.0.0", "not the address of a gateway"),
        via("127.0.0.1", "not the address of a gateway"),
        via("224.0.0.5", "not the address of a gateway"),
        wrong(
            PLAIN.routes(route("fd00::/64", "::ffff:10.10.0.1")),
            "container.routes[0].via",
            "not the address of a gateway"),
        via("10.10.0.2", "this end's own address"),
        via("10.11.0.1", "not within the network of any address or route of this end"),
        // Link-local gateways are on every link only to IPv6.
        via("169.254.1.1", "not within the network of any address or route of this end"),
        wrong(
            PLAIN.routes(onLink("10.20.0.0/16", "10.10.0.2")),
            "container.routes[0].via",
            "this end's own address"),
        wrong(
            PLAIN.hostRoutes(route("10.20.0.0/16", "10.10.0.3")),
            "host.routes[0].via",
            "add an address that covers it, a route to it without via, or onLink: true"),
        wrong(
            PLAIN.routes(route("10.20.0.0/16", "10.10.0.1"), route("10.20.0.0/16", "10.10.0.3")),
            "container.routes[1]",
            "a second route to 10.20.0.0/16 with metric 0"),
        wrong(
            attachment("a")
                .addresses("fd00::2/64")
                .routes(route("::/0", "fd00::1"), route("::/0", "fd00::3", 1024)),
            "container.routes[1]",
            "a second route to ::/0 with metric 1024"),
        wrong(
            PLAIN.sysctl("net.ipv4.ip_forward", "1"),
            "container.sysctls[\"net.ipv4.ip_forward\"]",
            "IFNAME"),
        wrong(
            PLAIN.sysctl("net.ipv4.conf.IFNAME.arp_notify", "yes"),
            "container.sysctls[\"net.ipv4.conf.IFNAME.arp_notify\"]",
            "\"yes\" is not a number"),
        wrong(PLAIN.bridge("br0", 4095, false, false), "host.bridge.vlan", "4095 is not a VLAN"),
        wrong(PLAIN.bridge("br0", -1, false, false), "host.bridge.vlan", "-1 is not a VLAN"));
  }

  private static Arguments wrong(Attachments attachment, String field, String sentence) {
    return Arguments.of(attachment, field, sentence);
  }

  private static Arguments address(String address, String sentence) {
    return wrong(attachment("a").addresses(address), "container.addresses[0]", sentence);
  }

  private static Arguments via(String via, String sentence) {
    return wrong(PLAIN.routes(route("10.20.0.0/16", via)), "container.routes[0].via", sentence);
  }

  private static String[] many(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> "10.0.0." + i + "/24")
        .toArray(String[]::new);
  }

  private static DesiredRoute[] manyRoutes(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> route("10.20." + i + ".0/24"))
        .toArray(DesiredRoute[]::new);
  }

  @ParameterizedTest(name = "{1}: {2}")
  @MethodSource("whatCannotBe")
  void whatCannotBeIsToldWithItsFieldAndASentence(
      Attachments attachment, String field, String sentence) {
    assertThat(problems(attachment))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.field()).isEqualTo(field);
          assertThat(problem.sentence()).contains(sentence);
        });
  }

  static Stream<Attachments> whatCanBe() {
    return Stream.of(
        PLAIN,
        PLAIN.mtu(68),
        PLAIN.mtu(65535),
        attachment("a").addresses("fd00::2/64").mtu(1280),
        attachment("a").addresses("10.0.0.0/31"),
        attachment("a").addresses("10.0.0.1/31"),
        attachment("a").addresses("10.0.0.0/32"),
        attachment("a").addresses("10.0.0.255/32"),
        attachment("a").addresses("fd00::/127"),
        attachment("a").addresses("fd00::/128"),
        attachment("a").addresses("fd00::ffff:ffff:ffff:ffff/64"),
        attachment("a").addresses("8.8.8.8/24"),
        attachment("a").addresses("fe80::1/64"),
        attachment("a").addresses("169.254.1.1/32"),
        attachment("a").addresses(many(32)),
        PLAIN.routes(manyRoutes(64)),
        PLAIN.routes(route("0.0.0.0/0", "10.10.0.1")),
        PLAIN.routes(route("0.0.0.0/0", "10.10.0.1"), route("0.0.0.0/0", "10.10.0.3", 1)),
        PLAIN.routes(onLink("10.20.0.0/16", "192.0.2.1")),
        PLAIN.routes(route("0.0.0.0/0", "192.0.2.1"), route("192.0.2.1/32")),
        PLAIN.routes(onLink("0.0.0.0/0", "169.254.1.1")),
        PLAIN.routes(route("::/0", "fe80::1")),
        PLAIN.routes(route("::/0", "fe80::1"), route("::/0", "fe80::2", 1)),
        PLAIN.bridge("br0", 1, true, true),
        PLAIN.bridge("br0", 4094, false, false),
        PLAIN.bridge("br0", 0, false, false));
  }

  @ParameterizedTest
  @MethodSource("whatCanBe")
  void whatCanBeIsNotRefused(Attachments attachment) {
    assertThat(attachment.get().identity()).isEqualTo(attachment.identity());
  }

  @Test
  void everythingThatIsWrongIsToldAtOnce() {
    Attachments wrong =
        PLAIN.as("lo").mtu(12).hostAddresses("127.0.0.1/8").routes(route("10.0.0.1/8"));

    assertThat(problems(wrong).stream().map(Problem::field))
        .containsExactly(
            "container.interface", "container.mtu", "host.addresses[0]", "container.routes[0].to");
    assertThat(refused(wrong))
        .hasMessageContainingAll("container.interface: ", "; container.mtu: ");
  }

  /** IP6_RT_PRIO_USER: what the kernel makes of an IPv6 route without a metric. */
  @Test
  void anIpv6RouteWithoutAMetricHasThatOfTheKernel() {
    assertThat(route("fd00::/64").metric()).isEqualTo(1024);
    assertThat(route("10.0.0.0/8").metric()).isZero();
    assertThat(new DesiredRoute(IpPrefix.of("fd00::/64"), null, 7, false).metric()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "ä", "a_b", "a.b", "a\n"})
  void aUidIsOfLettersDigitsAndHyphens(String uid) {
    assertThat(
            catchThrowableOfType(IllegalArgumentException.class, () -> new Identity(uid, "n", "x")))
        .hasMessageContaining("a uid has 1 to 63");
  }

  @Test
  void aUidHasAtMost63Characters() {
    assertThat(new Identity("u".repeat(63), "shop", "x")).hasToString("shop/x");
    assertThat(
            catchThrowableOfType(
                IllegalArgumentException.class, () -> new Identity("u".repeat(64), "n", "x")))
        .isNotNull();
  }

  private static List<Problem> problems(Attachments attachment) {
    return refused(attachment).problems();
  }

  private static InvalidAttachment refused(Attachments attachment) {
    InvalidAttachment refused = catchThrowableOfType(InvalidAttachment.class, attachment::get);
    assertThat(refused).as("%s is refused", attachment).isNotNull();
    return refused;
  }
}
