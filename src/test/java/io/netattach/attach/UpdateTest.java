package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.onLink;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A change of what is desired changes just that: the pair stays, is never down, and all else is
 * kept.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class UpdateTest {
  private static final Attachments OLD =
      attachment("a")
          .hostName("veth-db")
          .addresses("10.10.0.2/24", "10.10.0.3/24", "10.10.0.4/24", "fd00::2/64", "fd00::3/64")
          .routes(
              route("0.0.0.0/0", "10.10.0.1"),
              route("10.20.0.0/16", "10.10.0.1", 5),
              route("::/0", "fd00::1"),
              route("fd02::/48", "fd00::1", 5))
          .hostAddresses("10.10.0.1/24", "fd00::1/64")
          .hostRoutes(route("10.30.0.0/16", "10.10.0.2"));

  private TestNode node;

  @BeforeEach
  void aNodeWithTwoBridges() {
    node = new TestNode();
    node.shell(
        """
        ip link add br0 address 02:00:00:00:00:b0 type bridge
        ip link add br1 address 02:00:00:00:00:b1 type bridge
        """);
  }

  @AfterEach
  void away() {
    node.close();
  }

  @Test
  void anAddressIsExchangedAndTheOthersStay() {
    List<String> lost =
        update(
            OLD,
            OLD.addresses(
                "10.10.0.2/24", "10.10.0.3/24", "10.10.0.9/24", "fd00::2/64", "fd00::9/64"));

    assertThat(lost)
        .isNotEmpty()
        .allMatch(event -> event.contains("10.10.0.4") || event.contains("fd00::3"));
  }

  @Test
  void aPrimaryAddressGoesWithoutTakingItsSecondaries() {
    Attachments desired =
        OLD.addresses("10.10.0.3/24", "10.10.0.4/24", "10.10.0.5/24", "fd00::2/64");

    update(OLD, desired);

    assertThat(node.ip("-n blue -4 -br address show dev net1"))
        .contains("10.10.0.3/24", "10.10.0.4/24", "10.10.0.5/24")
        .doesNotContain("10.10.0.2/24");
    assertThat(node.canConnect("blue", "10.10.0.1")).isTrue();
  }

  @Test
  void aPrimaryAddressThatIsPutRightDoesNotTakeItsSecondaries() {
    node.attach(OLD);
    node.ip("-n blue address change 10.10.0.2/24 dev net1 preferred_lft 0");
    try (IpMonitor inside = IpMonitor.in(node, "blue")) {
      node.attach(OLD);

      assertThat(inside.events())
          .filteredOn(event -> event.startsWith("Deleted"))
          .isNotEmpty()
          .noneMatch(event -> event.contains("inet 10.10.0.3/"))
          .noneMatch(event -> event.contains("inet 10.10.0.4/"));
    }
    node.isAttached(OLD);
  }

  @Test
  void anAddressGetsAnotherPrefixLength() {
    update(
        OLD,
        OLD.addresses("10.10.0.2/16", "10.10.0.3/24", "10.10.0.4/24", "fd00::2/80", "fd00::3/64"));
  }

  @Test
  void allAddressesAreExchanged() {
    update(
        OLD,
        OLD.addresses("10.11.0.2/24", "fd01::2/64")
            .routes(route("0.0.0.0/0", "10.11.0.1"), route("::/0", "fd01::1"))
            .hostAddresses("10.11.0.1/24", "fd01::1/64")
            .noHostRoutes());

    assertThat(node.canConnect("blue", "10.11.0.1")).isTrue();
    assertThat(node.canConnect("blue", "fd01::1")).isTrue();
  }

  @Test
  void linkLocalAddressesOfOursAreExchanged() {
    Attachments old = attachment("a").addresses("fe80::77/64", "169.254.1.1/32");

    update(old, attachment("a").addresses("fe80::78/64", "169.254.1.2/32"));

    String addresses = node.ip("-n blue address show dev net1");
    assertThat(addresses).contains("fe80::78/64", "169.254.1.2/32").doesNotContain("169.254.1.1/");
    // Whose an address is, the kernel remembers since 5.18; the other one it makes itself.
    assumeTrue(kernelIsAtLeast(5, 18));
    assertThat(addresses).doesNotContain("fe80::77/");
  }

  @Test
  void aGatewayIsExchangedWithoutAMomentWithoutARoute() {
    node.attach(OLD);
    node.awaitCarrier(OLD.host());
    try (IpMonitor inside = IpMonitor.in(node, "blue")) {
      node.attach(
          OLD.routes(
              route("0.0.0.0/0", "10.10.0.9"),
              route("10.20.0.0/16", "10.10.0.1", 5),
              route("::/0", "fd00::1"),
              route("fd02::/48", "fd00::1", 5)));

      assertThat(inside.events())
          .hasSize(2)
          .first()
          .asString()
          .contains("default via 10.10.0.9")
          .doesNotContain("Deleted");
    }
  }

  @Test
  void gatewaysMetricsAndOnLinkAreExchanged() {
    List<String> lost =
        update(
            OLD,
            OLD.routes(
                onLink("0.0.0.0/0", "10.10.0.1"),
                route("10.20.0.0/16", "10.10.0.1", 6),
                route("::/0", "fd00::9"),
                route("fd02::/48", "fd00::1", 6),
                route("10.21.0.0/16"),
                route("10.22.0.0/16", "10.21.0.1")));

    assertThat(lost)
        .allMatch(event ->
            event.contains("default via 10.10.0.1")
                || event.contains("default via fd00::1")
                || event.contains("metric 5"));
  }

  @Test
  void aRouteOfIpv6LosesItsGatewayAndGetsAnother() {
    Attachments linkRoute =
        OLD.routes(route("::/0", "fd00::1"), route("fd02::/48"), onLink("fd03::/48", "fd77::1"));

    update(OLD, linkRoute);
    update(linkRoute, OLD.routes(route("fd02::/48", "fd00::1"), route("fd03::/48", "fe80::1")));
  }

  @Test
  void theMtuIsChangedAndNothingIsLost() {
    assertThat(update(OLD, OLD.mtu(1400))).isEmpty();
    assertThat(update(OLD.mtu(1400), OLD.mtu(9000))).isEmpty();
  }

  @Test
  void theMtuGoesBelowThatOfIpv6AndBack() {
    Attachments small =
        attachment("a").hostName("veth-db").addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24");

    update(OLD, small.mtu(1000));
    assertThat(node.canConnect("blue", "10.10.0.1")).isTrue();
    update(small.mtu(1000), OLD);
    assertThat(node.canConnect("blue", "fd00::1")).isTrue();
    update(OLD, small.mtu(68));
  }

  @Test
  void aMacIsExchanged() {
    assertThat(update(OLD, OLD.mac("02:00:5e:00:00:07"))).isEmpty();
    assertThat(update(OLD.mac("02:00:5e:00:00:07"), OLD)).isEmpty();
  }

  @Test
  void bothEndsAreRenamed() {
    Attachments renamed =
        OLD.hostName("veth-new")
            .as("eth0.10")
            .sysctl("net.ipv4.conf.IFNAME.arp_notify", "1")
            .addresses("10.10.0.2/24", "10.10.0.3/24", "fd00::7/64");

    node.attach(OLD);
    int host = node.link("veth-db").path("ifindex").asInt();
    node.attach(renamed);

    assertThat(node.link("veth-new").path("ifindex").asInt()).isEqualTo(host);
    assertThat(node.hasLink("veth-db")).isFalse();
    isAsFresh(renamed);
  }

  /** Before Linux 6.2 a link that is up cannot be renamed; what that costs is healed at once. */
  @Test
  void aRenamedLinkIsNeverDownWhereTheKernelCanRenameOneThatIsUp() {
    assumeTrue(kernelIsAtLeast(6, 2), "the kernel renames only links that are down");

    assertThat(update(OLD, OLD.hostName("veth-new"), event -> true)).isEmpty();
    assertThat(update(OLD.hostName("veth-new"), OLD.hostName("veth-new").as("net9"), event -> true))
        .isEmpty();
  }

  @Test
  void theHostEndMovesBetweenBridges() {
    Attachments plain = attachment("a").hostName("veth-db").addresses("10.10.0.2/24", "fd00::2/64");

    update(plain, plain.bridge("br0"));
    update(plain.bridge("br0"), plain.bridge("br0", 0, true, false));
    update(plain.bridge("br0", 0, true, false), plain.bridge("br1", 0, false, true));
    update(plain.bridge("br1", 0, false, true), plain.bridge("br0", 0, true, true));
    update(plain.bridge("br0", 0, true, true), plain.bridge("br0"));
    update(plain.bridge("br0"), plain);
  }

  @Test
  void aPortFollowsTheMtuOfItsBridge() {
    Attachments port = OLD.bridge("br0");
    node.attach(port);
    node.ip("link set br0 mtu 1400");

    node.attach(port);

    assertThat(node.link("veth-db").path("mtu").asInt()).isEqualTo(1400);
    assertThat(node.link("blue", "net1").path("mtu").asInt()).isEqualTo(1400);
    assertThat(node.link("br0").path("mtu").asInt()).isEqualTo(1400);
  }

  @Test
  void settingsAreChanged() {
    assertThat(
            update(
                OLD.sysctl("net.ipv4.conf.IFNAME.arp_announce", "2"),
                OLD.sysctl("net.ipv4.conf.IFNAME.arp_announce", "1")
                    .sysctl("net.ipv6.conf.IFNAME.hop_limit", "255")))
        .isEmpty();
  }

  @Test
  void ipv6OfTheHostEndComesAndGoes() {
    Attachments without =
        OLD.hostAddresses("10.10.0.1/24").addresses("10.10.0.2/24").routes().noHostRoutes();

    update(without, without.hostAddresses("10.10.0.1/24", "fd00::1/64"));
    update(without.hostAddresses("10.10.0.1/24", "fd00::1/64"), without);
    assertThat(node.sysctl("net/ipv6/conf/veth-db/disable_ipv6")).isEqualTo("1");
  }

  @Test
  void aNamespaceIsMarkedAnewWhenWhatBecomesOfItChanges() {
    node.attach(OLD);
    Attached retained = node.attach(OLD.retain());
    assertThat(retained.steps()).singleElement().isInstanceOf(Step.MarkNetns.class);
    assertThat(node.link("blue", "lo").path("ifalias").asText()).endsWith("shop/link-a retain");

    Attached deleted = node.attach(OLD);
    assertThat(deleted.steps()).singleElement().isInstanceOf(Step.MarkNetns.class);
    assertThat(node.link("blue", "lo").path("ifalias").asText()).endsWith("shop/link-a");
  }

  @Test
  void anotherNameOfTheResourceIsItsAliasToo() {
    node.attach(OLD);

    node.attach(OLD.of("shop", "renamed"));

    assertThat(node.link("veth-db").path("ifalias").asText()).endsWith(" shop/renamed");
  }

  /** Whoever sees the pair being used must not notice; what was lost meanwhile, in events. */
  private List<String> update(Attachments old, Attachments desired) {
    return update(old, desired, event -> true);
  }

  private List<String> update(Attachments old, Attachments desired, Predicate<String> counts) {
    node.attach(old);
    node.awaitCarrier(old.host());
    String hostIndex = node.link(old.host()).path("ifindex").asText();
    String containerIndex = node.link("blue", old.containerName()).path("ifindex").asText();
    List<String> lost = new ArrayList<>();
    try (IpMonitor monitor = IpMonitor.of(node);
        IpMonitor inside = IpMonitor.in(node, "blue")) {
      node.attach(desired);

      List<String> events = new ArrayList<>(monitor.events());
      events.addAll(inside.events());
      for (String event : events) {
        if (event.matches("(Deleted )?(" + hostIndex + "|" + containerIndex + "): [^ ]+ .*<.*")) {
          // A port that leaves its bridge is "deleted" of the family of bridges only.
          if (!event.contains("Deleted")
              || event.contains("master")
              || event.contains("state disabled")) {
            assertThat(event).as("the link is up throughout").containsPattern("[<,]UP[,>]");
          } else {
            throw new AssertionError("the link was deleted: " + event);
          }
        } else if (event.startsWith("Deleted") && counts.test(event)) {
          lost.add(event);
        }
      }
    }
    assertThat(node.link(desired.host()).path("ifindex").asText()).isEqualTo(hostIndex);
    assertThat(node.link("blue", desired.containerName()).path("ifindex").asText())
        .isEqualTo(containerIndex);
    isAsFresh(desired);
    return lost;
  }

  /** Then all is as when it is attached for the first time. */
  private void isAsFresh(Attachments desired) {
    node.isAttached(desired);
    State updated = node.state("blue").unnumbered();
    node.detach(desired);
    node.attach(desired);
    // Without IPv6 it does not matter what router advertisements would do.
    updated.without("/accept_ra:").isSameAs(node.state("blue").unnumbered().without("/accept_ra:"));
  }

  static boolean kernelIsAtLeast(int major, int minor) {
    String[] release = System.getProperty("os.version").split("[.-]", -1);
    int has = Integer.parseInt(release[0]) * 1000 + Integer.parseInt(release[1]);
    return has >= major * 1000 + minor;
  }
}
