package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.onLink;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever somebody does to the links of an attachment, attaching again makes it good. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class DriftTest {
  static final Attachments DESIRED =
      attachment("a")
          .hostName("veth-db")
          .addresses("10.10.0.2/24", "10.10.3.3/24", "fd00::2/64")
          .routes(
              route("0.0.0.0/0", "10.10.0.1"),
              route("10.20.0.0/16", "10.10.0.1", 5),
              onLink("10.21.0.0/16", "192.0.2.1"),
              route("::/0", "fd00::1"),
              route("fd02::/48"))
          .sysctl("net.ipv4.conf.IFNAME.arp_notify", "1")
          .sysctl("net.ipv6.conf.IFNAME.hop_limit", "33")
          .hostAddresses("10.10.0.1/24", "fd00::1/64")
          .hostRoutes(route("10.30.0.0/16", "10.10.0.2"))
          .bridge("br0", 0, true, false);

  /** What people and programs do, on the node. */
  private static final List<String> ON_THE_NODE =
      List.of(
          "ip link delete veth-db",
          "ip link set veth-db down",
          "ip link set veth-db down; ip link set veth-db up",
          "ip link set veth-db down; ip link set veth-db name other; ip link set other up",
          "ip link set veth-db down; ip link set veth-db name other",
          "ip link set veth-db mtu 1400",
          "ip link set veth-db mtu 1000",
          "ip link set veth-db address 02:00:00:00:00:77",
          "ip link set veth-db alias 'by hand'",
          "ip link set veth-db alias ''",
          "ip link set veth-db group 7",
          "ip link set veth-db nomaster",
          "ip link set veth-db master br1",
          "ip link set veth-db type bridge_slave hairpin off",
          "ip link set veth-db type bridge_slave isolated on",
          "ip address flush dev veth-db",
          "ip address delete 10.10.0.1/24 dev veth-db",
          "ip address add 10.77.0.1/24 dev veth-db",
          "ip address add fd77::1/64 dev veth-db",
          "ip -6 address delete fd00::1/64 dev veth-db",
          "ip address delete 10.10.0.1/24 dev veth-db; ip address add 10.10.0.1/16 dev veth-db",
          "ip address delete 10.10.0.1/24 dev veth-db; ip address add 10.10.0.1 peer 10.10.0.9/24 dev veth-db",
          "ip -6 address delete fd00::1/64 dev veth-db; ip address add fd00::1/80 dev veth-db",
          "ip route flush dev veth-db",
          "ip route delete 10.30.0.0/16",
          "ip route replace 10.30.0.0/16 via 10.10.0.3",
          "ip route replace 10.30.0.0/16 via 10.10.0.2 proto static",
          "ip route add 10.78.0.0/16 dev veth-db",
          "ip -6 route add fd78::/64 dev veth-db",
          "sysctl -qw net.ipv6.conf.veth-db.disable_ipv6=1",
          "sysctl -qw net.ipv6.conf.veth-db.accept_ra=2",
          "ip netns delete blue",
          "ip link delete veth-db; ip netns delete blue",
          "umount /run/netns/blue");

  private static final List<String> IN_THE_NAMESPACE =
      List.of(
          "ip -n blue link delete net1",
          "ip -n blue link set net1 down",
          "ip -n blue link set net1 down; ip -n blue link set net1 up",
          "ip -n blue link set net1 down; ip -n blue link set net1 name eth7; ip -n blue link set eth7 up",
          "ip -n blue link set net1 netns $$",
          "ip -n blue link set net1 netns red",
          "ip -n blue link set net1 mtu 1000",
          "ip -n blue link set net1 mtu 9000",
          "ip -n blue link set net1 address 02:00:00:00:00:78",
          "ip -n blue link set net1 group 9",
          "ip -n blue link set lo down",
          "ip -n blue address flush dev net1",
          "ip -n blue address delete 10.10.0.2/24 dev net1",
          "ip -n blue address add 10.10.0.77/24 dev net1",
          "ip -n blue address add 10.79.0.77/32 dev net1",
          "ip -n blue address add fd79::77/64 dev net1",
          "ip -n blue -6 address flush dev net1",
          "ip -n blue address change fd00::2/64 dev net1 preferred_lft 0",
          "ip -n blue route flush dev net1",
          "ip -n blue route delete default",
          "ip -n blue route replace default via 10.10.0.9",
          "ip -n blue route append default via 10.10.0.9",
          "ip -n blue route change 10.20.0.0/16 via 10.10.0.1 metric 5 mtu 1300",
          "ip -n blue route replace 10.21.0.0/16 via 10.10.0.1",
          "ip -n blue route delete 10.21.0.0/16; ip -n blue route add blackhole 10.21.0.0/24",
          "ip -n blue -6 route delete default",
          "ip -n blue -6 route replace default via fd00::9",
          "ip -n blue -6 route delete fd02::/48; ip -n blue -6 route add fd02::/48 via fd00::1",
          "ip -n blue -6 route add fd80::/48 dev net1",
          "ip netns exec blue sysctl -qw net.ipv4.conf.net1.arp_notify=0",
          "ip netns exec blue sysctl -qw net.ipv6.conf.net1.hop_limit=64",
          "ip netns exec blue sysctl -qw net.ipv6.conf.net1.disable_ipv6=1");

  private TestNode node;

  /** One with an MTU of its own choice: others follow their ports, drift included. */
  @BeforeEach
  void aNodeWithTwoBridges() {
    node = new TestNode();
    node.shell(
        """
        ip link add br0 address 02:00:00:00:00:b0 type bridge
        ip link set br0 up
        ip link set br0 mtu 1400
        ip link set br0 mtu 1500
        ip link add br1 address 02:00:00:00:00:b1 type bridge
        ip netns add red
        """);
  }

  @AfterEach
  void away() {
    node.close();
  }

  static List<String> all() {
    List<String> all = new ArrayList<>(ON_THE_NODE);
    all.addAll(IN_THE_NAMESPACE);
    return all;
  }

  @ParameterizedTest
  @MethodSource("all")
  void itIsMadeGood(String change) {
    node.attach(DESIRED);
    State fresh = state();

    node.shell(change);
    Attached repaired = node.attach(DESIRED);

    State after = state();
    // The last route was put there, and is not ours.
    (change.contains("blackhole") ? after.without("blackhole") : after).isSameAs(fresh);
    node.isAttached(DESIRED);
    assertThat(repaired.took()).isPositive();
  }

  @Test
  void anyFewOfThemAtOnceAreMadeGood() {
    node.attach(DESIRED);
    State fresh = state();
    long seed = Long.getLong("netattach.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> all = all();
    all.removeIf(change -> change.contains("blackhole"));
    for (int i = 0; i < 80; i++) {
      List<String> changes = new ArrayList<>();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        String change = all.get(random.nextInt(all.size()));
        changes.add(change);
        // One may make the next impossible.
        node.shell("set +e\n(" + change.replace("$$", "$PPID") + ") 2>/dev/null\ntrue");
      }
      try {
        node.attach(DESIRED);
        state().isSameAs(fresh);
        node.isAttached(DESIRED);
      } catch (AssertionError | AttachException e) {
        throw new AssertionError("-Dnetattach.seed=" + seed + ", step " + i + ": " + changes, e);
      }
    }
  }

  /** Its mark is what makes a link ours: without it, it is somebody's, and in the way. */
  @Test
  void aHostEndWithoutItsAlternativeNameIsAConflictUntilItIsBackOrTheLinkIsGone() {
    node.attach(DESIRED);
    node.ip("link property del dev veth-db altname netattach-a");
    State before = node.state("blue");

    assertThat(node.refuses(DESIRED, Reason.CONFLICT))
        .hasMessageContaining("\"veth-db\" is taken")
        .hasMessageContaining("with alias \"netattach ");
    node.state("blue").isSameAs(before);

    node.ip("link property add dev veth-db altname netattach-a");
    node.isAttached(DESIRED);

    node.ip("link property del dev veth-db altname netattach-a");
    node.ip("link delete veth-db");
    node.attach(DESIRED);
    node.isAttached(DESIRED);
  }

  /** Whoever moves our mark to a link of theirs loses nothing by that. */
  @Test
  void aLinkOfOthersThatGotOurAlternativeNameIsNeverDeleted() {
    node.attach(DESIRED);
    node.shell(
        """
        ip link add fa type veth peer name fb
        ip address add 192.168.77.1/24 dev fa
        ip link property del dev veth-db altname netattach-a
        ip link property add dev fa altname netattach-a
        """);
    String fa = node.ip("-d -j address show dev fa");
    String sentence = "link fa has the alternative name netattach-a of this attachment, but";

    node.refuses(DESIRED, Reason.CONFLICT);
    assertThatThrownBy(() -> node.detach(DESIRED))
        .isInstanceOf(AttachException.class)
        .hasMessageStartingWith(sentence);
    node.ip("link delete veth-db");
    assertThat(node.refuses(DESIRED, Reason.CONFLICT)).hasMessageStartingWith(sentence);
    assertThat(node.ip("-d -j address show dev fa")).isEqualTo(fa);

    node.ip("link property del dev fa altname netattach-a");
    node.attach(DESIRED);
    node.isAttached(DESIRED);
    node.ip("link delete fa");
  }

  /** It is one route of two hops then, and nobody can tell whose. */
  @Test
  void aHopThatSomebodyAddedToARouteIsAConflictUntilItIsGone() {
    node.attach(DESIRED);
    State fresh = state();
    node.ip("-n blue -6 route append default via fd00::9");
    State before = state();

    node.refuses(DESIRED, Reason.CONFLICT);
    state().isSameAs(before);

    node.ip("-n blue -6 route delete default via fd00::9");
    node.attach(DESIRED);
    state().isSameAs(fresh);
  }

  @Test
  void moreAlternativeNamesAreNobodysBusiness() {
    node.attach(DESIRED);
    node.ip("link property add dev veth-db altname aaa altname zzz");

    node.isAttached(DESIRED);
    assertThat(node.detach(DESIRED).link()).isTrue();
  }

  @Test
  void aNameThatSomebodyTookMeanwhileIsAConflictUntilItIsFree() {
    node.attach(DESIRED);
    State fresh = state();
    node.shell("ip link delete veth-db; ip link add veth-db type veth peer name its-peer");

    node.refuses(DESIRED, Reason.CONFLICT);

    node.ip("link delete veth-db");
    node.attach(DESIRED);
    state().isSameAs(fresh);
  }

  private State state() {
    return node.state("blue").unnumbered();
  }

  /** Whoever repairs looks while the change is still going on. */
  @Test
  void aLinkThatGoesWhileItIsLookedAtIsSeenGone() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      node.attach(DESIRED);
      Thread somebody = Thread.ofPlatform().start(() -> node.ip("link delete veth-db"));
      while (node.attacher.observe(DESIRED.get()).host() != null) {
        Thread.onSpinWait();
      }
      somebody.join();
    }
    node.detach(DESIRED);
  }

  @Test
  void aLinkThatGoesWhileAllAreListedIsNotAmongThem() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      node.attach(DESIRED);
      Thread somebody = Thread.ofPlatform().start(() -> node.ip("link delete veth-db"));
      while (!node.attacher.inventory().attachments().isEmpty()) {
        Thread.onSpinWait();
      }
      somebody.join();
    }
    node.detach(DESIRED);
  }
}
