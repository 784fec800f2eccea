package io.netattach.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import io.netattach.Ip;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.Derived;
import io.netattach.attach.Identity;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Owner;
import io.netattach.attach.Ownership;
import io.netattach.attach.Reclaim;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A node in a namespace of its own, which makes bridges and attaches to them. */
final class Site implements AutoCloseable {
  static final Owner OWNER = new Owner("6f1c0f2e-1b1c-4a55-9a37-0f6f2f0f2b11");

  final Netns netns = Netns.create();
  final Ip ip = Ip.in(netns);
  final Attacher attacher = new Attacher(netns, NodePolicy.defaults(), new Ownership(OWNER, false));

  private final List<String> hostEnds = new ArrayList<>();

  Site() {
    ip.ip("link set lo up");
  }

  /** Two of them, with a link between them that both call eth1, up. */
  static void link(Site one, Site other) {
    one.ip.ip("link add eth1 type veth peer name eth2");
    long pid = ProcessHandle.current().pid();
    one.ip.ip("link set eth2 netns /proc/" + pid + "/fd/" + fd(other));
    other.ip.ip("link set eth2 name eth1");
    for (Site site : List.of(one, other)) {
      site.ip.ip("link set eth1 up");
    }
  }

  /** Ends a test that this kernel cannot run. */
  static void needsVlanFiltering() {
    needs("type bridge vlan_filtering 1");
  }

  /** The same for links that are one VLAN of another. */
  static void needsVlanLinks() {
    needs("link veth0 type vlan id 42");
  }

  private static void needs(String kind) {
    try (Netns netns = Netns.create()) {
      Ip ip = Ip.in(netns);
      ip.ip("link add veth0 type veth peer name veth1");
      try {
        ip.ip("link add name probe " + kind);
      } catch (AssertionError e) {
        abort("this kernel has no " + kind + ": " + e.getMessage());
      }
    }
  }

  private static String fd(Site site) {
    return site.netns.path().getFileName().toString();
  }

  static InterfaceName name(String text) {
    return new InterfaceName(text);
  }

  static DeclaredBridge bridge(String name, boolean filtering, @Nullable Uplink uplink) {
    return new DeclaredBridge(name(name), filtering, 0, uplink);
  }

  /** Where tunnels begin, and those of others. */
  static Underlay underlay(String here, String... peers) {
    Set<IpAddress> others = Set.copyOf(Arrays.stream(peers).map(IpAddress::of).toList());
    return new Underlay(here, () -> Optional.of(others));
  }

  Bridges bridges(Underlay underlay) {
    return new Bridges(netns, OWNER, underlay);
  }

  /** Makes a bridge as the agent does. */
  List<String> declare(DeclaredBridge bridge) {
    return declare(bridge, Underlay.alone(""));
  }

  List<String> declare(DeclaredBridge bridge, Underlay underlay) {
    try (Bridges bridges = bridges(underlay)) {
      return bridges.apply(bridge);
    }
  }

  /** Attaches a namespace to a bridge, in a VLAN; 0 for its default. */
  void attach(String target, String bridge, int vlan, String address) {
    attach(
        target,
        new Attachment.BridgePort(name(bridge), vlan, false, false),
        List.of(),
        address,
        List.of());
  }

  /** Attaches a namespace to the node itself, with routes through the node. */
  void attachRouted(String target, String hostAddress, String address, String... routes) {
    IpAddress via = IpPrefix.of(hostAddress).address();
    attach(
        target,
        null,
        List.of(IpPrefix.of(hostAddress)),
        address,
        Arrays.stream(routes)
            .map(to -> new Attachment.DesiredRoute(IpPrefix.of(to), via, 0, false))
            .toList());
  }

  private void attach(
      String target,
      Attachment.@Nullable BridgePort port,
      List<IpPrefix> hostAddresses,
      String address,
      List<Attachment.DesiredRoute> routes) {
    Attachment attachment = desired(target, port, hostAddresses, address, routes);
    attacher.attach(attachment);
    hostEnds.add(attachment.host().name().toString());
  }

  /** Of all that is attached: before, nothing goes through. */
  void awaitCarriers() {
    for (String link : hostEnds) {
      await(link)
          .atMost(Duration.ofSeconds(60))
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> ip.link(link).path("operstate").asText().equals("UP"));
    }
  }

  static Attachment desired(
      String target,
      Attachment.@Nullable BridgePort port,
      List<IpPrefix> hostAddresses,
      String address,
      List<Attachment.DesiredRoute> routes) {
    String uid = "uid-" + target;
    return new Attachment(
        new Identity(uid, "shop", target),
        new Attachment.Target(new NetnsName(target), true, Reclaim.DELETE),
        new Attachment.ContainerEnd(
            name("net1"),
            Derived.containerMac(uid),
            List.of(IpPrefix.of(address)),
            routes,
            Map.of()),
        new Attachment.HostEnd(
            Derived.hostInterface(uid), Derived.hostMac(uid), port, hostAddresses, List.of()),
        0);
  }

  @Override
  public void close() {
    attacher.close();
    netns.close();
  }
}
