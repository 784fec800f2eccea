package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.NoLeftovers;
import io.netattach.netlink.Frames;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.NeighbourAnnouncement;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Neighbours learn at once that an address has come to a container end, or has moved. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class AnnouncementTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String OLD_MAC = "02:00:00:00:00:99";

  private static final Attachments PEER =
      attachment("b").into("peer").addresses("10.10.0.9/24", "fd00:10::9/64").bridge("br0");
  private static final Attachments MOVED =
      attachment("a").into("blue").addresses("10.10.0.2/24", "fd00:10::2/64").bridge("br0");

  private TestNode node;

  @BeforeEach
  void aNeighbourOnTheSameBridge() {
    node = new TestNode();
    node.ip().addBridge("br0", "02:00:00:00:00:b0");
    node.ip("link set br0 up");
    node.attach(PEER);
    node.awaitCarrier(PEER.host());
    awaitSaidOnceMore(2);
  }

  @AfterEach
  void away() {
    node.close();
  }

  private static NeighbourAnnouncement of(String address) {
    return new NeighbourAnnouncement(MOVED.get().container().mac(), IpAddress.of(address), false);
  }

  private static Frames heardByThePeer() {
    try (Netns peer = Netns.open(new NetnsName("peer"))) {
      return new Frames(peer, "net1");
    }
  }

  @Test
  void aNeighbourForgetsTheMacAddressThatAnAddressHadBefore() {
    for (String address : new String[] {"10.10.0.2", "fd00:10::2"}) {
      node.ip("-n peer neigh replace " + address + " lladdr " + OLD_MAC + " dev net1 nud stale");
    }

    node.attach(MOVED);

    String mac = MOVED.get().container().mac().toString();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(node.ip("-n peer neigh show dev net1"))
                .contains("10.10.0.2 lladdr " + mac, "fd00:10::2 lladdr " + mac)
                .doesNotContain(OLD_MAC));
  }

  @Test
  void whatIsAnnouncedIsSaidOnceMore() {
    try (Frames frames = heardByThePeer()) {
      node.attach(MOVED);
      assertThat(node.attacher.announcementsSent())
          .as("the peer's, and these once at least")
          .isGreaterThanOrEqualTo(2 * 2 + 2);

      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            assertThat(node.attacher.announcementsSent()).isEqualTo(2 * (2 + 2));
            assertThat(frames.count(of("10.10.0.2").frame())).isPositive();
            assertThat(frames.count(of("fd00:10::2").frame())).isPositive();
          });
      assertThat(node.attacher.announcementsFailed()).isZero();
    }
  }

  @Test
  void anAddedAddressIsAnnouncedAndNoOther() {
    node.attach(MOVED);
    awaitSaidOnceMore(4);
    node.awaitCarrier(MOVED.host());

    try (Frames frames = heardByThePeer()) {
      node.attach(MOVED.addresses("10.10.0.2/24", "fd00:10::2/64", "10.10.0.3/24"));

      awaitSaidOnceMore(5);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(frames.count(of("10.10.0.3").frame())).isEqualTo(2));
      assertThat(frames.count(of("10.10.0.2").frame())).isZero();
    }
  }

  @Test
  void whereNothingIsToBeDoneNothingIsSaid() {
    node.attach(MOVED);
    awaitSaidOnceMore(4);

    node.isAttached(MOVED);

    assertThat(node.attacher.announcementsSent()).isEqualTo(8);
  }

  @Test
  void aNamespaceThatComesAgainIsAnnouncedAgain() {
    node.attach(MOVED);
    node.ip("netns delete blue");
    try (Frames frames = heardByThePeer()) {
      node.attach(MOVED);

      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(frames.count(of("10.10.0.2").frame())).isPositive());
    }
  }

  @Test
  void anotherMacAddressIsAnnounced() {
    node.attach(MOVED);
    node.awaitCarrier(MOVED.host());
    try (Frames frames = heardByThePeer()) {
      Attachments other = MOVED.mac("02:00:00:00:00:77");
      node.attach(other);

      byte[] frame =
          new NeighbourAnnouncement(other.get().container().mac(), IpAddress.of("10.10.0.2"), false)
              .frame();
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(frames.count(frame)).isPositive());
    }
  }

  @Test
  void aRouterAdvertisesThatItIsOne() {
    node.attach(MOVED.addresses());
    node.ip("netns exec blue sysctl -qw net.ipv6.conf.all.forwarding=1");
    node.awaitCarrier(MOVED.host());
    try (Frames frames = heardByThePeer()) {
      node.attach(MOVED);

      byte[] frame =
          new NeighbourAnnouncement(MOVED.get().container().mac(), IpAddress.of("fd00:10::2"), true)
              .frame();
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(frames.count(frame)).isPositive());
    }
  }

  @Test
  void whatIsDetachedKeepsItsNamespaceNoLonger() {
    node.attach(MOVED);

    node.detach(MOVED);
    long sent = node.attacher.announcementsSent();

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .untilAsserted(() -> assertThat(node.json("netns list-id")).as("namespaces").hasSize(1));
    assertThat(node.attacher.announcementsSent()).as("said no more").isEqualTo(sent);
  }

  /** Waits until so many addresses have been announced, each twice. */
  private void awaitSaidOnceMore(int addresses) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(node.attacher.announcementsSent()).isEqualTo(2L * addresses));
  }
}
