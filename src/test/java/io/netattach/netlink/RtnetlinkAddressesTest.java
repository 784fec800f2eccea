package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses: what {@code ip address} makes is read, what is changed here it shows. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkAddressesTest {
  private Node node;
  private Rtnetlink kernel;
  private Ip ip;

  /** A link that is up, without addresses. */
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

  private List<JsonNode> byIp() {
    List<JsonNode> addresses = new ArrayList<>();
    ip.one("address show dev v0").path("addr_info").forEach(addresses::add);
    return addresses;
  }

  private static List<String> texts(List<JsonNode> addresses) {
    return addresses.stream()
        .map(a -> a.path("local").asText() + "/" + a.path("prefixlen").asInt())
        .toList();
  }

  private List<IpPrefix> read() {
    return kernel.addresses(link).stream().map(Address::local).toList();
  }

  @Test
  void anIpv4AddressIsAddedWithItsBroadcastAddress() {
    kernel.execute(AddressRequest.add(link, IpPrefix.of("10.0.0.2/24")));
    assertThat(byIp())
        .singleElement()
        .satisfies(address -> {
          assertThat(address.path("local").asText()).isEqualTo("10.0.0.2");
          assertThat(address.path("prefixlen").asInt()).isEqualTo(24);
          assertThat(address.path("broadcast").asText()).isEqualTo("10.0.0.255");
          assertThat(address.path("scope").asText()).isEqualTo("global");
        });
    assertThat(kernel.addresses(link))
        .singleElement()
        .satisfies(address -> {
          assertThat(address.link()).isEqualTo(link);
          assertThat(address.local()).isEqualTo(IpPrefix.of("10.0.0.2/24"));
          assertThat(address.remote()).isEqualTo(IpAddress.of("10.0.0.2"));
          assertThat(address.label()).isEqualTo("v0");
          assertThat(address.scope()).isZero();
          assertThat(address.has(Address.IFA_F_PERMANENT)).isTrue();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.2/31", "10.0.0.2/32"})
  void aNetworkOfTwoOrOneHasNoBroadcastAddress(String address) {
    kernel.execute(AddressRequest.add(link, IpPrefix.of(address)));
    assertThat(byIp()).singleElement().matches(each -> !each.has("broadcast"));
    assertThat(read()).containsExactly(IpPrefix.of(address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.1/0", "10.0.0.1/1", "10.255.255.254/30", "fd00::1/0", "fd00::1/128"})
  void everyPrefixLengthIsKept(String address) {
    kernel.execute(AddressRequest.add(link, IpPrefix.of(address)).noDad());
    assertThat(texts(byIp())).containsExactly(address);
    assertThat(read()).containsExactly(IpPrefix.of(address));
  }

  @Test
  void anIpv6AddressWithoutDetectionIsUsableAtOnce() {
    kernel.execute(AddressRequest.add(link, IpPrefix.of("fd00:10::2/64")).noDad());
    assertThat(byIp())
        .singleElement()
        .matches(address -> address.path("nodad").asBoolean())
        .matches(address -> !address.has("tentative"));
    assertThat(kernel.addresses(link))
        .singleElement()
        .matches(address -> address.has(Address.IFA_F_NODAD))
        .matches(address -> !address.has(Address.IFA_F_TENTATIVE))
        .matches(address -> address.remote().equals(IpAddress.of("fd00:10::2")));
  }

  @Test
  void anIpv6AddressUnderDetectionIsTentativeFirst() {
    kernel.execute(AddressRequest.add(link, IpPrefix.of("fd00:10::2/64")));
    assertThat(kernel.addresses(link))
        .singleElement()
        .matches(address -> address.has(Address.IFA_F_TENTATIVE));
    await()
        .atMost(Heard.PATIENCE)
        .untilAsserted(() ->
            assertThat(kernel.addresses(link))
                .singleElement()
                .matches(address -> !address.has(Address.IFA_F_TENTATIVE)));
  }

  @Test
  void anAddressThatTheOtherEndHasFailsItsDetection() {
    ip.ip("address add fd00:10::2/64 dev v1 nodad");
    kernel.execute(AddressRequest.add(link, IpPrefix.of("fd00:10::2/64")));
    await()
        .atMost(Heard.PATIENCE)
        .untilAsserted(() ->
            assertThat(kernel.addresses(link))
                .singleElement()
                .matches(address -> address.has(Address.IFA_F_DADFAILED)));
  }

  @Test
  void addingTwiceIsToldReplacingTwiceIsNot() {
    for (String text : List.of("10.0.0.2/24", "fd00:10::2/64")) {
      IpPrefix address = IpPrefix.of(text);
      kernel.execute(AddressRequest.add(link, address));
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> kernel.execute(AddressRequest.add(link, address)))
          .withMessageContaining("add address " + text + " of link " + link + ": EEXIST")
          .matches(e -> e.is(Errno.EEXIST));
      kernel.execute(AddressRequest.replace(link, address));
    }
    kernel.execute(AddressRequest.replace(link, IpPrefix.of("10.0.1.2/24")));
    assertThat(texts(byIp()))
        .containsExactlyInAnyOrder("10.0.0.2/24", "10.0.1.2/24", "fd00:10::2/64");
  }

  @Test
  void anAddressIsDeletedOnce() {
    ip.ip("address add 10.0.0.2/24 dev v0");
    ip.ip("address add 10.0.0.3/24 dev v0");
    ip.ip("address add fd00:10::2/64 dev v0 nodad");
    for (String text : List.of("10.0.0.3/24", "fd00:10::2/64")) {
      AddressRequest delete = AddressRequest.delete(link, IpPrefix.of(text));
      kernel.execute(delete);
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> kernel.execute(delete))
          .matches(e -> e.is(Errno.EADDRNOTAVAIL));
    }
    assertThat(texts(byIp())).containsExactly("10.0.0.2/24");
  }

  @Test
  void theSameAddressOfAnotherLengthIsAnotherOne() {
    ip.ip("address add 10.0.0.2/24 dev v0");
    ip.ip("address add 10.0.0.2/25 dev v0");
    kernel.execute(AddressRequest.delete(link, IpPrefix.of("10.0.0.2/25")));
    assertThat(texts(byIp())).containsExactly("10.0.0.2/24");
  }

  @Test
  void anAddressIsDeletedFromItsLinkOnly() {
    ip.ip("address add 10.0.0.2/24 dev v0");
    ip.ip("address add 10.0.0.2/24 dev v1");
    kernel.execute(AddressRequest.delete(link, IpPrefix.of("10.0.0.2/24")));
    assertThat(byIp()).isEmpty();
    assertThat(ip.one("address show dev v1").path("addr_info")).hasSize(1);
  }

  @Test
  void pointToPointAddressesAreReadAndDeletedOneByOne() {
    ip.ip("address add 10.0.0.1 peer 10.0.0.2/32 dev v0");
    ip.ip("address add 10.0.0.1 peer 10.0.0.3/32 dev v0");
    ip.ip("address add fd00::1 peer fd00::2/128 dev v0 nodad");
    List<Address> addresses = kernel.addresses(link);
    assertThat(addresses)
        .extracting(address -> address.local() + " " + address.remote())
        .containsExactly("10.0.0.1/32 10.0.0.2", "10.0.0.1/32 10.0.0.3", "fd00::1/128 fd00::2");
    kernel.execute(AddressRequest.delete(addresses.get(1)));
    assertThat(kernel.addresses(link)).containsExactly(addresses.get(0), addresses.get(2));
    kernel.execute(AddressRequest.delete(addresses.get(2)));
    kernel.execute(AddressRequest.delete(addresses.get(0)));
    assertThat(byIp()).isEmpty();
  }

  @Test
  void anAddressThatWasReadIsPutBackAsItWas() {
    ip.ip("address add 10.0.0.2/24 brd + dev v0");
    ip.ip("address add 10.1.0.1 peer 10.1.0.2/32 dev v0");
    ip.ip("address add fd00::1/64 dev v0 nodad");
    ip.ip("address add fd01::1 peer fd01::2/128 dev v0 nodad");
    List<Address> before = kernel.addresses(link);
    List<JsonNode> beforeByIp = byIp();
    assertThat(before).hasSize(4);
    before.forEach(address -> kernel.execute(AddressRequest.delete(address)));
    assertThat(kernel.addresses(link)).isEmpty();
    before.forEach(address -> kernel.execute(AddressRequest.add(address)));
    assertThat(kernel.addresses(link)).containsExactlyInAnyOrderElementsOf(before);
    assertThat(byIp()).containsExactlyInAnyOrderElementsOf(beforeByIp);
  }

  @Test
  void whoAddedItIsMarkedWhereTheKernelCan() {
    assumeTrue(Node.kernelIs(5, 18), "IFA_PROTO came with Linux 5.18");
    kernel.execute(AddressRequest.add(link, IpPrefix.of("10.0.0.2/24")).protocol(201));
    kernel.execute(AddressRequest.add(link, IpPrefix.of("fd00::2/64")).noDad().protocol(255));
    ip.ip("address add 10.0.1.2/24 dev v0");
    assertThat(kernel.addresses(link))
        .extracting(address -> address.local() + " " + address.protocol())
        .containsExactlyInAnyOrder("10.0.0.2/24 201", "10.0.1.2/24 0", "fd00::2/64 255");
  }

  @Test
  void whatIpMakesIsReadWithItsLabelScopeAndFlags() {
    ip.ip("address add 10.0.0.2/24 dev v0 label v0:1 scope link");
    ip.ip("address add 10.0.1.3/24 dev v0 noprefixroute valid_lft 1000 preferred_lft 1000");
    assertThat(kernel.addresses(link).getFirst())
        .satisfies(address -> {
          assertThat(address.label()).isEqualTo("v0:1");
          assertThat(address.scope()).isEqualTo(Address.SCOPE_LINK);
        });
    assertThat(kernel.addresses(link).getLast())
        .satisfies(address -> {
          assertThat(address.has(Address.IFA_F_PERMANENT)).isFalse();
          // Beyond the eight bits of struct ifaddrmsg: IFA_F_NOPREFIXROUTE.
          assertThat(address.has(0x200)).isTrue();
        });
  }

  @Test
  void addressesAreListedByLinkOrAll() {
    int other = node.link("v1").index();
    ip.ip("link set lo up");
    ip.ip("address add 10.0.0.2/24 dev v0");
    ip.ip("address add 10.0.1.2/24 dev v1");
    ip.ip("address add fd00::2/64 dev v1 nodad");
    assertThat(read()).containsExactly(IpPrefix.of("10.0.0.2/24"));
    assertThat(kernel.addresses(other))
        .extracting(Address::local)
        .containsExactly(IpPrefix.of("10.0.1.2/24"), IpPrefix.of("fd00::2/64"));
    List<Address> all = kernel.addresses();
    assertThat(all).containsAll(kernel.addresses(link)).containsAll(kernel.addresses(other));
    int byIp = 0;
    for (JsonNode each : ip.json("address show")) {
      byIp += each.path("addr_info").size();
    }
    assertThat(all).hasSize(byIp).hasSize(5);
  }

  @Test
  void aLinkWithoutAddressesHasNone() {
    assertThat(kernel.addresses(link)).isEmpty();
  }

  @Test
  void aLinkThatIsNotThereIsAnError() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.addresses(1 << 30))
        .withMessageContaining("list addresses of link " + (1 << 30))
        .matches(e -> e.is(Errno.ENODEV));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(AddressRequest.add(1 << 30, IpPrefix.of("10.0.0.2/24"))))
        .matches(e -> e.is(Errno.ENODEV));
  }

  @Test
  void withoutPromotionAPrimaryAddressTakesItsSecondariesWithIt() {
    addPrimaryAndSecondary();
    kernel.execute(LinkRequest.set(link).promoteSecondaries(false));
    kernel.execute(AddressRequest.delete(link, IpPrefix.of("10.0.0.2/24")));
    assertThat(byIp()).isEmpty();
  }

  @Test
  void withPromotionTheSecondaryStays() {
    addPrimaryAndSecondary();
    kernel.execute(LinkRequest.set(link).promoteSecondaries(true));
    kernel.execute(AddressRequest.delete(link, IpPrefix.of("10.0.0.2/24")));
    assertThat(texts(byIp())).containsExactly("10.0.0.3/24");
    assertThat(kernel.addresses(link)).singleElement().matches(each -> !each.has(0x01));
  }

  private void addPrimaryAndSecondary() {
    kernel.execute(AddressRequest.add(link, IpPrefix.of("10.0.0.2/24")));
    kernel.execute(AddressRequest.add(link, IpPrefix.of("10.0.0.3/24")));
    assertThat(byIp().getLast().path("secondary").asBoolean()).isTrue();
  }
}
