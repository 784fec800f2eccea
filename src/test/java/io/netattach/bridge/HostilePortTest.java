package io.netattach.bridge;

import static io.netattach.bridge.Site.bridge;
import static io.netattach.bridge.Site.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import io.netattach.attach.Attachment;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a pod that is a port of a bridge can do to the others there; docs/security.md refers to it.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class HostilePortTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Site node = new Site();

  @AfterEach
  void away() {
    for (NetnsName name : NetnsDirectory.system().files()) {
      NetnsDirectory.system().delete(name);
    }
    node.close();
  }

  private void attach(String target, String address, boolean isolated) {
    node.attacher.attach(
        Site.desired(
            target,
            new Attachment.BridgePort(name("br-blue"), 0, false, isolated),
            List.of(),
            address,
            List.of()));
  }

  /** Sends to an address until the neighbour there is found, which is that MAC address. */
  private static void awaitNeighbour(String from, String address, String mac) {
    try (Netns netns = Netns.open(new NetnsName(from));
        DatagramSocket socket = netns.call(() -> new DatagramSocket())) {
      await(from + " finds " + address)
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .until(() -> {
            trySend(socket, address);
            return neighbour(from, address).contains(mac);
          });
    }
  }

  /** Sends once: whatever is sent after the search has failed begins a new one. */
  private static void awaitNoNeighbour(String from, String address) throws IOException {
    try (Netns netns = Netns.open(new NetnsName(from));
        DatagramSocket socket = netns.call(() -> new DatagramSocket())) {
      trySend(socket, address);
      await(from + " finds nothing at " + address)
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .until(() -> neighbour(from, address).contains("FAILED"));
    }
  }

  private static String neighbour(String from, String address) {
    return Ip.here().ip("-n " + from + " neighbour show " + address);
  }

  private static void trySend(DatagramSocket socket, String address) throws IOException {
    try {
      socket.send(new DatagramPacket(new byte[1], 1, InetAddress.getByName(address), 9));
    } catch (IOException e) {
      // Nobody listens there, or nobody is there: the neighbour tells which.
      assertThat(e).hasMessageMatching(".*(refused|unreachable|No route).*");
    }
  }

  private static String mac(String netns) {
    return Ip.here().one("-n " + netns + " link show dev net1").path("address").asText();
  }

  @Test
  void anIsolatedEndFindsNoOtherIsolatedEnd() throws IOException {
    node.declare(bridge("br-blue", false, null));
    attach("thief", "10.20.0.1/24", true);
    attach("other", "10.20.0.2/24", true);
    attach("server", "10.20.0.3/24", false);

    awaitNeighbour("thief", "10.20.0.3", mac("server"));
    awaitNoNeighbour("thief", "10.20.0.2");
  }

  /**
   * Nothing keeps it from that but a network or a VLAN of its own: so it is written in the docs.
   */
  @Test
  void whereItIsInOneNetworkWithOthersItCanTakeAnAddressOfTheirs() {
    node.declare(bridge("br-blue", false, null));
    attach("thief", "10.20.0.1/24", false);
    attach("victim", "10.20.0.2/24", false);
    attach("client", "10.20.0.3/24", false);
    awaitNeighbour("client", "10.20.0.2", mac("victim"));

    // As a gratuitous answer does; the victim is silent at that moment.
    node.ip.shell(
        """
        ip -n victim link set net1 arp off
        ip -n thief address add 10.20.0.2/24 dev net1
        ip -n client neighbour delete 10.20.0.2 dev net1
        """);

    awaitNeighbour("client", "10.20.0.2", mac("thief"));
  }
}
