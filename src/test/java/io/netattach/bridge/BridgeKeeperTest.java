package io.netattach.bridge;

import static io.netattach.bridge.Site.OWNER;
import static io.netattach.bridge.Site.bridge;
import static io.netattach.bridge.Site.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.netattach.NoLeftovers;
import io.netattach.attach.AttachException;
import io.netattach.attach.Attachment;
import io.netattach.attach.Identity;
import io.netattach.attach.Upkeep;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Bridges are kept: what changes is heard, none is looked at otherwise here. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class BridgeKeeperTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final DeclaredBridge PLAIN = bridge("br-blue", false, null);
  private static final DeclaredBridge PORT =
      bridge("br-blue", false, new Uplink.Existing(name("eth1"), null));

  private final Site node = new Site();
  private final Queue<String> log = new ConcurrentLinkedQueue<>();

  @AfterEach
  void away() {
    for (NetnsName name : NetnsDirectory.system().files()) {
      NetnsDirectory.system().delete(name);
    }
    node.close();
  }

  private BridgeKeeper keep(DeclaredBridge... bridges) {
    return keep(Underlay.alone(""), bridges);
  }

  private BridgeKeeper keep(Underlay underlay, DeclaredBridge... bridges) {
    return new BridgeKeeper(node.netns, OWNER, List.of(bridges), underlay, Duration.ZERO, log::add);
  }

  @Test
  void itIsThereFromTheBeginningAndPutRightWhenSomebodyChangesIt() {
    try (BridgeKeeper keeper = keep(PLAIN)) {
      assertThat(keeper.ready()).isEqualTo(1);
      assertThat(node.ip.hasLink("br-blue")).isTrue();

      node.ip.ip("link delete br-blue");
      await().atMost(PATIENCE).until(() -> node.ip.hasLink("br-blue"));
    }
    assertThat(node.ip.hasLink("br-blue")).as("it stays").isTrue();
    assertThat(log).first().asString().startsWith("bridge br-blue: add bridge br-blue");

    try (BridgeKeeper keeper = keep()) {
      assertThat(node.ip.hasLink("br-blue")).isFalse();
      assertThat(keeper.wanted()).isZero();
    }
  }

  @Test
  void oneThatIsRenamedIsToldOfUntilItHasItsNameAgain() {
    try (BridgeKeeper keeper = keep(PLAIN)) {
      // The first look may be due to what was heard while it was made.
      for (int i = 0; i < 2; i++) {
        node.ip.ip("link set br-blue name br-other");
        await().atMost(PATIENCE).until(() -> keeper.ready() == 0);
        assertThat(keeper.troubles().get("br-blue")).contains("add bridge br-blue");

        node.ip.ip("link set br-other name br-blue");
        await().atMost(PATIENCE).until(() -> keeper.ready() == 1);
      }
    }
  }

  @Test
  void anUplinkThatComesLaterIsWaitedFor() {
    try (BridgeKeeper keeper = keep(PORT)) {
      assertThat(keeper.ready()).isZero();
      assertThat(keeper.troubles().get("br-blue")).contains("eth1 does not exist on this node");
      assertThat(log).hasSize(1);

      node.ip.ip("link add eth1 type veth peer name far1");
      await().atMost(PATIENCE).until(() -> keeper.ready() == 1);
    }
    assertThat(node.ip.link("eth1").path("master").asText()).isEqualTo("br-blue");
  }

  @Test
  void newPeersAreToldToIt() {
    node.ip.shell(
        "ip link add eth0 type veth peer name far0; ip address add 192.0.2.1/24 dev eth0");
    AtomicReference<Optional<Set<IpAddress>>> peers = new AtomicReference<>(Optional.empty());
    try (BridgeKeeper keeper =
        keep(new Underlay("eth0", peers::get), bridge("br-blue", false, Uplink.Vxlan.of(42)))) {
      assertThat(keeper.asksForPeers()).isTrue();
      assertThat(keeper.local()).contains(IpAddress.of("192.0.2.1"));
      assertThat(node.ip.bridge("fdb show dev vxlan42")).doesNotContain("dst");

      peers.set(Optional.of(Set.of(IpAddress.of("192.0.2.2"))));
      keeper.look();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(node.ip.bridge("fdb show dev vxlan42")).contains("dst 192.0.2.2"));

      node.ip.bridge("fdb delete 00:00:00:00:00:00 dev vxlan42 dst 192.0.2.2");
      await("whoever takes one away is heard")
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(node.ip.bridge("fdb show dev vxlan42")).contains("dst 192.0.2.2"));

      node.ip.shell(
          "ip address delete 192.0.2.1/24 dev eth0; ip address add 192.0.2.9/24 dev eth0");
      await("so is another address")
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(node.ip.ip("-d link show vxlan42")).contains("local 192.0.2.9"));
    }
  }

  @Test
  void whatNobodyExpectedIsToldAndTriedAgain() {
    node.ip.shell(
        "ip link add eth0 type veth peer name far0; ip address add 192.0.2.1/24 dev eth0");
    AtomicReference<Set<IpAddress>> peers = new AtomicReference<>();
    Underlay underlay =
        new Underlay(
            "eth0",
            () -> {
              if (peers.get() == null) {
                throw new IllegalStateException("nobody knows");
              }
              return Optional.of(peers.get());
            });
    try (BridgeKeeper keeper =
        keep(
            underlay,
            bridge("br-blue", false, Uplink.Vxlan.of(42)),
            bridge("br-red", false, null))) {
      assertThat(keeper.troubles().get("br-blue")).contains("nobody knows");
      assertThat(keeper.ready()).isEqualTo(1);
      keeper.look();

      peers.set(Set.of(IpAddress.of("192.0.2.2")));
      keeper.look();
      await().atMost(PATIENCE).until(() -> keeper.ready() == 2);
    }
  }

  @Test
  void anAttachmentThatWaitsForItIsWoken() {
    Attachment waiting =
        Site.desired(
            "a",
            new Attachment.BridgePort(name("br-blue"), 0, false, false),
            List.of(),
            "10.20.0.1/24",
            List.of());
    Queue<Identity> woken = new ConcurrentLinkedQueue<>();
    try (Upkeep upkeep = new Upkeep(node.netns, node.attacher, woken::add, log::add)) {
      assertThatExceptionOfType(AttachException.class)
          .isThrownBy(() -> upkeep.attach(waiting, false))
          .withMessageContaining("\"br-blue\" does not exist on this node");

      try (BridgeKeeper keeper = keep(PLAIN)) {
        await().atMost(PATIENCE).until(() -> woken.contains(waiting.identity()));
        assertThat(upkeep.attach(waiting, false).steps()).isNotEmpty();
        assertThat(keeper.ready()).isEqualTo(1);
      }
    }
  }
}
