package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses with peers, labels, scopes, flags, lifetimes and metrics. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkAddressKindsTest {
  /** Set by the kernel, not asked for. */
  private static final int KERNELS = Address.IFA_F_PERMANENT;

  /** What a lifetime may have lost since it was set. */
  private static final long A_WHILE = 600;

  private Node node;
  private Rtnetlink kernel;
  private Ip ip;
  private int link;

  @BeforeEach
  void makeANodeWithALink() {
    node = new Node();
    kernel = node.kernel;
    ip = node.ip;
    link = node.vethUp("v0", "v1");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  /** An address, and how {@code ip} takes it. */
  private record Case(Address address, String arguments) {
    @Override
    public String toString() {
      return arguments;
    }
  }

  /** The link is the third one of the namespace, behind {@code lo} and the peer's end. */
  private static Address of(String local) {
    return Address.of(3, IpPrefix.of(local));
  }

  private static Address v4(String local) {
    return of(local).withLabel("v0");
  }

  private static Address nodad(String local) {
    return of(local).withFlags(Address.IFA_F_NODAD);
  }

  static Stream<Case> cases() {
    int noRoute = Address.IFA_F_NOPREFIXROUTE;
    int nodad = Address.IFA_F_NODAD;
    return Stream.of(
        new Case(v4("10.0.0.2/24"), "10.0.0.2/24 brd +"),
        new Case(v4("10.0.0.2/24").withBroadcast(null), "10.0.0.2/24"),
        new Case(
            v4("10.0.0.2/24").withBroadcast(IpAddress.of("10.0.0.77")),
            "10.0.0.2/24 brd 10.0.0.77"),
        new Case(v4("10.0.0.2/31"), "10.0.0.2/31"),
        new Case(v4("10.0.0.2/24").withLabel("v0:1"), "10.0.0.2/24 brd + label v0:1"),
        new Case(
            Address.ofPeer(3, IpPrefix.of("10.0.0.2/32"), IpAddress.of("10.0.0.1")).withLabel("v0"),
            "10.0.0.2 peer 10.0.0.1/32"),
        new Case(
            Address.ofPeer(3, IpPrefix.of("fd00::2/128"), IpAddress.of("fd00::1")).withFlags(nodad),
            "fd00::2 peer fd00::1/128 nodad"),
        new Case(v4("10.0.0.2/24").withScope(Address.SCOPE_LINK), "10.0.0.2/24 brd + scope link"),
        new Case(v4("10.0.0.2/24").withScope(254), "10.0.0.2/24 brd + scope host"),
        new Case(v4("10.0.0.2/24").withFlags(noRoute), "10.0.0.2/24 brd + noprefixroute"),
        new Case(v4("10.0.0.2/24").withMetric(77), "10.0.0.2/24 brd + metric 77"),
        new Case(nodad("fd00::2/64"), "fd00::2/64 nodad"),
        new Case(nodad("fd00::2/64").withFlags(nodad | noRoute), "fd00::2/64 nodad noprefixroute"),
        new Case(
            nodad("fd00::2/64").withFlags(nodad | Address.IFA_F_HOMEADDRESS),
            "fd00::2/64 nodad home"),
        new Case(
            nodad("fd00::2/64").withFlags(nodad | Address.IFA_F_MANAGETEMPADDR),
            "fd00::2/64 nodad mngtmpaddr"),
        new Case(
            nodad("fd00::2/64").withMetric(4_294_967_295L), "fd00::2/64 nodad metric 4294967295"),
        new Case(nodad("fd00::2/64").withMetric(77), "fd00::2/64 nodad metric 77"));
  }

  private static Address asRead(Address address) {
    return address.withFlags(address.flags() | KERNELS);
  }

  private String shown() {
    return ip.one("address show dev v0").path("addr_info").toString();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsAddedIpShowsAsItsOwn(Case each) {
    ip.ip("address add " + each.arguments + " dev v0");
    final String byIp = shown();
    ip.ip("address flush dev v0");
    kernel.execute(AddressRequest.add(each.address));
    assertThat(shown()).isEqualTo(byIp);
    assertThat(kernel.addresses(link)).containsExactly(asRead(each.address));
    kernel.execute(AddressRequest.delete(each.address));
    assertThat(kernel.addresses(link)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatWasReadIsAddedAgainAsItWas(Case each) {
    kernel.execute(AddressRequest.add(each.address));
    Address read = kernel.addresses(link).getFirst();
    assertThat(read).isEqualTo(asRead(each.address));
    kernel.execute(AddressRequest.delete(read));
    kernel.execute(AddressRequest.add(read));
    assertThat(kernel.addresses(link)).containsExactly(read);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2/24", "fd00::2/64"})
  void lifetimesAreSetShownReadAndReplaced(String local) {
    Address address =
        of(local)
            .withFlags(local.contains(":") ? Address.IFA_F_NODAD : 0)
            .withLifetime(new AddressLifetime(100_000, 50_000));
    kernel.execute(AddressRequest.add(address));
    JsonNode shown = ip.one("address show dev v0").path("addr_info").get(0);
    assertThat(shown.path("valid_life_time").asLong()).isBetween(100_000 - A_WHILE, 100_000L);
    assertThat(shown.path("preferred_life_time").asLong()).isBetween(50_000 - A_WHILE, 50_000L);
    assertThat(shown.path("dynamic").asBoolean()).isTrue();
    Address read = kernel.address(link, IpPrefix.of(local)).orElseThrow();
    assertThat(read.has(Address.IFA_F_PERMANENT)).isFalse();
    assertThat(read.lifetime().valid()).isBetween(100_000 - A_WHILE, 100_000L);
    assertThat(read.lifetime().preferred()).isBetween(50_000 - A_WHILE, 50_000L);
    kernel.execute(
        AddressRequest.replace(
            address.withLifetime(new AddressLifetime(AddressLifetime.FOREVER, 0))));
    Address deprecated = kernel.address(link, IpPrefix.of(local)).orElseThrow();
    assertThat(deprecated.lifetime().valid()).isEqualTo(AddressLifetime.FOREVER);
    assertThat(deprecated.has(Address.IFA_F_DEPRECATED)).isTrue();
    kernel.execute(AddressRequest.replace(address.withLifetime(AddressLifetime.UNLIMITED)));
    assertThat(kernel.address(link, IpPrefix.of(local)).orElseThrow().lifetime())
        .isEqualTo(AddressLifetime.UNLIMITED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2/24", "fd00::2/64"})
  void replacingAddsAndChangesTheMetric(String local) {
    Address address = of(local).withFlags(local.contains(":") ? Address.IFA_F_NODAD : 0);
    kernel.execute(AddressRequest.replace(address.withMetric(5)));
    kernel.execute(AddressRequest.replace(address.withMetric(6)));
    assertThat(kernel.addresses(link)).singleElement().matches(read -> read.metric() == 6);
    assertThat(kernel.routes(RouteFilter.ofTable(254).withTo(address.local().network())))
        .singleElement()
        .matches(route -> route.metric() == 6);
  }

  @Test
  void withoutPrefixRouteNoRouteComes() {
    kernel.execute(AddressRequest.add(v4("10.0.0.2/24").withFlags(Address.IFA_F_NOPREFIXROUTE)));
    assertThat(kernel.routes(Route.TABLE_MAIN)).isEmpty();
  }

  @Test
  void addressesAreListedByFamilyAndOneIsFound() {
    ip.ip("address add 10.0.0.2/24 dev v0");
    ip.ip("address add fd00::2/64 dev v0 nodad");
    ip.ip("address add fd00::3/64 dev v1 nodad");
    assertThat(kernel.addresses(IpFamily.V4, 0))
        .extracting(Address::local)
        .containsExactly(IpPrefix.of("10.0.0.2/24"));
    assertThat(kernel.addresses(IpFamily.V6, link))
        .extracting(Address::local)
        .containsExactly(IpPrefix.of("fd00::2/64"));
    assertThat(kernel.addresses(IpFamily.V6, 0)).hasSize(2);
    assertThat(kernel.address(link, IpPrefix.of("fd00::2/64"))).isPresent();
    assertThat(kernel.address(link, IpPrefix.of("fd00::2/128"))).isEmpty();
    assertThat(kernel.address(link, IpPrefix.of("fd00::3/64"))).isEmpty();
  }

  @Test
  void whatNoAddressCanBeIsRefused() {
    Address address = v4("10.0.0.2/24");
    for (long[] lifetime :
        List.of(new long[] {5, 6}, new long[] {-1, 0}, new long[] {1L << 32, 0})) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new AddressLifetime(lifetime[0], lifetime[1]));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> address.withLabel("x".repeat(16)));
    for (String label : List.of("\u00e9".repeat(8), "v0:\0x")) {
      assertThatIllegalArgumentException().isThrownBy(() -> address.withLabel(label));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.of(link, IpPrefix.of("fd00::1/64")).withLabel("v0:x"))
        .withMessageContaining("only IPv4 addresses have one");
    for (int protocol : new int[] {-1, 0, 256, 300}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> AddressRequest.add(address).protocol(protocol))
          .withMessageContaining("within 1 to 255");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> address.withMetric(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> address.withScope(256));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> address.withBroadcast(IpAddress.of("fd00::1")))
        .withMessageContaining("of another family");
  }
}
