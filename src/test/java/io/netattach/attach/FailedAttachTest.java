package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.onLink;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Rtnetlink;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whichever step fails: what this apply made is gone, and what was there is as it was. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class FailedAttachTest {
  private static final NetnsDirectory DIRECTORY = NetnsDirectory.system();

  /** Lets host ends have what other links of the node have, so that the kernel has to refuse it. */
  private static final NodePolicy PERMISSIVE =
      new NodePolicy(
          null, List.of(IpPrefix.of("10.0.0.0/8"), IpPrefix.of("fd00::/8")), List.of(), false);

  private static final Attachments REPRESENTATIVE =
      attachment("a")
          .hostName("veth-db")
          .addresses("10.10.0.2/24", "10.10.0.3/24", "fd00::2/64")
          .routes(route("10.20.0.0/16", "10.10.0.1"), route("fd01::/64", "fd00::1"))
          .sysctl("net.ipv4.conf.IFNAME.arp_notify", "1")
          .bridge("br0", 0, true, false)
          .hostAddresses("10.10.0.1/24", "fd00::1/64")
          .hostRoutes(route("10.30.0.0/16", "10.10.0.2"), route("fd03::/64"));

  private TestNode node;

  /** With other links, on the node and in blue, that have routes of their own. */
  @BeforeEach
  void aNodeWithOtherLinks() {
    node = new TestNode(PERMISSIVE);
    node.shell(
        """
        ip link add br0 address 02:00:00:00:00:b0 type bridge
        ip link set br0 up
        ip link add br1 address 02:00:00:00:00:b1 type bridge
        ip netns add blue
        ip -n blue link set lo up
        ip link add other address 02:00:00:00:00:01 type veth peer name other-peer address 02:00:00:00:00:02 netns blue
        ip link set other up
        ip -n blue link set other-peer up
        ip addr add 10.99.0.1/24 dev other
        ip -n blue addr add 10.99.0.2/24 dev other-peer
        ip route add 10.40.0.0/16 via 10.99.0.2
        ip -6 route add fd04::/64 dev other
        ip -n blue route add 10.40.0.0/16 via 10.99.0.1
        ip -n blue -6 route add fd04::/64 dev other-peer
        """);
  }

  @AfterEach
  void away() {
    node.close();
  }

  /** What an attachment may ask for that only the kernel knows to be impossible. */
  private enum Impossible {
    SETTING_OUT_OF_RANGE(
        Reason.KERNEL_ERROR, "hop_limit", a -> a.sysctl("net.ipv6.conf.IFNAME.hop_limit", "0")),
    SETTING_THAT_IS_NO_INTEGER(
        Reason.KERNEL_ERROR,
        "rp_filter",
        a -> a.sysctl("net.ipv4.conf.IFNAME.rp_filter", "9999999999")),
    GATEWAY_THAT_IS_A_BROADCAST_ADDRESS(
        Reason.KERNEL_ERROR,
        "add route 10.50.0.0/16 via 10.10.0.255",
        a -> a.andRoute(route("10.50.0.0/16", "10.10.0.255"))),
    GATEWAY_OF_THE_NAMESPACE_ITSELF(
        Reason.KERNEL_ERROR,
        "add route 10.50.0.0/16 via 10.99.0.2",
        a -> a.andRoute(onLink("10.50.0.0/16", "10.99.0.2"))),
    ROUTE_THAT_ANOTHER_LINK_HAS(
        Reason.CONFLICT,
        "add route 10.40.0.0/16 through net1 in blue: EEXIST",
        a -> a.andRoute(route("10.40.0.0/16"))),
    IPV6_ROUTE_THAT_ANOTHER_LINK_HAS(
        Reason.CONFLICT,
        "add route fd04::/64 metric 1024 through net1 in blue: EEXIST",
        a -> a.andRoute(route("fd04::/64"))),
    HOST_ROUTE_THAT_ANOTHER_LINK_HAS(
        Reason.CONFLICT,
        "add route 10.40.0.0/16 through",
        a -> a.hostRoutes(route("10.40.0.0/16"))),
    IPV6_HOST_ROUTE_THAT_ANOTHER_LINK_HAS(
        Reason.CONFLICT,
        "add route fd04::/64 metric 1024 through",
        a -> a.hostRoutes(route("fd04::/64")));

    private final Reason reason;
    private final String message;
    private final UnaryOperator<Attachments> wish;

    Impossible(Reason reason, String message, UnaryOperator<Attachments> wish) {
      this.reason = reason;
      this.message = message;
      this.wish = wish;
    }

    Attachments in(Attachments attachment) {
      return wish.apply(attachment);
    }
  }

  static Stream<Impossible> impossible() {
    return Stream.of(Impossible.values());
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void whatCannotBeMadeLeavesNothing(Impossible impossible) {
    State before = node.state("blue");

    AttachException failure = node.refuses(impossible.in(REPRESENTATIVE), impossible.reason);

    assertThat(failure).hasMessageContaining(impossible.message);
    assertThat(failure.getMessage()).doesNotContain("could not take back");
    node.state("blue").isSameAs(before);
    node.attach(REPRESENTATIVE);
    node.isAttached(REPRESENTATIVE);
  }

  @Test
  void aNamespaceThatWasMadeGoesAgain() {
    State before = node.state("blue");

    node.refuses(
        REPRESENTATIVE.into("red").sysctl("net.ipv6.conf.IFNAME.hop_limit", "0"),
        Reason.KERNEL_ERROR);
    node.refuses(
        REPRESENTATIVE.into("red").routes(route("10.50.0.0/16", "10.10.0.255")),
        Reason.KERNEL_ERROR);

    node.state("blue").isSameAs(before);
    assertThat(node.hasNetns("red")).isFalse();
  }

  static Stream<Arguments> updates() {
    Map<String, Attachments> wishes =
        Map.of(
            "addresses", REPRESENTATIVE.addresses("10.10.0.4/24", "10.10.0.3/24", "fd00::4/64"),
            "routes",
                REPRESENTATIVE
                    .routes(
                        route("10.20.0.0/16", "10.10.0.9"),
                        route("10.21.0.0/16", "10.10.0.1"),
                        route("fd01::/64", "fd00::9"))
                    .hostRoutes(route("10.30.0.0/16", "10.10.0.9"), route("fd05::/64")),
            "names", REPRESENTATIVE.hostName("veth-new").as("eth9"),
            "mac and mtu", REPRESENTATIVE.mac("02:00:00:00:00:09").bridge("br0", 0, false, true),
            "bridge", REPRESENTATIVE.bridge("br1"),
            "no bridge", REPRESENTATIVE.noBridge().mtu(1400),
            "no IPv6",
                REPRESENTATIVE
                    .addresses("10.10.0.2/24")
                    .routes()
                    .hostAddresses("10.10.0.1/24")
                    .noHostRoutes(),
            "an MTU too small for IPv6",
                REPRESENTATIVE
                    .noBridge()
                    .mtu(1000)
                    .addresses("10.10.0.2/24")
                    .routes()
                    .hostAddresses("10.10.0.1/24")
                    .noHostRoutes(),
            "settings", REPRESENTATIVE.sysctl("net.ipv4.conf.IFNAME.arp_notify", "0"),
            "nothing else", REPRESENTATIVE);
    return wishes.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(wish ->
            Stream.of(Impossible.values())
                .filter(impossible ->
                    // Below 1280 bytes the wish for IPv6 is refused before anything is tried.
                    wish.getValue().mtu() != 1000 || !impossible.name().startsWith("IPV6"))
                .filter(impossible ->
                    wish.getValue().mtu() != 1000 || impossible != Impossible.SETTING_OUT_OF_RANGE)
                .map(impossible -> Arguments.of(wish.getKey(), wish.getValue(), impossible)));
  }

  @ParameterizedTest(name = "{0}, {2}")
  @MethodSource("updates")
  void anUpdateThatFailsLeavesWhatWasThere(String what, Attachments update, Impossible impossible) {
    node.attach(REPRESENTATIVE);
    State before = node.state("blue");

    AttachException failure = node.refuses(impossible.in(update), impossible.reason);

    assertThat(failure)
        .hasMessageContaining(impossible.message.replaceAll(" in blue.*|net1.*", ""));
    assertThat(failure.getMessage()).doesNotContain("could not take back");
    node.state("blue").isSameAs(before);
    node.isAttached(REPRESENTATIVE);
  }

  /** A request to join a bridge that fails has left the old one (do_set_master, net/core). */
  @Test
  void aHostEndThatCannotJoinAnotherBridgeIsBackInItsOwn() {
    node.attach(REPRESENTATIVE);
    State before = node.state("blue");
    Plan plan = new Plan(List.of(new Step.SetBridge("br0", "other")));

    AttachException failure = run(REPRESENTATIVE, plan);

    assertThat(failure).hasMessageContaining("make veth-db a port of bridge other");
    node.state("blue").isSameAs(before);
  }

  @Test
  void whatIsTakenFromBetweenTheLookAndTheDeedIsAConflictAndStaysAsItIs() {
    Attachments desired = REPRESENTATIVE.as("net7");
    Plan plan = node.plan(desired);
    node.ip("link add veth-db type veth peer name its-peer");
    State before = node.state("blue");

    AttachException taken = run(desired, plan);

    assertThat(taken.reason()).isEqualTo(Reason.CONFLICT);
    node.state("blue").isSameAs(before);

    node.ip("link delete veth-db");
    node.ip("-n blue link add net7 type veth peer name its-peer");
    before = node.state("blue");

    taken = run(desired, plan);

    assertThat(taken.reason()).isEqualTo(Reason.CONFLICT);
    assertThat(taken).hasMessageContaining("make veth veth-db with peer net7 in blue: EEXIST");
    node.state("blue").isSameAs(before);
  }

  @Test
  void anAlternativeNameThatIsTakenBetweenTheLookAndTheDeedLeavesNoPair() {
    Plan plan = node.plan(REPRESENTATIVE);
    node.ip("link property add dev other altname netattach-a");
    State before = node.state("blue");

    AttachException taken = run(REPRESENTATIVE, plan);

    assertThat(taken.reason()).isEqualTo(Reason.CONFLICT);
    node.state("blue").isSameAs(before);
  }

  @Test
  void aPairThatSomebodyDeletesMeanwhileIsNotWhatCouldNotBeTakenBack() {
    State before = node.state("blue");
    Plan plan = new Plan(List.of(creation(), new Step.DeleteVeth(""), new Step.SetUp(Side.HOST)));

    AttachException failure = run(REPRESENTATIVE, plan);

    assertThat(failure.getMessage()).contains("ENODEV").doesNotContain("could not take back");
    node.state("blue").isSameAs(before);
  }

  private Step creation() {
    return node.plan(REPRESENTATIVE).steps().stream()
        .filter(Step.CreateVeth.class::isInstance)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aNamespaceThatIsReplacedBetweenTheLookAndTheDeedIsNotTheEndOfIt() {
    node.ip("netns add red");
    Attachments desired = REPRESENTATIVE.into("red");
    try (Rtnetlink links = Rtnetlink.open(node.netns);
        OpenEnds ends = new OpenEnds(node.netns, links)) {
      Observer observer = observer(links);
      Execution execution =
          new Execution(desired.get(), DIRECTORY, observer, ends, new ReentrantLock());
      ObservedAttachment seen = observer.observe(desired.get(), ends);
      Plan plan = node.plan(desired);
      // While the old one is open, the new one cannot get its inode number.
      node.shell("ip netns del red; ip netns add red");

      execution.run(plan, seen);

      assertThat(execution.isWhereNamed()).isFalse();
      ObservedAttachment seenAgain = observer.observe(desired.get(), ends);
      execution.run(node.plan(desired), seenAgain);
      assertThat(execution.isWhereNamed()).isTrue();
    }
    assertThat(node.link("red", "net1")).isNotNull();
    node.isAttached(desired);
  }

  @Test
  void aNamespaceThatAppearsBetweenTheLookAndTheDeedIsAConflictAndStays() {
    Attachments desired = REPRESENTATIVE.into("green");
    Plan plan = node.plan(desired);
    node.ip("netns add green");
    State before = node.state("blue", "green");
    String inode = inode("green");

    AttachException taken = run(desired, plan);

    assertThat(taken.reason()).isEqualTo(Reason.CONFLICT);
    node.state("blue", "green").isSameAs(before);
    assertThat(inode("green")).isEqualTo(inode);
  }

  @Test
  void anOldNamespaceThatIsReplacedBetweenTheLookAndTheDeedStays() {
    node.attach(REPRESENTATIVE.into("red"));
    Plan plan = node.plan(REPRESENTATIVE);
    assertThat(plan.steps()).contains(new Step.DeleteNetns(new NetnsName("red")));
    try (Netns old = Netns.open(new NetnsName("red"))) {
      // While the old one is open, the new one cannot get its inode number.
      node.shell("ip netns del red; ip netns add red");
      String inode = inode("red");

      execute(REPRESENTATIVE, plan, node.attacher.observe(REPRESENTATIVE.get()));

      assertThat(inode("red")).isEqualTo(inode);
      assertThat(old.identity().inode()).isNotEqualTo(Long.parseLong(inode));
    }
    node.isAttached(REPRESENTATIVE);
  }

  private String inode(String netns) {
    return node.shell("stat -L -c %i /run/netns/" + netns).strip();
  }

  @Test
  void aNameThatIsTakenBetweenTheLookAndARenameLeavesTheLinkUp() {
    node.attach(REPRESENTATIVE);
    Plan plan = node.plan(REPRESENTATIVE.hostName("veth-new").as("eth9"));
    node.ip("-n blue link add eth9 type veth peer name its-peer");
    State before = node.state("blue");

    AttachException taken = run(REPRESENTATIVE.hostName("veth-new").as("eth9"), plan);

    assertThat(taken.reason()).isEqualTo(Reason.CONFLICT);
    // Before Linux 6.2 a rename takes the link down, and its routes with it: attaching heals that.
    node.attach(REPRESENTATIVE);
    node.state("blue").isSameAs(before);
  }

  private AttachException run(Attachments desired, Plan plan) {
    return run(desired, plan, node.attacher.observe(desired.get()));
  }

  private AttachException run(Attachments desired, Plan plan, ObservedAttachment seen) {
    try {
      execute(desired, plan, seen);
      throw new AssertionError("nothing failed");
    } catch (AttachException e) {
      return e;
    }
  }

  private void execute(Attachments desired, Plan plan, ObservedAttachment seen) {
    try (Rtnetlink links = Rtnetlink.open(node.netns);
        OpenEnds ends = new OpenEnds(node.netns, links)) {
      Observer observer = observer(links);
      observer.observe(desired.get(), ends);
      new Execution(desired.get(), DIRECTORY, observer, ends, new ReentrantLock()).run(plan, seen);
    }
  }

  private Observer observer(Rtnetlink links) {
    return new Observer(node.netns, links, DIRECTORY, new Ownership(TestNode.OWNER, false));
  }

  @Test
  void nothingIsMadeWhereTheBridgeIsMissing() {
    State before = node.state("blue");

    node.refuses(REPRESENTATIVE.into("red").bridge("br7"), Reason.INVALID_SPEC);

    node.state("blue").isSameAs(before);
  }
}
