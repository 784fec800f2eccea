package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
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
import org.junit.jupiter.params.provider.CsvSource;

/** Forwarding tables: what {@code bridge fdb} makes is read, what is changed here it shows. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkFdbTest {
  private static final MacAddress MAC = MacAddress.of("02:00:5e:00:00:09");

  private Node node;
  private Rtnetlink kernel;
  private Ip ip;
  private int bridge;
  private int port;

  @BeforeEach
  void makeANodeWithABridgeAndAPort() {
    node = new Node();
    kernel = node.kernel;
    ip = node.ip;
    bridge = node.bridge("br0");
    port = node.vethUp("v0", "v1");
    ip.ip("link set v0 master br0");
    // A port of a bridge that is down learns nothing.
    ip.ip("link set br0 addrgenmode none");
    ip.ip("link set br0 up");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private int vxlan() {
    try {
      ip.ip("link add vx0 type vxlan id 5 dstport 4789 local 127.0.0.1");
    } catch (AssertionError e) {
      assumeTrue(false, "this kernel has no vxlan links: " + e.getMessage());
    }
    return node.link("vx0").index();
  }

  /** What {@code bridge fdb} shows of a MAC address. */
  private List<JsonNode> byBridge(MacAddress mac) {
    List<JsonNode> entries = new ArrayList<>();
    for (JsonNode entry : ip.bridgeJson("fdb show")) {
      if (entry.path("mac").asText().equals(mac.toString())) {
        entries.add(entry);
      }
    }
    return entries;
  }

  private FdbEntry ofPort() {
    return FdbEntry.ofPort(port, MAC);
  }

  /** As it is read back: with the bridge's number. */
  private FdbEntry read(FdbEntry entry) {
    return new FdbEntry(
        entry.link(),
        entry.mac(),
        entry.owner(),
        bridge,
        entry.vlan(),
        entry.kind(),
        entry.flags(),
        null);
  }

  private List<FdbEntry> ours() {
    return kernel.fdb(bridge).stream().filter(entry -> entry.mac().equals(MAC)).toList();
  }

  @ParameterizedTest
  @CsvSource({"STATIC, static", "PERMANENT, permanent", "DYNAMIC, ''"})
  void anEntryOfTheBridgeIsWhatIsShownAndWhatIsRead(FdbEntry.Kind kind, String shown) {
    FdbEntry entry = ofPort().withKind(kind);
    kernel.execute(FdbRequest.add(entry));
    assertThat(byBridge(MAC))
        .singleElement()
        .satisfies(byBridge -> {
          assertThat(byBridge.path("ifname").asText()).isEqualTo("v0");
          assertThat(byBridge.path("master").asText()).isEqualTo("br0");
          assertThat(byBridge.path("state").asText()).isEqualTo(shown);
        });
    assertThat(ours()).containsExactly(read(entry));
    assertThat(kernel.fdbEntry(bridge, MAC, 0)).contains(read(entry));
    kernel.execute(FdbRequest.delete(entry));
    assertThat(byBridge(MAC)).isEmpty();
    assertThat(kernel.fdbEntry(bridge, MAC, 0)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"64, STATIC, sticky", "16, DYNAMIC, extern_learn"})
  void aFlagIsKept(int flag, FdbEntry.Kind kind, String shown) {
    FdbEntry entry = ofPort().withKind(kind).withFlags(flag);
    kernel.execute(FdbRequest.add(entry));
    assertThat(byBridge(MAC).getFirst().path("flags").toString()).contains(shown);
    assertThat(ours()).containsExactly(read(entry));
  }

  @Test
  void anAddressThatALinkTakesBesideItsOwnIsInItsOwnTable() {
    FdbEntry entry = FdbEntry.ofLink(port, MAC);
    kernel.execute(FdbRequest.add(entry));
    assertThat(byBridge(MAC).getFirst().path("flags").toString()).contains("self");
    assertThat(kernel.fdbOfLink(port)).contains(entry);
    assertThat(ours()).containsExactly(entry);
    kernel.execute(FdbRequest.delete(entry));
    assertThat(byBridge(MAC)).isEmpty();
  }

  @Test
  void whatBridgeMakesIsRead() {
    ip.bridge("fdb add " + MAC + " dev v0 master static");
    ip.bridge("fdb add 02:00:5e:00:00:0a dev v0 self permanent");
    assertThat(kernel.fdbOfLink(port))
        .contains(read(ofPort()), FdbEntry.ofLink(port, MacAddress.of("02:00:5e:00:00:0a")));
    assertThat(kernel.fdb(bridge)).containsAll(kernel.fdbOfLink(port));
  }

  @Test
  void anotherBridgesEntriesAreNotListed() {
    int other = node.bridge("br1");
    int otherPort = node.vethUp("w0", "w1");
    ip.ip("link set w0 master br1");
    kernel.execute(FdbRequest.add(ofPort()));
    kernel.execute(FdbRequest.add(FdbEntry.ofPort(otherPort, MAC)));
    assertThat(ours()).singleElement().matches(entry -> entry.link() == port);
    assertThat(kernel.fdb(other))
        .filteredOn(entry -> entry.mac().equals(MAC))
        .singleElement()
        .matches(entry -> entry.link() == otherPort && entry.bridge() == other);
    assertThat(kernel.fdbEntry(other, MAC, 0)).get().matches(entry -> entry.link() == otherPort);
  }

  @Test
  void anEntryOfAVlanIsAnother() {
    try {
      ip.ip("link set br0 type bridge vlan_filtering 1");
    } catch (AssertionError e) {
      assumeTrue(false, "this kernel filters no VLANs: " + e.getMessage());
    }
    ip.bridge("vlan add vid 10 dev v0");
    FdbEntry entry = ofPort().withVlan(10);
    kernel.execute(FdbRequest.add(entry));
    assertThat(byBridge(MAC).getFirst().path("vlan").asInt()).isEqualTo(10);
    assertThat(ours()).containsExactly(read(entry));
    assertThat(kernel.fdbEntry(bridge, MAC, 10)).contains(read(entry));
    assertThat(kernel.fdbEntry(bridge, MAC, 0)).isEmpty();
    kernel.execute(FdbRequest.delete(entry));
    assertThat(ours()).isEmpty();
  }

  @Test
  void replacingChangesAnEntryAndAddingTwiceIsTold() {
    kernel.execute(FdbRequest.add(ofPort()));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(FdbRequest.add(ofPort())))
        .withMessageContaining(
            "add forwarding entry " + MAC + " of link " + port + " master static")
        .matches(e -> e.is(Errno.EEXIST));
    kernel.execute(FdbRequest.replace(ofPort().withKind(FdbEntry.Kind.PERMANENT)));
    assertThat(ours()).singleElement().matches(e -> e.kind() == FdbEntry.Kind.PERMANENT);
    kernel.execute(FdbRequest.delete(ofPort()));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(FdbRequest.delete(ofPort())))
        .matches(e -> e.is(Errno.ENOENT));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "99, 0", "0, 7", "65535, 16777215"})
  void aRemoteOfAVxlanLinkIsWhatIsShownAndWhatIsRead(int udp, int vni) {
    int vxlan = vxlan();
    FdbEntry entry =
        FdbEntry.ofVxlan(
            vxlan, MAC, new FdbEntry.VxlanRemote(IpAddress.of("10.0.0.9"), udp, vni, port));
    kernel.execute(FdbRequest.add(entry));
    assertThat(byBridge(MAC))
        .singleElement()
        .satisfies(shown -> {
          assertThat(shown.path("dst").asText()).isEqualTo("10.0.0.9");
          assertThat(shown.path("port").asInt()).isEqualTo(udp);
          assertThat(shown.path("vni").asInt()).isEqualTo(vni);
          assertThat(shown.path("viaIf").asText()).isEqualTo("v0");
        });
    assertThat(kernel.fdbOfLink(vxlan)).contains(entry);
    kernel.execute(FdbRequest.delete(entry));
    assertThat(byBridge(MAC)).isEmpty();
  }

  @Test
  void remotesForWhateverHasNoEntryAreAppended() {
    int vxlan = vxlan();
    MacAddress none = new MacAddress(0);
    List<FdbEntry> entries = new ArrayList<>();
    for (String address : List.of("10.0.0.9", "10.0.0.10")) {
      entries.add(FdbEntry.ofVxlan(vxlan, none, FdbEntry.VxlanRemote.of(IpAddress.of(address))));
    }
    entries.stream().map(FdbRequest::append).forEach(kernel::execute);
    assertThat(byBridge(none))
        .extracting(entry -> entry.path("dst").asText())
        .containsExactlyInAnyOrder("10.0.0.9", "10.0.0.10");
    assertThat(kernel.fdbOfLink(vxlan)).containsExactlyInAnyOrderElementsOf(entries);
    kernel.execute(FdbRequest.delete(entries.getFirst()));
    assertThat(kernel.fdbOfLink(vxlan)).containsExactly(entries.getLast());
  }

  @Test
  void whatBridgeMakesOnAVxlanLinkIsRead() {
    int vxlan = vxlan();
    ip.bridge("fdb add " + MAC + " dev vx0 dst 10.0.0.9 port 99 vni 7 self permanent");
    assertThat(kernel.fdbOfLink(vxlan))
        .contains(
            FdbEntry.ofVxlan(
                vxlan, MAC, new FdbEntry.VxlanRemote(IpAddress.of("10.0.0.9"), 99, 7, 0)));
  }

  @Test
  void whatNoEntryCanBeIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> ofPort().withVlan(4095));
    assertThatIllegalArgumentException().isThrownBy(() -> ofPort().withFlags(2));
    IpAddress address = IpAddress.of("10.0.0.9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FdbEntry.VxlanRemote(address, 65_536, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FdbEntry.VxlanRemote(address, 0, 1 << 24, 0));
  }

  @Test
  void anEntryOfAVxlanLinkIsFoundAsBridgeFindsIt() {
    int vxlan = vxlan();
    FdbEntry entry =
        FdbEntry.ofVxlan(vxlan, MAC, FdbEntry.VxlanRemote.of(IpAddress.of("10.0.0.9")));
    assertThat(kernel.fdbEntryOfLink(vxlan, MAC)).isEmpty();
    kernel.execute(FdbRequest.add(entry));
    assertThat(ip.bridge("fdb get " + MAC + " dev vx0 self")).contains("dst 10.0.0.9");
    assertThat(kernel.fdbEntryOfLink(vxlan, MAC)).contains(entry);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.fdbEntryOfLink(port, MAC))
        .matches(e -> e.is(Errno.EOPNOTSUPP));
  }

  @Test
  void withoutALinkTheEntriesOfAllAreListed() {
    kernel.execute(FdbRequest.add(ofPort()));
    kernel.execute(FdbRequest.add(FdbEntry.ofLink(node.link("v1").index(), MAC)));
    assertThat(kernel.fdbOfLink(0))
        .hasSameSizeAs(ip.bridgeJson("fdb show"))
        .containsAll(kernel.fdb(bridge))
        .contains(FdbEntry.ofLink(node.link("v1").index(), MAC));
  }
}
