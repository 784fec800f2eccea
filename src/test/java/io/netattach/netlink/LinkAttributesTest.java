package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Limits, flags and counters of links, beside {@code ip -d -s link}. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class LinkAttributesTest {
  private Node node;
  private Rtnetlink kernel;
  private Ip ip;
  private int index;

  @BeforeEach
  void makeAPair() {
    node = new Node();
    kernel = node.kernel;
    ip = node.ip;
    index = node.veth("v0", "v1");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private void set(UnaryOperator<LinkRequest> what) {
    kernel.execute(what.apply(LinkRequest.set(index)));
  }

  private static Link.Limits byIp(JsonNode link) {
    return new Link.Limits(
        link.path("txqlen").asInt(),
        link.path("gso_max_size").asInt(),
        link.path("gso_max_segs").asInt(),
        link.path("gro_max_size").asInt(),
        link.path("promiscuity").asInt());
  }

  /** As both see them. */
  private Link.Limits limits(String name) {
    Link.Limits limits = node.link(name).limits();
    assertThat(limits).isEqualTo(byIp(ip.link(name)));
    return limits;
  }

  @Test
  void limitsOfEachLinkAreThoseThatIpTells() {
    node.bridge("br0");
    for (String name : List.of("lo", "v0", "br0")) {
      assertThat(limits(name).gsoMaxSegs()).isPositive();
    }
  }

  @Test
  void limitsAreSetOneByOne() {
    Link.Limits before = limits("v0");
    set(link -> link.txQueueLength(123));
    assertThat(limits("v0"))
        .isEqualTo(
            new Link.Limits(123, before.gsoMaxSize(), before.gsoMaxSegs(), before.groMaxSize(), 0));
    set(link -> link.txQueueLength(0));
    assertThat(limits("v0").txQueueLength()).isZero();
    set(link -> link.gsoMaxSize(20_000));
    assertThat(limits("v0").gsoMaxSize()).isEqualTo(20_000);
    set(link -> link.gsoMaxSegs(17));
    assertThat(limits("v0").gsoMaxSegs()).isEqualTo(17);
    assumeTrue(Node.kernelIs(5, 19), "gro_max_size came with Linux 5.19");
    set(link -> link.groMaxSize(30_000));
    assertThat(limits("v0")).isEqualTo(new Link.Limits(0, 20_000, 17, 30_000, 0));
  }

  @Test
  void limitsOfIpAreRead() {
    ip.ip("link set v0 txqueuelen 77 gso_max_size 21000 gso_max_segs 19");
    assertThat(limits("v0"))
        .isEqualTo(new Link.Limits(77, 21_000, 19, limits("v1").groMaxSize(), 0));
  }

  @Test
  void limitsAreSetInTheRequestThatAdds() {
    kernel.execute(
        LinkRequest.add(LinkKind.Bridge.DEFAULT, new InterfaceName("br0"))
            .txQueueLength(50)
            .gsoMaxSize(22_000)
            .gsoMaxSegs(23)
            .promiscuous(true)
            .noArp(true));
    assertThat(limits("br0"))
        .extracting(
            Link.Limits::txQueueLength,
            Link.Limits::gsoMaxSize,
            Link.Limits::gsoMaxSegs,
            Link.Limits::promiscuity)
        .containsExactly(50, 22_000, 23, 1);
    assertThat(node.link("br0").noArp()).isTrue();
    assertThat(node.link("br0").up()).isFalse();
  }

  @Test
  void limitsThatCannotBeAreRefusedHere() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.set(1).txQueueLength(-1))
        .withMessage("txqueuelen is 0 to 2147483647, not -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.set(1).gsoMaxSegs(65536))
        .withMessage("gso_max_segs is 1 to 65535, not 65536");
    assertThatIllegalArgumentException().isThrownBy(() -> LinkRequest.set(1).gsoMaxSize(0));
    assertThatIllegalArgumentException().isThrownBy(() -> LinkRequest.set(1).groMaxSize(0));
  }

  @Test
  void limitsBeyondTheDeviceAreRefusedByTheKernel() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> set(link -> link.gsoMaxSize(Integer.MAX_VALUE)))
        .withMessageContaining("set link " + index + " gso_max_size 2147483647: EINVAL");
  }

  /** Promiscuous, all multicast, no ARP: as both see them. */
  private List<Boolean> flags() {
    Link link = node.link("v0");
    String flags = ip.link("v0").path("flags").toString();
    List<Boolean> read = List.of(link.promiscuous(), link.allMulticast(), link.noArp());
    assertThat(read)
        .isEqualTo(
            List.of(
                flags.contains("\"PROMISC\""),
                flags.contains("\"ALLMULTI\""),
                flags.contains("\"NOARP\"")));
    assertThat(link.up()).isEqualTo(flags.contains("\"UP\""));
    return read;
  }

  @Test
  void flagsAreSetOneByOne() {
    assertThat(flags()).containsExactly(false, false, false);
    set(link -> link.promiscuous(true));
    assertThat(flags()).containsExactly(true, false, false);
    assertThat(limits("v0").promiscuity()).isEqualTo(1);
    set(link -> link.allMulticast(true).promiscuous(false));
    assertThat(flags()).containsExactly(false, true, false);
    set(link -> link.noArp(true).up());
    assertThat(flags()).containsExactly(false, true, true);
    set(link -> link.allMulticast(false).noArp(false));
    assertThat(flags()).containsExactly(false, false, false);
    assertThat(node.link("v0").up()).isTrue();
  }

  @Test
  void flagsOfIpAreRead() {
    ip.ip("link set v0 promisc on allmulticast on arp off up");
    assertThat(flags()).containsExactly(true, true, true);
    ip.ip("link set v0 promisc off allmulticast off arp on down");
    assertThat(flags()).containsExactly(false, false, false);
  }

  @Test
  void aPortIsMadePromiscuousByItsBridgeOnly() {
    int bridge = node.bridge("br0");
    set(link -> link.master(bridge));
    assertThat(limits("v0").promiscuity()).isEqualTo(1);
    assertThat(node.link("v0").promiscuous()).as("nobody told it to").isFalse();
  }

  @Test
  void whatTheKernelWouldIgnoreWhenItAddsIsRefused() {
    InterfaceName name = new InterfaceName("br0");
    for (UnaryOperator<LinkRequest> ignored :
        List.<UnaryOperator<LinkRequest>>of(
            request -> request.alias("alias"),
            request -> request.hairpin(true),
            request -> request.learning(false),
            request -> request.promoteSecondaries(true),
            request -> request.name(name))) {
      LinkRequest add = LinkRequest.add(LinkKind.Bridge.DEFAULT, name);
      assertThatIllegalStateException()
          .isThrownBy(() -> ignored.apply(add))
          .withMessageContaining("in \"add bridge br0\"; send it in a request behind it");
      assertThat(add).hasToString("add bridge br0");
    }
  }

  private Link.Stats statsByIp(String name) {
    JsonNode stats = ip.one("-s link show dev " + name).path("stats64");
    JsonNode rx = stats.path("rx");
    JsonNode tx = stats.path("tx");
    return new Link.Stats(
        rx.path("packets").asLong(),
        tx.path("packets").asLong(),
        rx.path("bytes").asLong(),
        tx.path("bytes").asLong(),
        rx.path("errors").asLong(),
        tx.path("errors").asLong(),
        rx.path("dropped").asLong(),
        tx.path("dropped").asLong(),
        rx.path("multicast").asLong());
  }

  private Link.Stats stats(String name) {
    return Optional.ofNullable(node.link(name).stats()).orElseThrow();
  }

  @Test
  void packetsErrorsAndDropsAreCountedAsIpCountsThem() {
    ip.ip("link add m0 link v1 type macvlan mode bridge");
    ip.ip("link set m0 allmulticast on");
    // Nowhere to send to is a drop, no route to the other end an error.
    ip.ip("link add x0 type vxlan id 1 dstport 4789");
    ip.ip("link add x1 type vxlan id 2 dstport 4789 remote 192.0.2.7");
    List<String> links = List.of("v0", "v1", "m0", "x0", "x1");
    // A link that goes up asks by multicast whether others have its IPv6 address.
    links.forEach(link -> ip.ip("link set " + link + " up"));
    await()
        .atMost(Heard.PATIENCE)
        .until(() ->
            stats("v0").txPackets() > 0
                && stats("m0").multicast() > 0
                && stats("x0").txDropped() > 0
                && stats("x1").txErrors() > 0);
    links.forEach(link -> ip.ip("link set " + link + " down"));
    for (String link : links) {
      assertThat(stats(link)).as(link).isEqualTo(statsByIp(link));
    }
    assertThat(stats("v1").rxBytes()).isEqualTo(stats("v0").txBytes()).isPositive();
    assertThat(stats("v1").rxPackets()).isEqualTo(stats("v0").txPackets()).isPositive();
  }

  @Test
  void aLinkMovesToAnotherNamespace() {
    try (Netns other = Netns.create();
        Rtnetlink there = Rtnetlink.open(other)) {
      LinkRequest move = LinkRequest.set(index).netns(other);
      assertThat(move).hasToString("set link " + index + " netns " + other);
      kernel.execute(move);
      assertThat(ip.hasLink("v0")).isFalse();
      Link moved = there.link(new InterfaceName("v0")).orElseThrow();
      assertThat(Ip.in(other).link("v0").path("ifindex").asInt()).isEqualTo(moved.index());
      assertThat(moved.peer()).isEqualTo(node.link("v1").index());
      assertThat(node.link("v1").peerNsid()).isNotNegative();
    }
  }

  @Test
  void aLinkMovesByTheNumberOfANamespace() {
    try (Netns other = Netns.create();
        Rtnetlink there = Rtnetlink.open(other)) {
      LinkRequest lost = LinkRequest.set(index).netns(31);
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> kernel.execute(lost))
          .withMessageContaining("set link " + index + " netns nsid 31: EINVAL");
      // The first link there gives the namespace its number here.
      kernel.execute(LinkRequest.set(index).netns(other));
      int nsid = node.link("v1").peerNsid();
      int second = node.veth("w0", "w1");
      kernel.execute(LinkRequest.set(second).netns(nsid));
      assertThat(ip.hasLink("w0")).isFalse();
      assertThat(Ip.in(other).hasLink("w0")).isTrue();
      assertThat(there.link(new InterfaceName("w0"))).isPresent();
    }
    assertThatIllegalArgumentException().isThrownBy(() -> LinkRequest.set(1).netns(-1));
  }

  @Test
  void aLinkWhoseNameIsTakenThereMovesUnderAnother() {
    try (Netns other = Netns.create();
        Rtnetlink there = Rtnetlink.open(other)) {
      kernel.execute(new Veth(Node.end("a0", other), Node.end("v0", other)).request());
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> set(link -> link.netns(other)))
          .matches(e -> e.is(Errno.EEXIST));
      assertThat(ip.hasLink("v0")).isTrue();
      set(link -> link.netns(other).name(new InterfaceName("v2")));
      assertThat(ip.hasLink("v0")).isFalse();
      assertThat(there.link(new InterfaceName("v2"))).isPresent();
    }
  }
}
