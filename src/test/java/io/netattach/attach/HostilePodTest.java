package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Rtnetlink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a pod that is attached to can do to its node with all rights in its own network namespace,
 * which is {@code blue} here; docs/security.md refers to it.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class HostilePodTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(1500);
  private static final Attachments POD = attachment("a").existing().hostName("veth-a");

  /** Somebody else's, on the same node. */
  private static final Attachments OTHER =
      attachment("b").into("red").hostName("veth-b").addresses("10.77.0.2/24");

  private TestNode node;

  @BeforeEach
  void aPodOnANode() {
    node = new TestNode();
    node.shell(
        """
        ip link add uplink address 02:00:00:00:00:01 type veth peer name router address 02:00:00:00:00:02
        ip link set uplink up
        ip link set router up
        ip address add 192.168.7.2/24 dev uplink
        ip netns add blue
        ip -n blue link set lo up
        """);
  }

  @AfterEach
  void away() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mtu 9000",
        "mtu 100",
        "address 02:00:00:00:00:b0",
        "address 00:00:00:00:00:01",
        "group 7",
        "name eth0",
        "alias netattach",
        "txqueuelen 1",
        "arp off",
        "promisc on"
      })
  void whatItDoesToItsEndChangesNoBridge(String change) {
    node.shell(
        """
        ip link add br0 type bridge
        ip link set br0 up
        ip link set router master br0
        """);
    node.attach(POD.bridge("br0"));
    State before = node.state().about("link br0 ");
    node.ip("-n blue link set net1 down");

    node.ip("-n blue link set net1 " + change);

    node.state().about("link br0 ").isSameAs(before);
  }

  /** Names and marks are looked for on the node alone, where pods cannot write. */
  @Test
  void aLinkInsideThatHasAnotherAttachmentsMarksIsNotTakenForIt() {
    try (Kept kept = new Kept()) {
      kept.attach(POD);
      kept.attach(OTHER);

      node.shell(
          """
          ip -n blue link add veth-b type veth peer name its-peer
          ip -n blue link property add dev veth-b altname netattach-b
          ip -n blue link set veth-b alias 'netattach %s shop/link-b'
          ip -n blue link set veth-b up
          ip -n blue link set veth-b mtu 1300
          """
              .formatted(TestNode.OWNER));

      kept.awaitQuiet();
      // Had it been taken for the host end, nobody would hear of what happens to the pair.
      node.ip("-n red link set net1 mtu 1400");
      kept.awaitRepairs(OTHER, 1);
    }
    assertThat(node.attacher.inventory().attachments().stream().map(Inventory.Item::attachment))
        .containsExactly("shop/link-a", "shop/link-b");
    assertThat(node.detach(OTHER).link()).isTrue();
    assertThat(node.ip("-n blue link show dev veth-b")).contains("netattach-b");
  }

  /** It can do so by the alias of its lo, and so only has its own name taken away, if anything. */
  @Test
  void aNamespaceThatCallsItselfOursGoesByNoCleanUpWhileALinkIsInIt() {
    node.shell("ip -n blue link set lo alias 'netattach " + TestNode.OWNER + " shop/gone'");
    node.ip("-n blue link add eth0 type veth peer name its-peer");
    List<String> said = new ArrayList<>();
    Orphans orphans = new Orphans(TestNode.OWNER, node.attacher, (about, line) -> said.add(line));

    assertThat(orphans.clean(Set.of(), Set.of(), Duration.ZERO)).isEqualTo(Orphans.Outcome.HELD);
    assertThat(node.hasNetns("blue")).isTrue();
    assertThat(said).singleElement().asString().startsWith("namespace blue: kept, for it holds");

    node.ip("-n blue link delete eth0");
    orphans.clean(Set.of(), Set.of(), Duration.ZERO);
    assertThat(node.hasNetns("blue")).isFalse();
  }

  /** Whoever it says that it was made for. */
  @Test
  void aNamespaceThatCallsItselfOursLetsNobodyElseInThanItSays() {
    node.shell("ip -n blue link set lo alias 'netattach " + TestNode.OWNER + " bank/vault'");

    node.refuses(POD, Reason.REFUSED);
    node.attach(POD.of("bank", "any"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\u001b[2J", "\u202e", "\r"})
  void noTextOfItsOwnForgesALineOfALogOrMovesATerminal(String sign) {
    Inside inside = new Inside("blue");
    inside.ip("link", "add", "net1", "type", "bridge");
    inside.ip("link", "set", "net1", "alias", "x" + sign + "shop/other: attached");
    assertThat(node.refuses(POD, Reason.CONFLICT).getMessage())
        .contains("with alias \"x\\u")
        .doesNotContain(sign);
    inside.ip("link", "delete", "net1");

    inside.ip("link", "set", "lo", "alias", "netattach o bank/x" + sign + "y");
    assertThat(node.refuses(POD, Reason.REFUSED).getMessage())
        .contains("bank/x\\u")
        .doesNotContain(sign);
    inside.ip("link", "set", "lo", "alias", "netattach " + TestNode.OWNER + " shop/link-a");

    node.attach(POD);
    if (!sign.isBlank()) {
      inside.ip("link", "set", "net1", "name", "a" + sign);
      assertThat(node.plan(POD).steps())
          .extracting(step -> new StepText(POD.get()).words(step))
          .singleElement()
          .asString()
          .startsWith("rename a\\u")
          .doesNotContain(sign);
      inside.ip("link", "set", "a" + sign, "name", "net1");
      inside.ip("link", "add", "b" + sign, "type", "bridge");
      assertThat(node.detach(POD).occupants())
          .singleElement()
          .asString()
          .startsWith("b\\u")
          .doesNotContain(sign);
    }
  }

  /** The command line of {@link io.netattach.Ip} is split at blanks. */
  private record Inside(String netns) {
    void ip(String... arguments) {
      List<String> command = new ArrayList<>(List.of("ip", "-n", netns));
      command.addAll(List.of(arguments));
      try {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", command, said).isZero();
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void anEndThatItHidesInANamespaceWithoutANameIsMadeAnew() {
    node.attach(POD);
    try (Netns hidden = Netns.create()) {
      node.ip("-n blue link set net1 netns " + hidden.path());

      node.attach(POD);

      node.isAttached(POD);
      assertThat(Ip.in(hidden).hasLink("net1")).isFalse();
    }
  }

  @Test
  void whileItFloodsTheKernelWithEventsOthersAreRepaired(@TempDir Path folder) throws Exception {
    Path flood = folder.resolve("flood");
    Files.write(
        flood,
        IntStream.range(0, 2000)
            .mapToObj(i -> "10." + (100 + i / 250) + "." + i % 250 + ".1/32 dev net1")
            .flatMap(a -> Stream.of("address add " + a, "address delete " + a))
            .toList());
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger floods = new AtomicInteger();
    try (Kept kept = new Kept()) {
      kept.attach(POD);
      kept.attach(OTHER);
      Thread pod =
          Thread.ofPlatform()
              .start(() -> {
                while (!over.get()) {
                  node.shell("ip -n blue -force -batch " + flood + " 2>/dev/null || true");
                  floods.incrementAndGet();
                }
              });
      try {
        await().atMost(PATIENCE).until(() -> floods.get() > 0);
        for (int i = 1; i <= 3; i++) {
          node.ip("link delete veth-b");
          kept.awaitRepairs(OTHER, i);
        }
      } finally {
        over.set(true);
        pod.join();
      }
    }
  }

  /** Keeps attachments as they are desired by what the kernel tells. */
  private final class Kept implements AutoCloseable {
    private final Map<Identity, Attachments> desired = new ConcurrentHashMap<>();
    private final Map<Identity, Integer> repairs = new ConcurrentHashMap<>();
    private final AtomicInteger told = new AtomicInteger();
    private final Upkeep upkeep = new Upkeep(node.netns, node.attacher, this::changed, line -> {});

    void attach(Attachments attachments) {
      desired.put(attachments.identity(), attachments);
      upkeep.attach(attachments.get(), false);
    }

    private void changed(Identity identity) {
      told.incrementAndGet();
      Attachments attachments = desired.get(identity);
      if (attachments == null) {
        return;
      }
      try {
        if (!upkeep.attach(attachments.get(), true).steps().isEmpty()) {
          repairs.merge(identity, 1, Integer::sum);
        }
      } catch (AttachException e) {
        // Something went on changing it; the next event says so.
      }
    }

    void awaitRepairs(Attachments attachments, int count) {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> repairs.getOrDefault(attachments.identity(), 0) >= count);
    }

    /** Until nothing more is told for a moment, so that what comes next is told for itself. */
    void awaitQuiet() {
      AtomicInteger before = new AtomicInteger(-1);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(300))
          .until(() -> before.getAndSet(told.get()) == told.get());
    }

    @Override
    public void close() {
      upkeep.close();
    }
  }

  /** As it does any address of the node by its first interface. */
  @Test
  void itReachesWhatListensOnAnyAddressOfTheNodeAsFromAnyNetwork() throws IOException {
    node.attach(POD.addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24"));
    node.awaitCarrier("veth-a");
    node.ip("-n blue route add 192.168.7.2/32 via 10.10.0.1");

    assertThat(reaches("10.10.0.1", "10.10.0.1", LONG)).isTrue();
    assertThat(reaches("192.168.7.2", "192.168.7.2", LONG)).isTrue();
  }

  @Test
  void itReachesNothingOfTheNodesLoopbackUnlessTheNodeSaysSo() throws IOException {
    node.attach(POD.addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24"));
    node.awaitCarrier("veth-a");
    node.shell(
        """
        ip -n blue route delete local 127.0.0.1 dev lo table local
        ip -n blue route delete local 127.0.0.0/8 dev lo table local
        ip -n blue route add 127.0.0.0/8 via 10.10.0.1 src 10.10.0.2
        ip netns exec blue sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.net1.accept_local=1
        """);

    assertThat(reaches("127.0.0.1", "127.0.0.1", SHORT)).isFalse();

    node.ip().command("sysctl -qw net.ipv4.conf.veth-a.route_localnet=1");
    assertThat(reaches("127.0.0.1", "127.0.0.1", LONG)).as("what is tried works").isTrue();
  }

  /** Whether a connection from the pod to a server of the node comes about in time. */
  private boolean reaches(String listening, String asked, Duration time) throws IOException {
    try (Netns pod = Netns.open(new NetnsName("blue"));
        ServerSocket server =
            node.netns.call(() -> new ServerSocket(0, 1, InetAddress.getByName(listening)));
        Socket client = pod.call(Socket::new)) {
      var to = new InetSocketAddress(InetAddress.getByName(asked), server.getLocalPort());
      return pod.call(() -> {
        try {
          client.connect(to, Math.toIntExact(time.toMillis()));
          return true;
        } catch (SocketTimeoutException e) {
          return false;
        }
      });
    }
  }

  @Test
  void aPodThatIsLeftHasNoEndAlthoughItKeepsItsNamespace() throws Exception {
    node.attach(POD);
    try (Netns kept = Netns.open(new NetnsName("blue"))) {
      node.detach(POD);
      node.ip("netns delete blue");

      assertThat(node.hasLink("veth-a")).isFalse();
      try (Rtnetlink inside = Rtnetlink.open(kept)) {
        assertThat(inside.link(new InterfaceName("net1"))).isEmpty();
      }
    }
  }

  @Test
  void addressesAndRoutesOfItsOwnAreNoneOfTheNode() {
    node.attach(POD.addresses("10.10.0.2/24").hostAddresses("10.10.0.1/24"));
    State before = node.state();

    node.ip("-n blue address add 192.168.7.2/24 dev net1");
    node.ip("-n blue route add 172.16.0.0/12 via 10.10.0.1");

    node.state().isSameAs(before);
    assertThat(node.ip("route get 192.168.7.2")).startsWith("local 192.168.7.2 dev lo");
  }
}
