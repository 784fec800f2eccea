package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Neighbours: what {@code ip neigh} makes is read, what is changed here it shows. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkNeighboursTest {
  private static final MacAddress MAC = MacAddress.of("02:00:5e:00:00:09");

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

  private Neighbour permanent(String address) {
    return Neighbour.permanent(link, IpAddress.of(address), MAC);
  }

  /** Without the groups that the kernel itself adds. */
  private List<Neighbour> read() {
    return kernel.neighbours(NeighbourFilter.ofLink(link)).stream()
        .filter(neighbour -> !neighbour.address().isMulticast())
        .toList();
  }

  private JsonNode byIp(String address) {
    return ip.one("neigh show " + address + " dev v0 nud all");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.9", "fd00::9", "fe80::9"})
  void aPermanentOneIsWhatIpShowsAndWhatIsRead(String address) {
    kernel.execute(NeighbourRequest.add(permanent(address)));
    assertThat(byIp(address).path("lladdr").asText()).isEqualTo(MAC.toString());
    assertThat(byIp(address).path("state").get(0).asText()).isEqualTo("PERMANENT");
    assertThat(read()).containsExactly(permanent(address));
    assertThat(kernel.neighbour(link, IpAddress.of(address))).contains(permanent(address));
    kernel.execute(NeighbourRequest.delete(permanent(address)));
    assertThat(read()).isEmpty();
    assertThat(kernel.neighbour(link, IpAddress.of(address))).isEmpty();
    assertThat(ip.ip("neigh show dev v0")).doesNotContain(address);
  }

  @ParameterizedTest
  @EnumSource(
      value = Neighbour.State.class,
      names = {"REACHABLE", "STALE", "NOARP", "PERMANENT"})
  void aStateIsKept(Neighbour.State state) {
    for (String address : List.of("10.0.0.9", "fd00::9")) {
      Neighbour neighbour = permanent(address).withState(state);
      kernel.execute(NeighbourRequest.add(neighbour));
      assertThat(byIp(address).path("state").get(0).asText()).isEqualTo(state.name());
      assertThat(kernel.neighbour(link, neighbour.address())).contains(neighbour);
    }
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.9, 16, extern_learn", "fd00::9, 16, extern_learn", "fd00::9, 128, router"})
  void aFlagIsKept(String address, int flag, String shown) {
    Neighbour neighbour = permanent(address).withFlags(flag);
    kernel.execute(NeighbourRequest.add(neighbour));
    assertThat(byIp(address).has(shown)).isTrue();
    assertThat(kernel.neighbour(link, neighbour.address())).contains(neighbour);
    assertThat(neighbour).asString().contains(" " + shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.9", "fd00::9"})
  void aProtocolIsKept(String address) {
    Neighbour neighbour = permanent(address).withProtocol(201);
    kernel.execute(NeighbourRequest.add(neighbour));
    assertThat(byIp(address).path("protocol").asText()).isEqualTo("201");
    assertThat(read()).containsExactly(neighbour);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.9", "fd00::9"})
  void aProxyIsKeptApart(String address) {
    Neighbour proxy = Neighbour.proxy(link, IpAddress.of(address));
    kernel.execute(NeighbourRequest.add(proxy));
    assertThat(ip.one("neigh show proxy dev v0").path("dst").asText()).isEqualTo(address);
    assertThat(read()).isEmpty();
    assertThat(kernel.neighbour(link, proxy.address())).isEmpty();
    assertThat(kernel.neighbours(NeighbourFilter.PROXIES)).containsExactly(proxy);
    assertThat(kernel.proxy(link, proxy.address())).contains(proxy);
    kernel.execute(NeighbourRequest.delete(proxy));
    assertThat(ip.ip("neigh show proxy")).isBlank();
    assertThat(kernel.proxy(link, proxy.address())).isEmpty();
  }

  @Test
  void whatIpMakesIsRead() {
    ip.ip("neigh add 10.0.0.9 lladdr " + MAC + " dev v0 nud permanent");
    ip.ip("neigh add fd00::9 lladdr " + MAC + " dev v0 nud stale router extern_learn protocol 201");
    ip.ip("neigh add proxy fd00::7 dev v0");
    assertThat(read())
        .containsExactlyInAnyOrder(
            permanent("10.0.0.9"),
            permanent("fd00::9")
                .withState(Neighbour.State.STALE)
                .withFlags(Neighbour.NTF_ROUTER | Neighbour.NTF_EXT_LEARNED)
                .withProtocol(201));
    assertThat(kernel.neighbours(NeighbourFilter.PROXIES))
        .containsExactly(Neighbour.proxy(link, IpAddress.of("fd00::7")));
  }

  @Test
  void replacingAddsOrChangesAndChangingNeedsOneThatIsThere() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(NeighbourRequest.change(permanent("10.0.0.9"))))
        .matches(e -> e.is(Errno.ENOENT));
    kernel.execute(NeighbourRequest.replace(permanent("10.0.0.9")));
    Neighbour other =
        Neighbour.permanent(link, IpAddress.of("10.0.0.9"), MacAddress.of("02:00:5e:00:00:0a"));
    kernel.execute(NeighbourRequest.replace(other));
    assertThat(read()).containsExactly(other);
    kernel.execute(NeighbourRequest.change(permanent("10.0.0.9")));
    assertThat(read()).containsExactly(permanent("10.0.0.9"));
  }

  @Test
  void aNeighbourThatIsThereAndOneThatIsNotAreTold() {
    Neighbour neighbour = permanent("10.0.0.9");
    kernel.execute(NeighbourRequest.add(neighbour));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(NeighbourRequest.add(neighbour)))
        .withMessageContaining(
            "add neighbour 10.0.0.9 of link " + link + " lladdr " + MAC + " permanent")
        .matches(e -> e.is(Errno.EEXIST));
    kernel.execute(NeighbourRequest.delete(neighbour));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(NeighbourRequest.delete(neighbour)))
        .matches(e -> e.is(Errno.ENOENT));
  }

  @Test
  void theKernelListsByFamilyLinkAndMaster() {
    node.vethUp("w0", "w1");
    int other = node.link("w0").index();
    int bridge = node.bridge("br0");
    ip.ip("link set w0 master br0");
    Neighbour here = permanent("10.0.0.9");
    Neighbour here6 = permanent("fd00::9");
    Neighbour there = Neighbour.permanent(other, IpAddress.of("10.0.0.9"), MAC);
    Stream.of(here, here6, there).map(NeighbourRequest::add).forEach(kernel::execute);
    assertThat(listed(NeighbourFilter.ALL)).containsExactlyInAnyOrder(here, here6, there);
    assertThat(listed(NeighbourFilter.ofLink(other))).containsExactly(there);
    assertThat(listed(NeighbourFilter.ofMaster(bridge))).containsExactly(there);
    assertThat(listed(new NeighbourFilter(IpFamily.V6, 0, 0, false))).containsExactly(here6);
    assertThat(listed(new NeighbourFilter(IpFamily.V4, link, 0, false))).containsExactly(here);
  }

  private List<Neighbour> listed(NeighbourFilter filter) {
    return kernel.neighbours(filter).stream()
        .filter(neighbour -> neighbour.state() == Neighbour.State.PERMANENT)
        .toList();
  }

  @Test
  void proxiesOfOneLinkAreListed() {
    node.vethUp("w0", "w1");
    int other = node.link("w0").index();
    kernel.execute(NeighbourRequest.add(Neighbour.proxy(link, IpAddress.of("10.0.0.9"))));
    kernel.execute(NeighbourRequest.add(Neighbour.proxy(other, IpAddress.of("10.0.0.9"))));
    assertThat(kernel.neighbours(new NeighbourFilter(IpFamily.ANY, other, 0, true)))
        .containsExactly(Neighbour.proxy(other, IpAddress.of("10.0.0.9")));
  }

  @Test
  void whatNoNeighbourCanBeIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> permanent("fd00::9").withFlags(256));
    assertThatIllegalArgumentException().isThrownBy(() -> permanent("fd00::9").withProtocol(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> NeighbourFilter.ofLink(-1));
  }
}
