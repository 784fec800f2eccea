package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must not be null is refused by the call that gives it, not where it is sent or read. */
@SuppressWarnings("NullAway")
class NullsTest {
  private static final IpPrefix NETWORK = IpPrefix.of("10.0.0.0/24");
  private static final IpAddress ADDRESS = IpAddress.of("10.0.0.1");
  private static final MacAddress MAC = MacAddress.of("02:00:5e:00:00:01");

  static List<ThrowingCallable> calls() {
    return List.of(
        () -> LinkRequest.set(1).mac(null),
        () -> LinkRequest.set(1).name(null),
        () -> LinkRequest.set(1).netns(null),
        () -> LinkRequest.add(LinkKind.Bridge.DEFAULT, null),
        () -> LinkRequest.delete(null),
        () -> new LinkKind.Macvlan(1, null),
        () -> new LinkKind.Ipvlan(1, null, LinkKind.Ipvlan.Reach.BRIDGE),
        () -> new LinkKind.Ipvlan(1, LinkKind.Ipvlan.Mode.L2, null),
        () -> new LinkKind.Vlan(1, 1, null),
        () -> new LinkKind.Other(null),
        () -> Address.of(1, NETWORK).withLifetime(null),
        () -> Route.unicast(NETWORK, ADDRESS, 1).withMetrics(null),
        () -> RouteFilter.ALL.withFamily(null),
        () -> RouteLookup.to(null),
        () -> Neighbour.permanent(1, null, MAC),
        () -> Neighbour.permanent(1, ADDRESS, null),
        () -> Neighbour.proxy(1, ADDRESS).withState(null),
        () -> new NeighbourFilter(null, 0, 0, false),
        () -> FdbEntry.ofPort(1, null),
        () -> FdbEntry.ofPort(1, MAC).withKind(null),
        () -> new FdbEntry(1, MAC, null, 0, 0, FdbEntry.Kind.STATIC, 0, null),
        () -> FdbEntry.VxlanRemote.of(null),
        () -> Rule.of(false, 1, RuleSelector.ALL, null),
        () -> VethSetup.of(null),
        () -> Veth.End.of(null),
        () -> new Veth(null, Veth.End.of(new InterfaceName("v0"))),
        () -> new Veth(Veth.End.of(new InterfaceName("v0")), null));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void aNullIsRefusedAtOnce(ThrowingCallable call) {
    assertThatNullPointerException().isThrownBy(call);
  }
}
