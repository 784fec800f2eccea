package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.onLink;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.NetnsName;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands that a plan prints do what attaching does. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class StepTextTest {
  private static final Attachments PLAIN =
      attachment("a").addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24");

  private TestNode node;

  @BeforeEach
  void aNodeWithTwoBridges() {
    node = new TestNode();
    node.shell(
        """
        ip link add br0 address 02:00:00:00:00:b0 type bridge
        ip link set br0 up
        ip link add br1 address 02:00:00:00:00:b1 type bridge
        """);
  }

  @AfterEach
  void away() {
    node.close();
  }

  static Stream<Attachments> attachments() {
    return Stream.of(
        attachment("a"),
        PLAIN,
        PLAIN.retain().mac("02:00:5e:00:00:01").mtu(1400).hostName("veth-db").as("eth0.10"),
        PLAIN.hostName("$(id)'x\"").as("-n;*&"),
        PLAIN.addresses("10.10.0.2/24", "10.10.0.3/24", "10.11.0.2/31", "10.12.0.2/32"),
        attachment("a")
            .addresses("fd00::2/64", "fd01::2/128", "fe80::77/64")
            .routes(
                route("::/0", "fd00::1"),
                route("fd02::/48"),
                route("fd03::/48", "fe80::1", 7),
                onLink("fd04::/48", "fd77::1"))
            .hostAddresses("fd00::1/64")
            .hostRoutes(route("fd05::/48", "fd00::2"), route("fd01::2/128")),
        PLAIN.bridge("br0", 0, true, true),
        PLAIN.noBridge().bridge("br0"),
        PLAIN
            .routes(
                route("0.0.0.0/0", "10.10.0.1"),
                route("0.0.0.0/0", "10.10.0.3", 100),
                route("10.20.0.0/16"),
                route("10.22.0.0/16", "10.20.0.1"),
                onLink("10.21.0.0/16", "192.0.2.1"))
            .hostRoutes(route("10.30.0.0/16", "10.10.0.2"), route("10.31.0.0/16")),
        PLAIN
            .as("eth0.10")
            .sysctl("net.ipv4.conf.IFNAME.arp_notify", "1")
            .sysctl("net.ipv6.conf.IFNAME.accept_ra", "0"));
  }

  @ParameterizedTest
  @MethodSource("attachments")
  void theCommandsOfAPlanMakeWhatAttachingMakes(Attachments desired) {
    runPlan(desired);
    State byHand = node.state("blue").unnumbered();
    node.isAttached(desired);
    node.detach(desired);

    node.attach(desired);

    byHand.isSameAs(node.state("blue").unnumbered());
  }

  @Test
  void theCommandsForASecondInterfaceLeaveTheFirstAsItIs() {
    Attachments second = attachment("b").as("net2").addresses("10.11.0.2/24");
    node.attach(PLAIN);
    State first = node.state("blue");

    runPlan(second);

    node.isAttached(PLAIN);
    node.isAttached(second);
    node.detach(second);
    node.state("blue").isSameAs(first);
  }

  static Stream<Arguments> updates() {
    Attachments old =
        PLAIN
            .hostName("veth-db")
            .addresses("10.10.0.2/24", "10.10.0.3/24", "fd00::2/64")
            .routes(
                route("0.0.0.0/0", "10.10.0.1"), route("::/0", "fd00::1"), route("10.20.0.0/16"))
            .bridge("br0", 0, true, false);
    return Stream.of(
        Arguments.of(
            old, old.addresses("10.10.0.3/24", "10.10.0.4/24", "fd00::2/64", "fd00::4/64")),
        Arguments.of(old, old.addresses("10.10.0.2/16", "10.10.0.3/24", "fd00::2/80")),
        Arguments.of(
            old,
            old.routes(
                onLink("0.0.0.0/0", "10.10.0.1"),
                route("::/0", "fd00::9"),
                route("10.20.0.0/16", "10.10.0.1", 5))),
        Arguments.of(old, old.routes(route("0.0.0.0/0", "10.10.0.9"))),
        Arguments.of(old, old.bridge("br1")),
        Arguments.of(old, old.noBridge().mtu(1400).mac("02:00:00:00:00:07")),
        Arguments.of(old, old.bridge("br0", 0, false, true)),
        Arguments.of(old, old.hostAddresses("10.10.0.1/24", "fd00::1/64")),
        Arguments.of(old.hostAddresses("fd00::1/64"), old.hostAddresses("10.10.0.1/24")),
        Arguments.of(old, old.retain()),
        Arguments.of(old, old.of("shop", "it's another")),
        Arguments.of(old, old.sysctl("net.ipv4.conf.IFNAME.arp_notify", "1")),
        Arguments.of(old, old.into("red")));
  }

  @ParameterizedTest
  @MethodSource("updates")
  void theCommandsOfAnUpdateMakeWhatAttachingMakes(Attachments old, Attachments desired) {
    node.attach(old);
    runPlan(desired);
    State byHand = node.state(desired.netns()).unnumbered();
    node.isAttached(desired);
    node.detach(desired);

    node.attach(old);
    node.attach(desired);

    byHand.isSameAs(node.state(desired.netns()).unnumbered());
  }

  /** Before Linux 6.2 a link must be down for it. */
  @Test
  void theCommandsOfARenameMakeWhatAttachingMakes() {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        UpdateTest.kernelIsAtLeast(6, 2), "the kernel renames only links that are down");
    node.attach(PLAIN);
    runPlan(PLAIN.hostName("veth-new").as("eth9").addresses("10.10.0.7/24"));
    node.isAttached(PLAIN.hostName("veth-new").as("eth9").addresses("10.10.0.7/24"));
  }

  @Test
  void driftIsPrintedAsTheCommandsThatUndoIt() {
    Attachments desired = PLAIN.hostName("veth-db").bridge("br0");
    node.attach(desired);
    State before = node.state("blue");
    node.shell(
        """
        ip link set veth-db nomaster mtu 1400 group 7 alias 'by hand'
        ip link set veth-db down
        ip link set veth-db address 02:00:00:00:00:07
        ip -n blue addr add 10.10.0.99/24 dev net1
        ip -n blue addr add 10.10.0.9 peer 10.10.0.8 dev net1
        ip -n blue route add 10.99.0.0/16 dev net1
        ip -n blue link set lo down
        """);

    runPlan(desired);

    node.isAttached(desired);
    node.state("blue").isSameAs(before);
  }

  private void runPlan(Attachments desired) {
    StepText text = new StepText(desired.get());
    String script =
        node.plan(desired).steps().stream()
            .flatMap(step -> text.commands(step).stream())
            .collect(Collectors.joining("\n"));
    assertThat(script).isNotEmpty();
    try {
      node.shell(script);
    } catch (AssertionError e) {
      throw new AssertionError(script, e);
    }
  }

  @Test
  void stepsOfVlansAreCommandsOfBridge() {
    StepText text = new StepText(PLAIN.hostName("veth-db").get());

    assertThat(text.commands(new Step.AddVlan(BridgeVlan.access(10))))
        .containsExactly("bridge vlan add dev veth-db vid 10 pvid untagged");
    assertThat(text.commands(new Step.AddVlan(new BridgeVlan(11, false, false))))
        .containsExactly("bridge vlan add dev veth-db vid 11");
    assertThat(text.commands(new Step.RemoveVlan(BridgeVlan.access(1))))
        .containsExactly("bridge vlan delete dev veth-db vid 1");
  }

  @Test
  void stepsAreToldInWords() {
    node.attach(PLAIN.hostName("veth-db"));
    Attachments desired =
        PLAIN.hostName("veth-db").mtu(1400).addresses("10.10.0.7/24").routes(route("10.20.0.0/16"));
    StepText text = new StepText(desired.get());

    assertThat(node.plan(desired).steps().stream().map(text::words))
        .isEqualTo(
            List.of(
                "set MTU of veth-db from 1500 to 1400",
                "set MTU of net1 in blue from 1500 to 1400",
                "add address 10.10.0.7/24 to net1 in blue",
                "add route 10.20.0.0/16 through net1 in blue",
                "let net1 in blue keep its other addresses when one is removed",
                "remove address 10.10.0.2/24 from net1 in blue"));
    assertThat(text.words(new Step.DeleteNetns(new NetnsName("red"))))
        .isEqualTo("delete namespace red");
  }
}
