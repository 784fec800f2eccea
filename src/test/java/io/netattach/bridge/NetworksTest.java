package io.netattach.bridge;

import static io.netattach.bridge.Site.bridge;
import static io.netattach.bridge.Site.name;
import static io.netattach.bridge.Site.underlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.netattach.NoLeftovers;
import io.netattach.agent.Datagrams;
import io.netattach.attach.VlanRanges;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The networks of several pods that docs/networks.md describes, with traffic. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class NetworksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Site one = new Site();
  private final Site other = new Site();

  @AfterEach
  void away() {
    for (NetnsName name : NetnsDirectory.system().files()) {
      NetnsDirectory.system().delete(name);
    }
    one.close();
    other.close();
  }

  @Test
  void endsInOneVlanOfABridgeReachEachOtherAndThoseInAnotherDoNot() throws Exception {
    Site.needsVlanFiltering();
    one.declare(bridge("br-blue", true, null));
    one.attach("a", "br-blue", 10, "10.20.0.1/24");
    one.attach("b", "br-blue", 10, "10.20.0.2/24");
    one.attach("c", "br-blue", 20, "10.20.0.3/24");

    reaches("a", "b", "10.20.0.2");
    doesNotReach("a", "10.20.0.3");
  }

  @Test
  void podsOfPointToPointLinksReachEachOtherThroughTheNode() throws Exception {
    one.ip.command("sysctl -qw net.ipv4.ip_forward=1");
    one.attachRouted("a", "10.30.1.1/24", "10.30.1.2/24", "10.30.0.0/16");
    one.attachRouted("b", "10.30.2.1/24", "10.30.2.2/24", "10.30.0.0/16");

    reaches("a", "b", "10.30.2.2");
  }

  @Test
  void podsOfTwoNodesReachEachOtherThroughATunnel() throws Exception {
    Site.link(one, other);
    one.ip.ip("address add 192.0.2.1/24 dev eth1");
    other.ip.ip("address add 192.0.2.2/24 dev eth1");
    DeclaredBridge blue = bridge("br-blue", false, Uplink.Vxlan.of(42));
    one.declare(blue, underlay("192.0.2.1", "192.0.2.2"));
    other.declare(blue, underlay("eth1", "192.0.2.1"));
    one.attach("a", "br-blue", 0, "10.20.0.1/24");
    other.attach("b", "br-blue", 0, "10.20.0.2/24");

    assertThat(one.ip.link("br-blue").path("mtu").asInt()).isEqualTo(1450);
    assertThat(one.ip.bridge("fdb show dev vxlan42"))
        .contains("00:00:00:00:00:00 dst 192.0.2.2 self permanent");
    reaches("a", "b", "10.20.0.2");
  }

  @Test
  void vlansStayApartInATunnelOverIpv6() throws Exception {
    Site.needsVlanFiltering();
    Site.link(one, other);
    one.ip.ip("address add fd00:2::1/64 dev eth1 nodad");
    other.ip.ip("address add fd00:2::2/64 dev eth1 nodad");
    DeclaredBridge blue =
        bridge(
            "br-blue", true, new Uplink.Vxlan(42, 4789, null, null, null, VlanRanges.of("10,20")));
    one.declare(blue, underlay("fd00:2::1", "fd00:2::2"));
    other.declare(blue, underlay("fd00:2::2", "fd00:2::1"));
    one.attach("a", "br-blue", 10, "10.20.0.1/24");
    other.attach("b", "br-blue", 10, "10.20.0.2/24");
    other.attach("c", "br-blue", 20, "10.20.0.3/24");

    assertThat(one.ip.link("br-blue").path("mtu").asInt()).isEqualTo(1500 - 70 - 4);
    reaches("a", "b", "10.20.0.2");
    doesNotReach("a", "10.20.0.3");
  }

  @Test
  void podsOfTwoNodesReachEachOtherThroughTheVlansOfALink() throws Exception {
    Site.needsVlanFiltering();
    Site.link(one, other);
    DeclaredBridge blue =
        bridge("br-blue", true, new Uplink.Existing(name("eth1"), VlanRanges.of("10,20-30")));
    one.declare(blue);
    other.declare(blue);
    one.attach("a", "br-blue", 10, "10.20.0.1/24");
    other.attach("b", "br-blue", 10, "10.20.0.2/24");
    other.attach("c", "br-blue", 25, "10.20.0.3/24");

    reaches("a", "b", "10.20.0.2");
    doesNotReach("a", "10.20.0.3");
  }

  @Test
  void podsOfTwoNodesReachEachOtherThroughOneVlanOfTheNodesLink() throws Exception {
    Site.needsVlanLinks();
    Site.link(one, other);
    one.ip.ip("address add 192.0.2.1/24 dev eth1");
    other.ip.ip("address add 192.0.2.2/24 dev eth1");
    DeclaredBridge blue = bridge("br-blue", false, new Uplink.Vlan(name("eth1"), 42, null));
    one.declare(blue);
    other.declare(blue);
    one.attach("a", "br-blue", 0, "10.20.0.1/24");
    other.attach("b", "br-blue", 0, "10.20.0.2/24");

    reaches("a", "b", "10.20.0.2");
  }

  @Test
  void podsOfTwoNodesReachEachOtherThroughATunnelToAGroup() throws Exception {
    Site.link(one, other);
    one.ip.ip("address add 192.0.2.1/24 dev eth1");
    other.ip.ip("address add 192.0.2.2/24 dev eth1");
    DeclaredBridge blue =
        bridge(
            "br-blue",
            false,
            new Uplink.Vxlan(42, 4789, IpAddress.of("239.1.1.1"), name("eth1"), null, null));
    one.declare(blue);
    other.declare(blue);
    one.attach("a", "br-blue", 0, "10.20.0.1/24");
    other.attach("b", "br-blue", 0, "10.20.0.2/24");

    reaches("a", "b", "10.20.0.2");
  }

  private void reaches(String from, String to, String address) throws Exception {
    one.awaitCarriers();
    other.awaitCarriers();
    try (Netns source = Netns.open(new NetnsName(from));
        Netns target = Netns.open(new NetnsName(to));
        Datagrams datagrams = new Datagrams(source, target, address)) {
      await(from + " reaches " + to).atMost(PATIENCE).until(() -> datagrams.received() > 100);
      datagrams.end();
    }
  }

  /** Nobody answers for the address there. */
  private static void doesNotReach(String from, String address) throws IOException {
    try (Netns source = Netns.open(new NetnsName(from));
        Socket socket = source.call(Socket::new)) {
      assertThatExceptionOfType(NoRouteToHostException.class)
          .isThrownBy(() ->
              socket.connect(
                  new InetSocketAddress(InetAddress.getByName(address), 9),
                  (int) PATIENCE.toMillis()));
    }
  }
}
