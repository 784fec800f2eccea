package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.NoLeftovers;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkEvent;
import io.netattach.netlink.MonitorEvent;
import io.netattach.netlink.NetlinkStatistics;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Rtnetlink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whom a change on the node concerns, and who is told when that is not known. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class DriftWatchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The least that the kernel gives: a few events. */
  private static final int TINY = 2304;

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private TestNode node;

  @BeforeEach
  void aNodeWithTwoAttachments() {
    node = new TestNode();
    // Or the end of the search for duplicate addresses is an event, a second or two later.
    node.shell(
        """
        for netns in blue red; do
          ip netns add $netns
          ip netns exec $netns sysctl -qw net.ipv6.conf.default.accept_dad=0
        done
        """);
    for (Attachments one : two()) {
      node.attach(one);
      // The carrier comes later, and is an event.
      node.awaitCarrier(one.host());
    }
  }

  @AfterEach
  void end() {
    node.close();
    assertThat(said).isEmpty();
  }

  private static List<Attachments> two() {
    return List.of(
        attachment("a").into("blue").hostName("veth-a").addresses("10.10.0.2/24"),
        attachment("b").into("red").hostName("veth-b").addresses("10.11.0.2/24"));
  }

  private DriftWatch watch(int receiveBuffer) {
    DriftWatch watch =
        new DriftWatch(
            node.netns, one -> told.add(one.uid()), said::add, receiveBuffer, Duration.ofHours(1));
    two().forEach(one -> watch.watch(one.get()));
    return watch;
  }

  private void awaitTold(String uid) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(() -> assertThat(told).contains(uid));
  }

  @Test
  void aChangeThatIsSeveralEventsIsToldOnceAndTheOtherIsNot() {
    try (DriftWatch watch = watch(1 << 20)) {
      // The address, and routes to it, to its network and to its broadcast address.
      node.ip("address add 10.77.0.1/24 dev veth-a");
      awaitTold("a");
      node.ip("link set veth-b mtu 1400");
      awaitTold("b");

      assertThat(told.stream().distinct()).containsExactly("a", "b");
      // Once, unless the watch does not run for a moment between two of the four.
      assertThat(told).filteredOn("a"::equals).hasSizeLessThanOrEqualTo(2);
      watch.forget("a");
    }
  }

  @Test
  void whatIsNobodysIsToldToNobody() {
    try (DriftWatch watch = watch(1 << 20)) {
      node.shell(
          """
          ip link add other type veth peer name its-peer
          ip link set other up
          ip address add 10.78.0.1/24 dev other
          ip route add 10.79.0.0/16 dev other
          ip link delete other
          ip netns add green
          ip netns delete green
          """);
      node.ip("link set veth-b mtu 1400");
      awaitTold("b");

      assertThat(told).containsOnly("b");
      watch.forget("b");
    }
  }

  /** It may have many, and change them all the time. */
  @Test
  void routesOfADaemonAreToldToNobodyUnlessTheyTakeThePlaceOfOurs() {
    Attachments routed = two().getFirst().routes(route("10.20.0.0/16", "10.10.0.1"));
    node.attach(routed);
    try (DriftWatch watch = watch(1 << 20)) {
      watch.watch(routed.get());
      node.shell(
          """
          ip -n blue route add 10.80.0.0/16 via 10.10.0.1 proto bird
          ip -n blue route replace 10.80.0.0/16 via 10.10.0.9 proto bird
          ip -n blue route delete 10.80.0.0/16
          ip route add 10.81.0.0/16 dev veth-a proto bird
          """);
      node.ip("link set veth-b mtu 1400");
      awaitTold("b");
      assertThat(told).doesNotContain("a");

      node.ip("-n blue route add 10.82.0.0/16 via 10.10.0.1 proto static");
      awaitTold("a");
      told.clear();
      node.ip("-n blue route replace 10.20.0.0/16 via 10.10.0.9 proto bird");
      awaitTold("a");
    }
  }

  @Test
  void whatIsHeldIsToldAtTheEndOfIt() {
    try (DriftWatch watch = watch(1 << 20)) {
      long start = System.nanoTime();
      watch.hold("a", Duration.ofSeconds(2));
      node.ip("link set veth-a mtu 1400");
      node.ip("link set veth-b mtu 1400");
      awaitTold("b");
      assertThat(told).containsOnly("b");
      awaitTold("a");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThan(Duration.ofMillis(1990));

      told.clear();
      watch.hold("a", Duration.ofHours(1));
      node.ip("link set veth-a mtu 1401");
      node.ip("link set veth-b mtu 1401");
      awaitTold("b");
      assertThat(told).containsOnly("b");
      watch.hold("a", Duration.ZERO);
      awaitTold("a");
    }
  }

  /** The kernel says that it dropped some, not which: so all are told, the one untouched, too. */
  @Test
  void afterLostEventsAllAreTold() {
    try (DriftWatch watch = watch(TINY)) {
      String many =
          String.join(
              "\n",
              IntStream.range(0, 2000).mapToObj(i -> "link set lo mtu " + (60000 + i)).toList());
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            node.shell("ip -batch - <<'END'\n" + many + "\nEND\n");
            assertThat(told).contains("a", "b");
          });
      // What it knew of where they are is gone; what is watched again is found again.
      two().forEach(one -> watch.watch(one.get()));
      told.clear();
      node.ip("-n blue link set net1 mtu 1400");
      awaitTold("a");
    }
  }

  /** Each look may be what makes the next be lost. */
  @Test
  void howeverOftenEventsAreLostAllAreToldOnceASecondAtMost() {
    StringBuilder many = new StringBuilder("ip -batch - <<'END'\n");
    IntStream.range(0, 500).forEach(i -> many.append("link set lo mtu " + (60000 + i) + "\n"));
    many.append("END\n");
    try (DriftWatch watch = watch(TINY)) {
      long start = System.nanoTime();
      long before = overflows();
      do {
        node.shell(many.toString());
      } while (overflows() < before + 4 || System.nanoTime() - start < 2_500_000_000L);
      long times = told.stream().filter("a"::equals).count();
      long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();

      assertThat(times).isBetween(2L, seconds + 2);
      watch.forget("b");
    }
  }

  private static long overflows() {
    return NetlinkStatistics.now().resyncs().getOrDefault(MonitorEvent.Cause.OVERFLOW, 0L);
  }

  @Test
  void whatAnEventHasToldIsNotUndoneByAnOlderAnswer() {
    Attachments one = two().getFirst();
    WatchedPlaces places = new WatchedPlaces();
    places.add(one.get());
    try (Rtnetlink links = Rtnetlink.open(node.netns);
        Netns red = Netns.open(new NetnsName("red"));
        Rtnetlink inside = Rtnetlink.open(red)) {
      Link older = Observer.hostLink(links, "a").orElseThrow();
      node.shell(
          """
          ip -n blue link set net1 name moved
          ip -n blue link set moved netns red
          """);
      Link newer = Observer.hostLink(links, "a").orElseThrow();
      places.concernedBy(new LinkEvent.Changed(OptionalInt.empty(), newer));
      places.found(older);

      Link moved = inside.link(newer.peer()).orElseThrow();
      assertThat(newer.peerNsid()).isNotEqualTo(older.peerNsid());
      assertThat(places.concernedBy(new LinkEvent.Changed(OptionalInt.of(newer.peerNsid()), moved)))
          .containsExactly("a");
    }
  }

  @Test
  void anEventCostsTheSameHoweverManyAreWatched() {
    List<Attachments> many = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      many.add(
          attachment("m" + i)
              .into("many" + i)
              .addresses("10.90.0.2/24")
              .hostAddresses("10." + (100 + i / 250) + "." + i % 250 + ".1/24"));
    }
    try (DriftWatch watch = watch(8 << 20)) {
      many.forEach(one -> watch.watch(one.get()));
      told.clear();
      node.ip("link set veth-a mtu 1400");
      awaitTold("a");
      node.ip("link set veth-b mtu 1400");
      awaitTold("b");

      assertThat(told.stream().distinct()).containsExactly("a", "b");
    }
  }
}
