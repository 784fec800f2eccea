package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netattach.NoLeftovers;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may not be attached, and what is in the way: it is told, and nothing is touched. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RefusalTest {
  private static final Attachments PLAIN = attachment("a");
  private static final Ownership OURS = new Ownership(TestNode.OWNER, false);

  private TestNode node;

  @BeforeEach
  void aNodeWithAnUplink() {
    node = new TestNode();
    node.shell(
        """
        ip link add uplink address 02:00:00:00:00:01 type veth peer name router address 02:00:00:00:00:02
        ip link set uplink up
        ip link set router up
        ip addr add 192.168.7.2/24 dev uplink
        ip route add default via 192.168.7.1
        ip route add 172.20.0.0/16 via 192.168.7.1
        ip -6 addr add fd77::2/64 dev uplink nodad
        ip -6 route add default via fd77::1
        ip route add blackhole 172.21.0.0/16
        """);
  }

  @AfterEach
  void away() {
    node.close();
  }

  @Test
  void theNodesOwnNamespaceIsRefusedByWhateverName() {
    node.shell(
        "mkdir -p /run/netns; touch /run/netns/blue; mount --bind /proc/self/ns/net /run/netns/blue");
    State before = node.state();

    assertThat(node.refuses(PLAIN, Reason.REFUSED)).hasMessageContaining("is the node's own");

    node.state().isSameAs(before);
    assertThat(node.detach(PLAIN)).isEqualTo(new Detached(false, false, List.of()));
    assertThat(node.hasNetns("blue")).isTrue();
  }

  @Test
  void aSymbolicLinkIsRefusedWhereverItLeads() throws Exception {
    node.ip("netns add red");
    for (String to : List.of("/run/netns/red", "/proc/self/ns/net", "/nowhere", "red")) {
      Files.createSymbolicLink(Path.of("/run/netns/blue"), Path.of(to));

      assertThat(node.refuses(PLAIN, Reason.REFUSED)).hasMessageContaining("is a symbolic link");
      assertThat(node.detach(PLAIN)).isEqualTo(new Detached(false, false, List.of()));

      assertThat(Path.of("/run/netns/blue")).isSymbolicLink();
      Files.delete(Path.of("/run/netns/blue"));
    }
    assertThat(node.json("-n red link show")).hasSize(1);
  }

  @Test
  void anEmptyFileInTheFolderOfNamespacesIsAConflictAndStays() throws Exception {
    Path file = Path.of("/run/netns/blue");
    Files.createDirectories(file.getParent());
    for (String text : List.of("", "somebody else's", "netattach")) {
      Files.writeString(file, text);

      assertThat(node.refuses(PLAIN, Reason.CONFLICT))
          .hasMessage(
              "/run/netns/blue is a file that no namespace is mounted on, not a namespace; remove it");
      assertThat(node.detach(PLAIN)).isEqualTo(new Detached(false, false, List.of()));

      assertThat(file).content().isEqualTo(text);
    }
  }

  @Test
  void aFolderThereIsAConflictAndStays() throws Exception {
    Path folder = Path.of("/run/netns/blue");
    Files.createDirectories(folder);

    assertThat(node.refuses(PLAIN, Reason.CONFLICT)).hasMessageContaining("is a folder");
    assertThat(node.detach(PLAIN)).isEqualTo(new Detached(false, false, List.of()));

    assertThat(folder).isEmptyDirectory();
    Files.delete(folder);
  }

  @Test
  void aNamespaceMadeForAnotherKubernetesNamespaceIsRefusedUnlessShared() {
    node.attach(PLAIN);
    Attachments guest = attachment("b").of("other", "guest").as("net2");

    assertThat(node.refuses(guest, Reason.REFUSED))
        .hasMessage(
            "namespace blue was made for shop/link-a of another Kubernetes namespace; allow it with"
                + " --allow-shared-netns");

    try (Attacher sharing = node.attacher(new NodePolicy(null, List.of(), List.of(), true), OURS)) {
      sharing.attach(guest.get());
      assertThat(sharing.attach(guest.get()).steps()).isEmpty();
    }
  }

  @Test
  void anotherOwnersAttachmentIsAConflict() {
    node.attach(PLAIN.addresses("10.10.0.2/24"));
    State before = node.state("blue");
    Ownership stranger = new Ownership(Owner.ofFolder(Path.of("/etc/netattach")), true);
    try (Attacher other = node.attacher(NodePolicy.defaults(), stranger)) {
      AttachException refusal =
          catchThrowableOfType(
              AttachException.class, () -> other.attach(PLAIN.addresses("10.10.0.3/24").get()));

      assertThat(refusal.reason()).isEqualTo(Reason.CONFLICT);
      assertThat(refusal).hasMessageContaining("change it in that cluster");
    }
    node.state("blue").isSameAs(before);
  }

  @Test
  void aNameOfTheNodeThatIsTakenIsAConflictAndTheLinkStaysAsItIs() {
    node.ip("link set uplink alias mine");
    node.ip("link property add dev uplink altname by-another-name");
    State before = node.state();

    assertThat(node.refuses(PLAIN.hostName("uplink"), Reason.CONFLICT))
        .hasMessageContaining("host.interface: \"uplink\" is taken by link")
        .hasMessageContaining("(veth) with alias \"mine\"");
    node.refuses(PLAIN.hostName("by-another-name"), Reason.CONFLICT);

    node.state().isSameAs(before);
  }

  @Test
  void aNameInTheTargetThatIsTakenIsAConflictAndTheLinkStaysAsItIs() {
    node.shell(
        "ip netns add blue; ip -n blue link add net1 type bridge; ip -n blue addr add 10.0.0.1/24 dev net1");
    State before = node.state("blue");

    assertThat(node.refuses(PLAIN, Reason.CONFLICT))
        .hasMessageContaining("container.interface: \"net1\" is taken by link");

    node.state("blue").isSameAs(before);
  }

  @Test
  void anUpdateToATakenNameIsAConflictAndChangesNothing() {
    node.attach(PLAIN);
    node.ip("-n blue link add net9 type bridge");
    State before = node.state("blue");

    node.refuses(PLAIN.hostName("uplink"), Reason.CONFLICT);
    node.refuses(PLAIN.as("net9"), Reason.CONFLICT);

    node.state("blue").isSameAs(before);
  }

  @Test
  void addressesAndRoutesOfOtherLinksAreKept() {
    node.shell(
        """
        ip netns add blue
        ip -n blue link add foreign address 02:00:00:00:00:03 type veth peer name its-peer address 02:00:00:00:00:04
        ip -n blue link set foreign up
        ip -n blue link set its-peer up
        ip -n blue addr add 10.10.0.7/24 dev foreign
        ip -n blue route add 10.20.0.0/16 dev foreign metric 5
        ip -n blue -6 route add fd01::/64 dev foreign metric 5
        ip -n blue route add 10.21.0.0/16 dev foreign proto 110
        """);
    State before = node.state("blue");
    Attachments desired =
        PLAIN
            .addresses("10.10.0.2/24", "10.10.0.7/24")
            .routes(route("10.20.0.0/16"), route("fd01::/64"));

    node.attach(desired);
    node.attach(desired.addresses("10.10.0.3/24").routes());

    node.state("blue").about("foreign").isSameAs(before.about("foreign"));
    node.detach(desired);
    node.state("blue").isSameAs(before);
  }

  @Test
  void aRouteThatAnotherLinkOfTheTargetHasIsAConflictAndIsKept() {
    node.shell(
        """
        ip netns add blue
        ip -n blue link add foreign address 02:00:00:00:00:03 type veth peer name its-peer address 02:00:00:00:00:04
        ip -n blue link set foreign up
        ip -n blue route add 10.20.0.0/16 dev foreign metric 5
        ip -n blue -6 route add fd01::/64 dev foreign metric 5
        """);
    State before = node.state("blue");
    Attachments plain = PLAIN.addresses("10.10.0.2/24", "fd00::2/64");

    assertThat(node.refuses(plain.routes(route("10.20.0.0/16", "10.10.0.1", 5)), Reason.CONFLICT))
        .hasMessageContaining("write another metric");
    node.refuses(plain.routes(route("fd01::/64", "fd00::1", 5)), Reason.CONFLICT);

    node.state("blue").isSameAs(before);

    node.attach(
        plain.routes(route("10.20.0.0/16", "10.10.0.1", 6), route("fd01::/64", "fd00::1", 6)));
    node.state("blue").about("foreign").isSameAs(before.about("foreign"));
  }

  @Test
  void aReservedNameOfAHostEndIsRefused() {
    assertThat(node.refuses(PLAIN.hostName("cali123"), Reason.REFUSED))
        .hasMessageContaining("host.interface: \"cali123\" begins with \"cali\"");
    node.attach(PLAIN.as("cali123"));
  }

  @Test
  void onlyAllowedBridgesAndVlansAreJoined() {
    node.shell("ip link add br0 type bridge; ip link add br1 type bridge");
    NodePolicy policy =
        new NodePolicy(
            Map.of(new InterfaceName("br0"), VlanRanges.of("10")), List.of(), List.of(), false);
    try (Attacher attacher = node.attacher(policy, OURS)) {
      for (Attachments refused :
          List.of(
              PLAIN.bridge("br1"), PLAIN.bridge("br0"), PLAIN.bridge("br0", 11, false, false))) {
        assertThat(
                catchThrowableOfType(AttachException.class, () -> attacher.attach(refused.get())))
            .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
            .hasMessageContaining("--allow-bridge");
      }
      // Allowed, but without an effect on a bridge that does not filter.
      assertThat(
              catchThrowableOfType(
                  AttachException.class,
                  () -> attacher.attach(PLAIN.bridge("br0", 10, false, false).get())))
          .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_SPEC))
          .hasMessageContaining("does not filter VLANs");
    }
    assertThat(node.hasLink(PLAIN.host())).isFalse();
  }

  @Test
  void aBridgeThatIsMissingOrNoneIsToldAndOneOfAnotherMtuIsRefused() {
    node.ip("link add br0 mtu 1400 type bridge");
    State before = node.state();

    assertThat(node.refuses(PLAIN.bridge("br9"), Reason.INVALID_SPEC))
        .hasMessageContaining("does not exist on this node");
    assertThat(node.refuses(PLAIN.bridge("uplink"), Reason.INVALID_SPEC))
        .hasMessageContaining("is not a bridge (veth)");
    assertThat(node.refuses(PLAIN.bridge("br0").mtu(1500), Reason.REFUSED))
        .hasMessageContaining("whose MTU is 1400");

    node.state().isSameAs(before);
    node.attach(PLAIN.bridge("br0").mtu(1400));
  }

  /** A bridge has the lowest MAC of its ports and, unless told, the lowest MTU of them. */
  @Test
  void aBridgeOfOthersKeepsItsMacAndMtu() {
    node.shell(
        """
        ip link add br0 type bridge
        ip link set router master br0
        """);
    for (int i = 0; i < 8; i++) {
      Attachments port = attachment("port" + i).into("n" + i).bridge("br0");
      State before = node.state().about("link br0 ");

      node.attach(port);

      node.state().about("link br0 ").isSameAs(before);
    }
    node.detach(attachment("port0").into("n0").bridge("br0"));
    assertThat(node.link("br0").path("address").asText()).isEqualTo("02:00:00:00:00:02");
    assertThat(node.link("br0").path("mtu").asInt()).isEqualTo(1500);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0/0", "::/0"})
  void aDefaultRouteOfTheNodeIsRefusedWhateverIsAllowed(String to) {
    NodePolicy everything =
        new NodePolicy(
            null, List.of(IpPrefix.of("0.0.0.0/0"), IpPrefix.of("::/0")), List.of(), true);
    try (Attacher attacher = node.attacher(everything, OURS)) {
      AttachException refusal =
          catchThrowableOfType(
              AttachException.class, () -> attacher.attach(PLAIN.hostRoutes(route(to)).get()));

      assertThat(refusal.reason()).isEqualTo(Reason.REFUSED);
      assertThat(refusal).hasMessageContaining("default route");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8/32", "203.0.113.1/24", "169.254.169.254/32", "2001:db8::1/64", "192.168.7.9/24",
        "192.168.7.130/25", "192.168.0.9/16", "172.20.3.1/24", "172.16.0.9/12", "172.21.0.1/30",
        "fd77::9/64", "fd77::9/80", "fd00::9/8"
      })
  void addressesAndRoutesThatAreTheNodesOrTheWorldsAreRefusedUntilTheyAreAllowed(String network) {
    State before = node.state();
    String to = IpPrefix.of(network).network().toString();

    AttachException address = node.refuses(PLAIN.hostAddresses(network), Reason.REFUSED);
    AttachException routed = node.refuses(PLAIN.hostRoutes(route(to)), Reason.REFUSED);

    assertThat(address)
        .hasMessageStartingWith("host.addresses[0]: ")
        .hasMessageEndingWith("allow it with --allow-host-network " + to);
    assertThat(routed)
        .hasMessageStartingWith("host.routes[0].to: ")
        .hasMessageEndingWith("allow it with --allow-host-network " + to);
    node.state().isSameAs(before);

    NodePolicy allowing = new NodePolicy(null, List.of(IpPrefix.of(to)), List.of(), false);
    try (Attacher attacher = node.attacher(allowing, OURS)) {
      Attachments desired = PLAIN.hostAddresses(network);
      attacher.attach(desired.get());
      assertThat(attacher.attach(desired.get()).steps()).isEmpty();
    }
  }

  @Test
  void aReservedNetworkIsRefused() {
    NodePolicy policy =
        new NodePolicy(null, List.of(), List.of(IpPrefix.of("10.96.0.0/12")), false);
    try (Attacher attacher = node.attacher(policy, OURS)) {
      assertThat(
              catchThrowableOfType(
                  AttachException.class,
                  () -> attacher.attach(PLAIN.hostAddresses("10.100.0.1/24").get())))
          .hasMessageContaining("overlaps 10.96.0.0/12, which is reserved on this node");
      attacher.attach(PLAIN.hostAddresses("10.90.0.1/24").get());
    }
  }

  @Test
  void whatAnAttachmentOfAnotherKubernetesNamespaceHasIsAnOverlap() {
    node.attach(attachment("b").of("bank", "vault").into("red").hostAddresses("10.10.0.1/24"));
    State before = node.state();

    assertThat(node.refuses(PLAIN.hostAddresses("10.10.0.9/25"), Reason.REFUSED))
        .hasMessageContaining("overlaps ")
        .hasMessageNotContaining("vault");
    assertThat(node.refuses(PLAIN.hostRoutes(route("10.10.0.0/28")), Reason.REFUSED))
        .hasMessageContaining("overlaps ");
    node.state().isSameAs(before);
  }

  @Test
  void whatOtherAttachmentsOfTheNamespaceHaveIsNoOverlap() {
    node.attach(
        attachment("b")
            .into("red")
            .hostAddresses("10.10.0.1/24")
            .hostRoutes(route("10.20.0.0/16")));

    node.attach(PLAIN.hostAddresses("10.10.0.9/25").hostRoutes(route("10.20.7.0/24")));
    node.isAttached(PLAIN.hostAddresses("10.10.0.9/25").hostRoutes(route("10.20.7.0/24")));
  }

  @Test
  void whatTheNodeGetsLaterIsNoReasonToUndoAnAttachment() {
    Attachments desired = PLAIN.hostAddresses("10.10.0.1/24");
    node.attach(desired);

    node.ip("route add 10.10.0.0/16 via 192.168.7.1");

    node.isAttached(desired);
  }

  @Test
  void theContainersSideMayHaveWhatItLikes() {
    Attachments desired =
        PLAIN.addresses("8.8.8.8/24", "192.168.7.2/24").routes(route("0.0.0.0/0", "8.8.8.1"));

    node.attach(desired);

    node.isAttached(desired);
  }
}
