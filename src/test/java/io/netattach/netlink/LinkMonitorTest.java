package io.netattach.netlink;

import static io.netattach.netlink.LinkMonitor.Group.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What {@code ip} does is told, as the library and {@code ip} read it. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class LinkMonitorTest {
  private static final OptionalInt OWN = OptionalInt.empty();

  private final List<Throwable> errors = new CopyOnWriteArrayList<>();
  private final Heard heard = new Heard();
  private final List<LinkMonitor> monitors = new ArrayList<>();
  private Node node;

  @BeforeEach
  void makeANode() {
    node = new Node();
  }

  @AfterEach
  void closeIt() {
    monitors.forEach(LinkMonitor::close);
    node.close();
    assertThat(errors).isEmpty();
  }

  private void listen(LinkMonitor.Settings settings) {
    monitors.add(LinkMonitor.open(node.netns, settings, heard, errors::add));
  }

  private void listen(LinkMonitor.Group first, LinkMonitor.Group... more) {
    listen(LinkMonitor.Settings.of(first, more));
  }

  /** A pair from the node into the other namespace, which gets an nsid by that. */
  private int pairInto(Node other, String name) {
    node.kernel.execute(new Veth(Node.end(name, null), Node.end("inside", other.netns)).request());
    return node.kernel.nsid(other.netns).orElseThrow();
  }

  @Test
  void aLinkIsToldWhenItIsMadeChangedAndDeleted() {
    listen(LINK);
    int index = node.veth("v0", "v1");
    LinkEvent.Changed made =
        heard.first(LinkEvent.Changed.class, e -> e.link().name().equals("v0"));
    assertThat(made.nsid()).isEmpty();
    assertThat(made.link().index()).isEqualTo(index);
    assertThat(made.link().isVeth()).isTrue();

    node.ip.ip("link set v0 mtu 1400 alias the-alias up");
    Link told =
        heard
            .first(
                LinkEvent.Changed.class,
                e -> e.link().name().equals("v0") && e.link().up() && e.link().mtu() == 1400)
            .link();
    JsonNode oracle = node.ip.link("v0");
    assertThat(told.alias()).isEqualTo(oracle.path("ifalias").asText());
    assertThat(told.mac()).hasToString(oracle.path("address").asText());

    node.ip.ip("link set v0 name renamed");
    heard.first(
        LinkEvent.Changed.class,
        e -> e.link().index() == index && e.link().name().equals("renamed"));
    node.ip.ip("link del renamed");
    assertThat(heard.first(LinkEvent.Removed.class, e -> e.link().index() == index).link().name())
        .isEqualTo("renamed");
    heard.first(LinkEvent.Removed.class, e -> e.link().name().equals("v1"));
  }

  @Test
  void aPortThatLeavesItsBridgeIsNotALinkThatIsRemoved() {
    int bridge = node.bridge("br0");
    int port = node.veth("v0", "v1");
    listen(LINK);
    node.ip.ip("link set v0 master br0");
    LinkEvent.Port told =
        heard.first(LinkEvent.PortChanged.class, e -> e.port().link() == port).port();
    assertThat(told).isEqualTo(new LinkEvent.Port(port, "v0", bridge));
    node.ip.ip("link set v0 nomaster");
    assertThat(heard.first(LinkEvent.PortRemoved.class, e -> e.port().link() == port).port())
        .isEqualTo(new LinkEvent.Port(port, "v0", bridge));
    heard.mark(node, OWN, 9000);
    assertThat(heard.of(LinkEvent.Removed.class)).isEmpty();
    assertThat(node.ip.hasLink("v0")).isTrue();
  }

  @Test
  void addressesAreToldOfBothFamilies() {
    int link = node.vethUp("v0", "v1");
    listen(IPV4_IFADDR, IPV6_IFADDR);
    for (String text : List.of("10.1.0.1/24", "fd00::1/64")) {
      IpPrefix prefix = IpPrefix.of(text);
      node.ip.ip("address add " + text + " dev v0" + (prefix.isV6() ? " nodad" : ""));
      AddressEvent.Changed added =
          heard.first(AddressEvent.Changed.class, e -> e.address().local().equals(prefix));
      assertThat(node.kernel.addresses(link)).contains(added.address());
      node.ip.ip("address del " + text + " dev v0");
      assertThat(
              heard
                  .first(AddressEvent.Removed.class, e -> e.address().local().equals(prefix))
                  .address()
                  .link())
          .isEqualTo(link);
    }
  }

  @Test
  void routesAreToldOfBothFamilies() {
    int link = node.vethUp("v0", "v1");
    listen(IPV4_ROUTE, IPV6_ROUTE);
    for (String text : List.of("10.2.0.0/16", "fd02::/64")) {
      IpPrefix to = IpPrefix.of(text);
      node.ip.ip("route add " + text + " dev v0 metric 77");
      RouteEvent.Changed added =
          heard.first(RouteEvent.Changed.class, e -> e.route().to().equals(to));
      assertThat(node.kernel.routes(Route.TABLE_MAIN, link)).contains(added.route());
      node.ip.ip("route del " + text + " dev v0 metric 77");
      assertThat(heard.first(RouteEvent.Removed.class, e -> e.route().to().equals(to)).route())
          .isEqualTo(added.route());
    }
  }

  @Test
  void neighboursAndForwardingEntriesAreTold() {
    int link = node.vethUp("v0", "v1");
    int bridge = node.bridge("br0");
    node.ip.ip("link set v1 master br0");
    int port = node.link("v1").index();
    listen(NEIGH);
    node.ip.ip("neigh add 10.3.0.1 lladdr 02:00:5e:00:00:09 dev v0");
    Neighbour neighbour =
        heard.first(NeighbourEvent.Changed.class, e -> e.neighbour().link() == link).neighbour();
    assertThat(node.kernel.neighbour(link, IpAddress.of("10.3.0.1"))).contains(neighbour);
    node.ip.ip("neigh del 10.3.0.1 dev v0");
    heard.first(NeighbourEvent.Removed.class, e -> e.neighbour().link() == link);

    MacAddress mac = MacAddress.of("02:00:5e:00:00:0a");
    node.ip.bridge("fdb add " + mac + " dev v1 master static");
    FdbEntry entry = heard.first(FdbEvent.Changed.class, e -> e.entry().mac().equals(mac)).entry();
    assertThat(entry.link()).isEqualTo(port);
    assertThat(node.kernel.fdb(bridge)).contains(entry);
    node.ip.bridge("fdb del " + mac + " dev v1 master");
    heard.first(FdbEvent.Removed.class, e -> e.entry().mac().equals(mac));
  }

  @Test
  void rulesAreToldOfBothFamilies() {
    listen(IPV4_RULE, IPV6_RULE);
    node.ip.ip("rule add from 10.3.0.0/16 lookup 77 priority 4000000000");
    Rule v4 = heard.first(RuleEvent.Added.class, e -> !e.rule().isV6()).rule();
    assertThat(node.kernel.rules(false, 4_000_000_000L)).containsExactly(v4);
    node.ip.ip("-6 rule add from fd03::/16 lookup 77 priority 78");
    Rule v6 = heard.first(RuleEvent.Added.class, e -> e.rule().isV6()).rule();
    assertThat(node.kernel.rules(true, 78)).containsExactly(v6);
    node.ip.ip("-6 rule del priority 78");
    assertThat(heard.first(RuleEvent.Removed.class, e -> e.rule().isV6()).rule()).isEqualTo(v6);
  }

  @Test
  void everyNamespaceWithAnNsidIsHeardAndTellsWhereItHappened() {
    try (Node other = new Node();
        Node third = new Node()) {
      listen(LinkMonitor.Settings.all());
      int nsid = pairInto(other, "v0");
      int thirdNsid = pairInto(third, "v1");
      heard.first(NsidEvent.Added.class, e -> e.number() == nsid && e.nsid().isEmpty());
      heard.first(NsidEvent.Added.class, e -> e.number() == thirdNsid && e.nsid().isEmpty());
      other.ip.ip("link set inside up");
      other.ip.ip("address add 10.4.0.1/24 dev inside");
      third.ip.ip("link add d0 type bridge");
      int inside = other.link("inside").index();
      AddressEvent.Changed address =
          heard.first(
              AddressEvent.Changed.class,
              e -> e.address().local().equals(IpPrefix.of("10.4.0.1/24")));
      assertThat(address.nsid()).hasValue(nsid);
      assertThat(address.address().link()).isEqualTo(inside);
      assertThat(
              heard
                  .first(RouteEvent.Changed.class, e -> e.nsid().equals(OptionalInt.of(nsid)))
                  .route()
                  .link())
          .isEqualTo(inside);
      assertThat(heard.first(LinkEvent.Changed.class, e -> e.link().name().equals("d0")).nsid())
          .hasValue(thirdNsid);
      heard.mark(node, OWN, 9001);
    }
  }

  @Test
  void aMonitorOfOneNamespaceHearsNoOther() {
    try (Node other = new Node()) {
      int nsid = pairInto(other, "v0");
      listen(LinkMonitor.Settings.of(LINK).withOneNamespace());
      other.ip.ip("link set inside up");
      heard.mark(node, OWN, 9000);
      assertThat(heard.of(LinkEvent.Changed.class))
          .isNotEmpty()
          .allSatisfy(e -> assertThat(e.nsid()).isEmpty());
      assertThat(nsid).isNotNegative();
    }
  }

  @Test
  void aNamespaceWithoutAnNsidIsSilentUntilItHasOne() {
    listen(LINK);
    try (Node other = new Node()) {
      other.ip.ip("link add silent type bridge");
      heard.mark(node, OWN, 9000);
      assertThat(node.kernel.nsid(other.netns)).isEmpty();
      assertThat(heard.of(LinkEvent.Changed.class)).noneMatch(e -> e.nsid().isPresent());
      int nsid = pairInto(other, "v0");
      heard.mark(other, OptionalInt.of(nsid), 9001);
      assertThat(heard.of(LinkEvent.Changed.class))
          .noneMatch(e -> e.link().name().equals("silent"));
    }
  }

  @Test
  void anNsidIsUsedAgainForAnotherNamespace() {
    listen(LINK, NSID);
    int nsid;
    try (Node first = new Node()) {
      nsid = pairInto(first, "v0");
      heard.first(NsidEvent.Added.class, e -> e.number() == nsid);
    }
    heard.first(NsidEvent.Removed.class, e -> e.number() == nsid);
    heard.clear();
    try (Node second = new Node()) {
      assertThat(pairInto(second, "v1")).isEqualTo(nsid);
      heard.first(NsidEvent.Added.class, e -> e.number() == nsid);
      heard.mark(second, OptionalInt.of(nsid), 9002);
    }
  }

  @Test
  void routesThatAreLostWithTheirLinkAreNotTold() {
    node.vethUp("v0", "v1");
    node.ip.ip("address add 10.5.0.1/24 dev v0");
    node.ip.ip("route add 10.6.0.0/16 via 10.5.0.2 dev v0");
    listen(LINK, IPV4_ROUTE);
    node.ip.ip("link set v0 down");
    heard.first(LinkEvent.Changed.class, e -> e.link().name().equals("v0") && !e.link().up());
    heard.mark(node, OWN, 9000);
    assertThat(node.ip.ip("route show")).doesNotContain("10.6.0.0/16");
    assertThat(heard.of(RouteEvent.Removed.class))
        .noneMatch(e -> e.route().to().equals(IpPrefix.of("10.6.0.0/16")));
  }

  @Test
  void anAliasGroupOrAltnameIsToldOfALinkThatIsUpOnly() {
    int index = node.vethUp("v0", "v1");
    List<LinkRequest> changes =
        List.of(
            LinkRequest.set(index).alias("an alias"),
            LinkRequest.set(index).group(7),
            LinkRequest.addAltname(index, "other"));
    node.ip.ip("link set v0 down");
    listen(LINK, IPV4_ROUTE);
    assertThat(node.kernel.executeAll(changes)).containsOnlyNulls();
    heard.mark(node, OWN, 9000);
    assertThat(heard.of(LinkEvent.Changed.class)).noneMatch(e -> e.link().index() == index);
    node.ip.ip("link set v0 up");
    node.kernel.execute(LinkRequest.set(index).alias("another"));
    heard.first(LinkEvent.Changed.class, e -> e.link().alias().equals("another"));
  }

  @Test
  void aNamespaceThatDiesTellsNothingFromInside() {
    int nsid;
    int peer;
    try (Node other = new Node()) {
      nsid = pairInto(other, "v0");
      peer = node.link("v0").index();
      listen(LinkMonitor.Settings.all());
      heard.mark(other, OptionalInt.of(nsid), 9000);
      heard.clear();
    }
    heard.first(LinkEvent.Removed.class, e -> e.link().index() == peer);
    heard.first(NsidEvent.Removed.class, e -> e.number() == nsid);
    heard.mark(node, OWN, 9001);
    assertThat(heard.of(LinkEvent.Removed.class)).allMatch(e -> e.nsid().isEmpty());
  }

  @Test
  void takingTheNameOfANamespaceAwayIsNoEvent() {
    NetnsName name = new NetnsName("monitored-" + ProcessHandle.current().pid());
    try (Netns named = NetnsDirectory.system().create(name)) {
      node.kernel.execute(new Veth(Node.end("v0", null), Node.end("inside", named)).request());
      listen(LinkMonitor.Settings.all());
      NetnsDirectory.system().delete(name);
      heard.mark(node, OWN, 9000);
      assertThat(heard.all())
          .allMatch(e -> e instanceof LinkEvent.Changed c && c.link().isLoopback());
    }
  }

  @Test
  void whatIsToldInOrderIsWhatIpMonitorShows() throws Exception {
    try (Node other = new Node();
        IpMonitorOfLinks oracle = new IpMonitorOfLinks(node)) {
      listen(LINK);
      oracle.awaitReady();
      heard.mark(node, OWN, 9000);
      heard.clear();
      int nsid = pairInto(other, "v0");
      node.ip.ip("link set v0 mtu 1300");
      other.ip.ip("link set inside up");
      node.ip.ip("link set v0 up");
      node.ip.ip("link del v0");
      heard.mark(node, OWN, 9999);
      // ip prints nsid, index, name and, for one that is gone, Deleted.
      assertThat(oracle.until("mtu 9999"))
          .isEqualTo(
              heard.of(LinkEvent.class).stream()
                  .map(event ->
                      switch (event) {
                        case LinkEvent.Changed e -> line(e.nsid(), "", e.link());
                        case LinkEvent.Removed e -> line(e.nsid(), "Deleted ", e.link());
                        case LinkEvent.PortChanged e -> e.toString();
                        case LinkEvent.PortRemoved e -> e.toString();
                      })
                  .toList());
      assertThat(nsid).isNotNegative();
    }
  }

  private static String line(OptionalInt nsid, String deleted, Link link) {
    return (nsid.isPresent() ? "[nsid " + nsid.getAsInt() + "]" : "[nsid current]")
        + deleted
        + link.index()
        + ": "
        + link.name()
        + " mtu "
        + link.mtu();
  }

  @Test
  void aMonitorWithoutGroupsOrBufferIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LinkMonitor.Settings(java.util.Set.of(), true, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkMonitor.Settings.of(LINK).withReceiveBuffer(0));
  }

  @Test
  @SuppressWarnings("NullAway")
  void aMonitorWithoutAListenerIsRefused() {
    assertThatNullPointerException()
        .isThrownBy(() -> LinkMonitor.open(node.netns, LinkMonitor.Settings.of(LINK), null));
  }
}
