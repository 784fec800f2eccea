package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.onLink;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.attach.ObservedAttachment.End;
import io.netattach.attach.ObservedAttachment.Overlap;
import io.netattach.attach.ObservedAttachment.Target;
import io.netattach.netlink.Address;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkKind;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Decisions, on values made by hand: no kernel is asked. */
class PlannerTest {
  /** Of every link here: of the ends in their namespaces, and of the bridge. */
  private static final int LINK_INDEX = 8;

  /** linux/if.h. */
  private static final int IFF_UP = 1;

  private static final Owner ME = new Owner("me");
  private static final Planner PLANNER =
      new Planner(NodePolicy.defaults(), new Ownership(ME, false));
  private static final Attachments PLAIN = attachment("a").hostName("veth-db");
  private static final Attachments PORT = PLAIN.bridge("br0");

  @Test
  void whatAgreesNeedsNoStep() {
    Attachments desired =
        PLAIN.addresses("10.0.0.2/24", "fd00::2/64").routes(route("10.1.0.0/16", "10.0.0.1"));

    assertThat(plan(desired, observed(desired))).isEmpty();
  }

  @Test
  void additionsComeBeforeRemovals() {
    Attachments old = PLAIN.addresses("10.0.0.2/24").routes(route("10.1.0.0/16"));
    Attachments desired = PLAIN.addresses("10.0.0.3/24").routes(route("10.2.0.0/16"));

    List<Step> steps = plan(desired, observed(old));

    assertThat(steps.stream().map(step -> step.getClass().getSimpleName()))
        .containsExactly(
            "AddAddress", "AddRoute", "PromoteSecondaries", "RemoveAddress", "RemoveRoute");
  }

  @Test
  void aGatewaysOwnRouteComesBeforeTheRouteThatNeedsIt() {
    Attachments desired = PLAIN.routes(route("10.2.0.0/16", "10.1.0.1"), route("10.1.0.0/16"));

    assertThat(plan(desired, observed(PLAIN)))
        .containsExactly(
            new Step.AddRoute(Side.CONTAINER, route("10.1.0.0/16"), false),
            new Step.AddRoute(Side.CONTAINER, route("10.2.0.0/16", "10.1.0.1"), false));
  }

  @Test
  void anIpv4RouteIsAddedBesideTheOneThatItReplaces() {
    Attachments old = PLAIN.addresses("10.0.0.2/24").routes(route("0.0.0.0/0", "10.0.0.1"));
    DesiredRoute wanted = route("0.0.0.0/0", "10.0.0.9");

    List<Step> steps = plan(old.routes(wanted), observed(old));

    assertThat(steps).first().isEqualTo(new Step.AddRoute(Side.CONTAINER, wanted, true));
    assertThat(steps).last().isInstanceOf(Step.RemoveRoute.class);
    assertThat(steps).hasSize(2);
  }

  /** Both would match the removal: the kernel compares the gateway, not the flag. */
  @Test
  void anIpv4RouteThroughTheSameGatewayIsAddedAfterTheOneThatItReplaces() {
    Attachments old = PLAIN.addresses("10.0.0.2/24").routes(route("0.0.0.0/0", "10.0.0.1"));
    DesiredRoute wanted = onLink("0.0.0.0/0", "10.0.0.1");

    List<Step> steps = plan(old.routes(wanted), observed(old));

    assertThat(steps).first().isInstanceOf(Step.RemoveRoute.class);
    assertThat(steps).last().isEqualTo(new Step.AddRoute(Side.CONTAINER, wanted, false));
    assertThat(steps).hasSize(2);
  }

  /** IPv6 would take a second one for one more hop. */
  @Test
  void anIpv6RouteIsAddedAfterTheOneThatItReplaces() {
    Attachments old = PLAIN.addresses("fd00::2/64").routes(route("::/0", "fd00::1"));
    DesiredRoute wanted = route("::/0", "fd00::9");

    List<Step> steps = plan(old.routes(wanted), observed(old));

    assertThat(steps).first().isInstanceOf(Step.RemoveRoute.class);
    assertThat(steps).last().isEqualTo(new Step.AddRoute(Side.CONTAINER, wanted, false));
  }

  @Test
  void anIpv6AddressOfAnotherPrefixLengthGoesBeforeTheOneThatIsWanted() {
    List<Step> steps = plan(PLAIN.addresses("fd00::2/80"), observed(PLAIN.addresses("fd00::2/64")));

    assertThat(steps).first().isInstanceOf(Step.RemoveAddress.class);
    assertThat(steps)
        .last()
        .isEqualTo(new Step.AddAddress(Side.CONTAINER, IpPrefix.of("fd00::2/80")));
  }

  @Test
  void whatTakesIpv6OffALinkComesLast() {
    Attachments old = PLAIN.hostAddresses("fd00::1/64", "10.0.0.1/24").addresses("fd00::2/64");
    Attachments desired = PLAIN.hostAddresses("10.0.0.1/24").mtu(1000);

    List<Step> steps = plan(desired, observed(old));

    assertThat(steps.subList(steps.size() - 2, steps.size()))
        .allMatch(step -> step instanceof Step.SetMtu);
    assertThat(steps.subList(0, steps.size() - 2))
        .allMatch(step -> step instanceof Step.RemoveAddress);
  }

  @Test
  void addressesAndRoutesThatNobodyAskedForAreLeftAlone() {
    ObservedAttachment observed = observed(PLAIN);
    End container = container(observed);
    List<Address> addresses = new ArrayList<>(container.addresses());
    addresses.add(address("fe80::1/64", Address.IFA_F_PERMANENT, 0));
    addresses.add(address("fd00::77/64", 0, 0));
    List<Route> routes =
        List.of(
            route("10.1.0.0/16").through(8).withProtocol(Route.PROTOCOL_KERNEL),
            route("::/0", "fe80::9").through(8).withProtocol(9),
            route("10.2.0.0/16").through(8).withProtocol(186));
    End busy = new End(container.link(), "", addresses, routes, List.of(), Map.of());

    assertThat(plan(PLAIN, with(observed, host(observed), busy))).isEmpty();
  }

  @Test
  void anAddressThatNoConnectionUsesOrWithoutItsNetworksRouteIsAddedAnew() {
    Attachments desired = PLAIN.addresses("10.0.0.2/24");
    ObservedAttachment observed = observed(desired);
    End container = container(observed);
    End routeless =
        new End(container.link(), "", container.addresses(), List.of(), List.of(), Map.of());
    Address expiring = address("10.0.0.2/24", 0, Mark.PROTOCOL);
    End limited =
        new End(container.link(), "", List.of(expiring), container.routes(), List.of(), Map.of());

    for (End end : List.of(routeless, limited)) {
      assertThat(plan(desired, with(observed, host(observed), end)))
          .containsExactly(
              new Step.PromoteSecondaries(Side.CONTAINER),
              new Step.RemoveAddress(Side.CONTAINER, end.addresses().getFirst()),
              new Step.AddAddress(Side.CONTAINER, IpPrefix.of("10.0.0.2/24")));
    }
  }

  @Test
  void aPairWhoseOtherEndIsElsewhereIsMadeAgain() {
    ObservedAttachment observed = observed(PLAIN);

    List<Step> steps = plan(PLAIN, with(observed, host(observed), null));

    assertThat(steps).first().isEqualTo(new Step.DeleteVeth("veth-db"));
    assertThat(steps.get(1)).isInstanceOf(Step.CreateVeth.class);
  }

  @Test
  void aPairIsMadeWithMtuAndMacsAndMarks() {
    Attachments desired = PORT.mac("02:00:00:00:00:07");

    assertThat(plan(desired, bare(bridge(true, 1, 1400))))
        .contains(
            new Step.CreateVeth(
                new InterfaceName("veth-db"),
                Derived.hostMac("a"),
                new NetnsName("blue"),
                new InterfaceName("net1"),
                MacAddress.of("02:00:00:00:00:07"),
                1400,
                "netattach-a",
                new Mark(ME, "shop", "link-a", Reclaim.DELETE)));
  }

  @Test
  void aNewPortMovesFromTheDefaultVlanToItsOwn() {
    Attachments desired = PLAIN.bridge("br0", 10, false, false);

    assertThat(vlanSteps(plan(desired, bare(bridge(true, 1, 1500)))))
        .containsExactly(
            new Step.AddVlan(BridgeVlan.access(10)), new Step.RemoveVlan(BridgeVlan.access(1)));
    assertThat(vlanSteps(plan(desired, bare(bridge(true, 0, 1500)))))
        .containsExactly(new Step.AddVlan(BridgeVlan.access(10)));
    assertThat(vlanSteps(plan(desired, bare(bridge(true, 10, 1500))))).isEmpty();
    assertThat(vlanSteps(plan(PORT, bare(bridge(true, 1, 1500))))).isEmpty();
    assertThat(vlanSteps(plan(PORT, bare(bridge(false, 1, 1500))))).isEmpty();
  }

  @Test
  void aPortChangesItsVlan() {
    Attachments desired = PLAIN.bridge("br0", 20, false, false);

    assertThat(plan(desired, port(1, BridgeVlan.access(10))))
        .containsExactly(
            new Step.AddVlan(BridgeVlan.access(20)), new Step.RemoveVlan(BridgeVlan.access(10)));
    assertThat(plan(desired, port(1, BridgeVlan.access(20)))).isEmpty();
  }

  @Test
  void aPortGoesBackToTheDefaultVlan() {
    assertThat(plan(PORT, port(1, BridgeVlan.access(10))))
        .containsExactly(
            new Step.AddVlan(BridgeVlan.access(1)), new Step.RemoveVlan(BridgeVlan.access(10)));
    assertThat(plan(PORT, port(0, BridgeVlan.access(10))))
        .containsExactly(new Step.RemoveVlan(BridgeVlan.access(10)));
    assertThat(plan(PORT, port(0))).isEmpty();
  }

  @Test
  void moreVlansThanTheOneThatIsWantedAreRemoved() {
    Attachments desired = PLAIN.bridge("br0", 10, false, false);
    BridgeVlan tagged = new BridgeVlan(11, false, false);
    BridgeVlan wrong = new BridgeVlan(10, false, false);

    assertThat(plan(desired, port(1, BridgeVlan.access(10), tagged, BridgeVlan.access(1))))
        .containsExactly(new Step.RemoveVlan(tagged), new Step.RemoveVlan(BridgeVlan.access(1)));
    assertThat(plan(desired, port(1, wrong)))
        .containsExactly(new Step.AddVlan(BridgeVlan.access(10)));
  }

  @Test
  void aVlanOnABridgeThatDoesNotFilterIsInvalid() {
    assertThat(refusal(PLAIN.bridge("br0", 10, false, false), bare(bridge(false, 1, 1500))))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_SPEC))
        .hasMessageContaining("host.bridge.vlan: bridge br0 does not filter VLANs");
  }

  @Test
  void aBridgeIsLeftBeforeTheMtuOfTheNextOneIsTaken() {
    ObservedAttachment old = port(1);
    End host = host(old);
    End elsewhere =
        new End(
            link(
                "veth-db",
                Derived.hostMac("a"),
                9000,
                9,
                null,
                null,
                "netattach me shop/link-a",
                true),
            "br7",
            host.addresses(),
            host.routes(),
            List.of(),
            Map.of());
    List<Step> steps =
        plan(PLAIN.bridge("br0", 0, false, false), with(old, elsewhere, old.container()));
    assertThat(steps)
        .containsSubsequence(
            new Step.SetBridge("br7", ""),
            new Step.SetMtu(Side.HOST, 9000, 1500),
            new Step.SetBridge("", "br0"));
  }

  @Test
  void aPortOfAnotherBridgeStartsWithoutHairpinAndIsolation() {
    ObservedAttachment old = port(1, BridgeVlan.access(10));
    End host = host(old);
    End elsewhere =
        new End(
            link(
                "veth-db",
                Derived.hostMac("a"),
                1500,
                9,
                new Link.Port(true, true, true, false),
                null,
                "netattach me shop/link-a",
                true),
            "br7",
            List.of(),
            List.of(),
            host.vlans(),
            Map.of());

    assertThat(plan(PLAIN.bridge("br0", 10, true, false), with(old, elsewhere, container(old))))
        .containsExactly(
            new Step.SetBridge("br7", "br0"),
            new Step.SetHairpin(true),
            new Step.AddVlan(BridgeVlan.access(10)),
            new Step.RemoveVlan(BridgeVlan.access(1)));
  }

  @Test
  void anOverlapIsRefusedUntilItsNetworkIsAllowed() {
    Attachments desired = PLAIN.hostAddresses("10.0.0.1/24");
    ObservedAttachment bare = bare(null);
    ObservedAttachment overlapping =
        new ObservedAttachment(
            bare.target(),
            null,
            null,
            null,
            null,
            null,
            List.of(
                new Overlap("host.addresses[0]", IpPrefix.of("10.0.0.0/24"), "route 10.0.0.0/8")),
            List.of());

    assertThat(refusal(desired, overlapping))
        .hasMessage(
            "host.addresses[0]: 10.0.0.0/24 overlaps route 10.0.0.0/8 of this node; write another,"
                + " or allow it with --allow-host-network 10.0.0.0/24");
    Planner allowing =
        new Planner(
            new NodePolicy(null, List.of(IpPrefix.of("10.0.0.0/16")), List.of(), false),
            new Ownership(ME, false));
    assertThat(allowing.plan(desired.get(), overlapping).isEmpty()).isFalse();
  }

  @Test
  void eachStateOfTheTargetHasItsAnswer() {
    assertThat(refusal(PLAIN, target(new Target.Node())).reason()).isEqualTo(Reason.REFUSED);
    assertThat(refusal(PLAIN, target(new Target.Elsewhere())).reason()).isEqualTo(Reason.REFUSED);
    assertThat(refusal(PLAIN, target(new Target.Blocked("a folder"))).reason())
        .isEqualTo(Reason.CONFLICT);
    for (Target missing : List.of(new Target.Absent(), new Target.Unfinished())) {
      assertThat(refusal(PLAIN.existing(), target(missing)).reason())
          .isEqualTo(Reason.TARGET_NOT_FOUND);
      assertThat(plan(PLAIN, target(missing)))
          .first()
          .isEqualTo(
              new Step.CreateNetns(
                  new NetnsName("blue"), new Mark(ME, "shop", "link-a", Reclaim.DELETE)));
    }
  }

  @Test
  void loOfANamespaceIsSetUpOnlyWhereTheNamespaceIsOurs() {
    Netns.Identity identity = new Netns.Identity(1, 2);
    Mark ours = new Mark(ME, "shop", "link-a", Reclaim.DELETE);
    Mark anothers = new Mark(ME, "shop", "link-b", Reclaim.DELETE);

    assertThat(plan(PLAIN, target(new Target.Present(identity, Optional.of(ours), false))))
        .first()
        .isEqualTo(new Step.LoopbackUp(new NetnsName("blue")));
    for (Optional<Mark> other : List.of(Optional.of(anothers), Optional.<Mark>empty())) {
      assertThat(plan(PLAIN.retain(), target(new Target.Present(identity, other, false))))
          .first()
          .isInstanceOf(Step.CreateVeth.class);
    }
  }

  @Test
  void theSameThreeGiveTheSamePlan() {
    Attachments desired =
        PORT.addresses("10.0.0.2/24").sysctl("net.ipv4.conf.IFNAME.rp_filter", "0");
    ObservedAttachment bare = bare(bridge(true, 1, 1500));

    assertThat(plan(desired, bare)).isEqualTo(plan(desired, bare));
  }

  private static List<Step> plan(Attachments desired, ObservedAttachment observed) {
    return PLANNER.plan(desired.get(), observed).steps();
  }

  private static AttachException refusal(Attachments desired, ObservedAttachment observed) {
    AttachException refusal =
        catchThrowableOfType(AttachException.class, () -> plan(desired, observed));
    assertThat(refusal).isNotNull();
    return refusal;
  }

  private static List<Step> vlanSteps(List<Step> steps) {
    return steps.stream()
        .filter(step -> step instanceof Step.AddVlan || step instanceof Step.RemoveVlan)
        .toList();
  }

  /** What the kernel has once these are attached. */
  private static ObservedAttachment observed(Attachments attached) {
    Attachment value = attached.get();
    End host =
        new End(
            link(
                "veth-db",
                value.host().mac(),
                1500,
                0,
                null,
                null,
                "netattach me shop/link-a",
                attached.hostAddresses().stream().noneMatch(a -> a.contains(":"))),
            "",
            addresses(value.host().addresses()),
            connected(value.host().addresses(), List.of()),
            List.of(),
            Map.of());
    End container =
        new End(
            link("net1", value.container().mac(), 1500, 0, null, null, "", false),
            "",
            addresses(value.container().addresses()),
            connected(value.container().addresses(), value.container().routes()),
            List.of(),
            Map.of());
    return with(bare(null), host, container);
  }

  /** The host end as a port of a bridge with that default VLAN, with these. */
  private static ObservedAttachment port(int defaultVlan, BridgeVlan... vlans) {
    ObservedAttachment observed = observed(PLAIN);
    End host = host(observed);
    Link asPort =
        link(
            "veth-db",
            Derived.hostMac("a"),
            1500,
            LINK_INDEX,
            Link.Port.DEFAULT,
            null,
            "netattach me shop/link-a",
            true);
    return new ObservedAttachment(
        observed.target(),
        new End(asPort, "br0", host.addresses(), host.routes(), List.of(vlans), Map.of()),
        observed.container(),
        null,
        null,
        bridge(true, defaultVlan, 1500),
        List.of(),
        List.of());
  }

  private static ObservedAttachment bare(@Nullable Link bridge) {
    return new ObservedAttachment(
        new Target.Present(new Netns.Identity(1, 2), Optional.empty(), true),
        null,
        null,
        null,
        null,
        bridge,
        List.of(),
        List.of());
  }

  private static ObservedAttachment target(Target target) {
    return bare(null).with(target);
  }

  private static ObservedAttachment with(
      ObservedAttachment observed, End host, @Nullable End container) {
    return new ObservedAttachment(
        observed.target(), host, container, null, null, observed.bridge(), List.of(), List.of());
  }

  private static End host(ObservedAttachment observed) {
    return Optional.ofNullable(observed.host()).orElseThrow();
  }

  private static End container(ObservedAttachment observed) {
    return Optional.ofNullable(observed.container()).orElseThrow();
  }

  private static List<Address> addresses(List<IpPrefix> prefixes) {
    return prefixes.stream()
        .map(prefix -> address(prefix.toString(), Address.IFA_F_PERMANENT, Mark.PROTOCOL))
        .toList();
  }

  private static Address address(String prefix, int flags, int protocol) {
    IpPrefix local = IpPrefix.of(prefix);
    return new Address(8, local, local.address(), "", 0, flags, protocol);
  }

  private static List<Route> connected(List<IpPrefix> addresses, List<DesiredRoute> more) {
    List<Route> routes = new ArrayList<>();
    for (IpPrefix address : addresses) {
      @Nullable IpAddress none = null;
      routes.add(Route.unicast(address.network(), none, 8).withProtocol(Route.PROTOCOL_KERNEL));
    }
    more.forEach(route -> routes.add(route.through(8)));
    return routes;
  }

  private static Link bridge(boolean vlanFiltering, int defaultVlan, int mtu) {
    return link(
        "br0",
        MacAddress.of("02:00:00:00:00:b0"),
        mtu,
        0,
        null,
        new LinkKind.Bridge(vlanFiltering, defaultVlan, false, Duration.ofSeconds(300)),
        "",
        false);
  }

  private static Link link(
      String name,
      MacAddress mac,
      int mtu,
      int master,
      Link.@Nullable Port port,
      LinkKind.@Nullable Bridge bridge,
      String alias,
      boolean ipv6Disabled) {
    return new Link(
        LINK_INDEX,
        name,
        List.of(),
        alias,
        bridge == null ? new LinkKind.Other("veth") : bridge,
        mac,
        mtu,
        IFF_UP,
        Link.OperState.UP,
        master,
        9,
        0,
        0,
        ipv6Disabled,
        ipv6Disabled ? 1 : 0,
        port,
        Link.Limits.NONE,
        null);
  }
}
