package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

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

/** Links: what {@code ip link} makes is read, what is changed here {@code ip link} shows. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkLinksTest {
  private Node node;
  private Rtnetlink kernel;
  private Ip ip;

  @BeforeEach
  void makeANode() {
    node = new Node();
    kernel = node.kernel;
    ip = node.ip;
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  @Test
  void aLinkIsReadAsIpMadeIt() {
    ip.ip("link add v0 index 77 address 02:00:5e:00:00:01 mtu 1400 type veth peer name v1");
    ip.ip("link set v0 group 7");
    ip.ip("link set v0 alias an:alias");
    ip.ip("link property add dev v0 altname first-other-name altname second");
    Link link = node.link("v0");
    assertThat(link.index()).isEqualTo(77);
    assertThat(link.name()).isEqualTo("v0");
    assertThat(link.altnames()).containsExactlyInAnyOrder("first-other-name", "second");
    assertThat(link.altname("first-")).contains("first-other-name");
    assertThat(link.altname("third")).isEmpty();
    assertThat(link.alias()).isEqualTo("an:alias");
    assertThat(link.kind()).isEqualTo("veth");
    assertThat(link.isVeth()).isTrue();
    assertThat(link.mac()).isEqualTo(MacAddress.of("02:00:5e:00:00:01"));
    assertThat(link.mtu()).isEqualTo(1400);
    assertThat(link.up()).isFalse();
    assertThat(link.operState()).isEqualTo(Link.OperState.DOWN);
    assertThat(link.master()).isZero();
    assertThat(link.peer()).isEqualTo(node.link("v1").index());
    assertThat(link.peerNsid()).isEqualTo(-1);
    assertThat(link.group()).isEqualTo(7);
    assertThat(link.bridge()).isNull();
    assertThat(link.port()).isNull();
    assertThat(link.stats()).isEqualTo(Link.Stats.ZERO);
  }

  @Test
  void aLinkIsFoundByNameAltnameAndIndex() {
    int index = node.veth("v0", "v1");
    ip.ip("link property add dev v0 altname another");
    assertThat(kernel.link(index).orElseThrow().name()).isEqualTo("v0");
    assertThat(kernel.link(new InterfaceName("v0")).orElseThrow().index()).isEqualTo(index);
    assertThat(kernel.linkByAltname("another").orElseThrow().index()).isEqualTo(index);
    assertThat(kernel.link(new InterfaceName("another")).orElseThrow().index()).isEqualTo(index);
  }

  @Test
  void whatIsNotThereIsEmpty() {
    assertThat(kernel.link(new InterfaceName("none"))).isEmpty();
    assertThat(kernel.linkByAltname("none")).isEmpty();
    assertThat(kernel.linkByAltname("x".repeat(127))).isEmpty();
    assertThat(kernel.link(1 << 30)).isEmpty();
  }

  @Test
  void allLinksAreListedAsIpListsThem() {
    node.veth("v0", "v1");
    node.bridge("br0");
    List<String> listed = kernel.links().stream().map(Link::name).sorted().toList();
    assertThat(listed).containsExactly("br0", "lo", "v0", "v1");
    for (JsonNode each : ip.json("link show")) {
      Link link = kernel.link(each.path("ifindex").asInt()).orElseThrow();
      assertThat(link.name()).isEqualTo(each.path("ifname").asText());
      assertThat(link.mtu()).isEqualTo(each.path("mtu").asInt());
      assertThat(link.kind()).isEqualTo(each.path("linkinfo").path("info_kind").asText(""));
      assertThat(kernel.links()).contains(link);
    }
  }

  @Test
  void loIsTheLoopbackWhateverItIsCalled() {
    assertThat(node.link("lo").isLoopback()).isTrue();
    assertThat(node.link("lo").kind()).isEmpty();
    node.veth("v0", "v1");
    assertThat(node.link("v0").isLoopback()).isFalse();
  }

  @Test
  void operStateFollowsBothEnds() {
    node.veth("v0", "v1");
    ip.ip("link set v0 up");
    await()
        .atMost(Heard.PATIENCE)
        .until(() -> node.link("v0").operState() == Link.OperState.LOWER_LAYER_DOWN);
    assertThat(node.link("v0").up()).isTrue();
    assertThat(node.link("v1").up()).isFalse();
    ip.ip("link set v1 up");
    await().atMost(Heard.PATIENCE).until(() -> node.link("v0").operState() == Link.OperState.UP);
  }

  @Test
  void settingsOfIpv6AreThoseOfTheLink() {
    node.veth("v0", "v1");
    assertThat(node.link("v0").ipv6Disabled()).isFalse();
    assertThat(node.link("v0").acceptRa()).isEqualTo(1);
    Sysctl.ofInterface("ipv6", "v0", "disable_ipv6").set(node.netns, "1");
    Sysctl.ofInterface("ipv6", "v0", "accept_ra").set(node.netns, "2");
    assertThat(node.link("v0").ipv6Disabled()).isTrue();
    assertThat(node.link("v0").acceptRa()).isEqualTo(2);
  }

  @Test
  void anMtuTooSmallForIpv6DisablesIt() {
    int index = node.vethUp("v0", "v1");
    kernel.execute(LinkRequest.set(index).mtu(1279));
    assertThat(node.link("v0").ipv6Disabled()).isTrue();
  }

  @Test
  void everyChangeArrives() {
    int index = node.veth("v0", "v1");
    kernel.execute(
        LinkRequest.set(index)
            .name(new InterfaceName("w0"))
            .mtu(1450)
            .mac(MacAddress.of("02:00:5e:00:00:02"))
            .group(9)
            .alias("hello, ünï"));
    JsonNode link = ip.link("w0");
    assertThat(link.path("ifindex").asInt()).isEqualTo(index);
    assertThat(link.path("mtu").asInt()).isEqualTo(1450);
    assertThat(link.path("address").asText()).isEqualTo("02:00:5e:00:00:02");
    assertThat(link.path("group").asText()).isEqualTo("9");
    assertThat(node.link("w0").alias()).isEqualTo("hello, ünï");
    assertThat(ip.hasLink("v0")).isFalse();
  }

  @Test
  void aLinkIsSetUpAndDown() {
    int index = node.veth("v0", "v1");
    kernel.execute(LinkRequest.set(index).up());
    assertThat(texts(ip.link("v0").path("flags"))).contains("UP");
    kernel.execute(LinkRequest.set(index).down());
    assertThat(texts(ip.link("v0").path("flags"))).doesNotContain("UP");
    kernel.execute(LinkRequest.set(index).mtu(1400));
    assertThat(texts(ip.link("v0").path("flags"))).as("only what is said").doesNotContain("UP");
    kernel.execute(LinkRequest.set(index).up());
    kernel.execute(LinkRequest.set(index).mtu(1500));
    assertThat(texts(ip.link("v0").path("flags"))).as("only what is said").contains("UP");
  }

  @Test
  void aLinkThatIsUpIsRenamedWhereTheKernelCan() {
    int index = node.veth("v0", "v1");
    ip.ip("link set v0 up");
    LinkRequest rename = LinkRequest.set(index).name(new InterfaceName("w0"));
    if (Node.kernelIs(6, 2)) {
      kernel.execute(rename);
      assertThat(ip.hasLink("w0")).isTrue();
    } else {
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> kernel.execute(rename))
          .matches(e -> e.is(Errno.EBUSY));
    }
  }

  @Test
  void anAliasIsSetAndCleared() {
    int index = node.veth("v0", "v1");
    String longest = "x".repeat(LinkRequest.MAX_ALIAS_BYTES);
    kernel.execute(LinkRequest.set(index).alias(longest));
    assertThat(ip.link("v0").path("ifalias").asText()).isEqualTo(longest);
    assertThat(node.link("v0").alias()).isEqualTo(longest);
    kernel.execute(LinkRequest.set(index).alias("short"));
    assertThat(ip.link("v0").path("ifalias").asText()).isEqualTo("short");
    kernel.execute(LinkRequest.set(index).alias(""));
    assertThat(ip.link("v0").has("ifalias")).isFalse();
    assertThat(node.link("v0").alias()).isEmpty();
  }

  @Test
  void aLinkIsDeletedByAnAlternativeName() {
    int index = node.veth("v0", "v1");
    kernel.execute(LinkRequest.addAltname(index, "one"));
    kernel.execute(LinkRequest.deleteByAltname("one"));
    assertThat(ip.hasLink("v0")).isFalse();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(LinkRequest.deleteByAltname("one")))
        .withMessageStartingWith("delete link by altname one: ENODEV")
        .matches(e -> e.is(Errno.ENODEV));
  }

  @Test
  void altnamesAreAddedAndDeleted() {
    int index = node.veth("v0", "v1");
    String longest = "n".repeat(LinkRequest.MAX_ALTNAME_BYTES);
    kernel.execute(LinkRequest.addAltname(index, "one"));
    kernel.execute(LinkRequest.addAltname(index, longest));
    assertThat(texts(ip.link("v0").path("altnames"))).containsExactlyInAnyOrder("one", longest);
    kernel.execute(LinkRequest.deleteAltname(index, "one"));
    assertThat(texts(ip.link("v0").path("altnames"))).containsExactly(longest);
    assertThat(kernel.linkByAltname(longest).orElseThrow().index()).isEqualTo(index);
  }

  @Test
  void anAltnameThatIsAnyLinksNameIsTaken() {
    int index = node.veth("v0", "v1");
    ip.ip("link property add dev v1 altname taken");
    for (String taken : List.of("taken", "v1", "v0")) {
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> kernel.execute(LinkRequest.addAltname(index, taken)))
          .withMessageContaining("add altname " + taken + " of link " + index)
          .matches(e -> e.is(Errno.EEXIST));
    }
  }

  @Test
  void textsThatTheKernelWouldCutAreRefusedBefore() {
    LinkRequest request = LinkRequest.set(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> request.alias("ü".repeat(128)))
        .withMessage("an alias has 0 to 255 bytes, not 256");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.addAltname(1, "ü".repeat(64)))
        .withMessage("an alternative name has 1 to 127 bytes, not 128");
    assertThatIllegalArgumentException().isThrownBy(() -> LinkRequest.addAltname(1, ""));
    assertThatIllegalArgumentException().isThrownBy(() -> LinkRequest.deleteAltname(1, ""));
    assertThat(request).hasToString("set link 1");
  }

  @Test
  void aPortIsJoinedToABridgeAndReleased() {
    int bridge = node.bridge("br0");
    int port = node.veth("v0", "v1");
    kernel.execute(LinkRequest.set(port).master(bridge));
    assertThat(ip.link("v0").path("master").asText()).isEqualTo("br0");
    assertThat(node.link("v0").master()).isEqualTo(bridge);
    kernel.execute(LinkRequest.set(port).master(0));
    assertThat(ip.link("v0").has("master")).isFalse();
    assertThat(node.link("v0").master()).isZero();
    assertThat(node.link("v0").port()).isNull();
  }

  @Test
  void aBridgeIsAddedAndRead() {
    kernel.execute(LinkRequest.add(LinkKind.Bridge.DEFAULT, new InterfaceName("br0")));
    JsonNode made = ip.link("br0");
    assertThat(made.at("/linkinfo/info_kind").asText()).isEqualTo("bridge");
    assertThat(texts(made.path("flags"))).doesNotContain("UP");
    assertThat(node.link("br0").bridge())
        .isNotNull()
        .extracting(LinkKind.Bridge::vlanFiltering)
        .isEqualTo(false);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() ->
            kernel.execute(LinkRequest.add(LinkKind.Bridge.DEFAULT, new InterfaceName("br0"))))
        .withMessageContaining("add bridge br0: EEXIST (File exists)")
        .matches(e -> e.is(Errno.EEXIST));
  }

  @Test
  void aLinkIsDeletedAndItsPeerWithIt() {
    int index = node.veth("v0", "v1");
    kernel.execute(LinkRequest.delete(index));
    assertThat(ip.json("link show")).hasSize(1);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(LinkRequest.delete(index)))
        .matches(e -> e.is(Errno.ENODEV));
  }

  @Test
  void promoteSecondariesIsSetForTheLinkOnly() {
    int index = node.veth("v0", "v1");
    kernel.execute(LinkRequest.set(index).promoteSecondaries(true));
    assertThat(promoteSecondaries("v0")).isEqualTo("1");
    assertThat(promoteSecondaries("v1")).isEqualTo("0");
    kernel.execute(LinkRequest.set(index).promoteSecondaries(false));
    assertThat(promoteSecondaries("v0")).isEqualTo("0");
  }

  private String promoteSecondaries(String link) {
    return ip.command("cat /proc/sys/net/ipv4/conf/" + link + "/promote_secondaries").strip();
  }

  @Test
  void aChangeThatIsRefusedInPartKeepsTheRest() {
    int index = node.veth("v0", "v1");
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(LinkRequest.set(index).mtu(1400).master(1 << 30)));
    assertThat(ip.link("v0").path("mtu").asInt()).as("why changes go one by one").isEqualTo(1400);
  }

  @Test
  void theNumberOfAnotherNamespaceIsTheOneThatLinksTell() {
    try (Netns other = Netns.create()) {
      assertThat(kernel.nsid(other)).isEmpty();
      kernel.execute(new Veth(Node.end("v0", null), Node.end("v1", other)).request());
      assertThat(kernel.nsid(other)).hasValue(node.link("v0").peerNsid());
      assertThat(ip.link("v0").path("link_netnsid").asInt(-1))
          .isEqualTo(node.link("v0").peerNsid());
    }
  }

  @Test
  void aClosedConnectionSaysSo() {
    kernel.close();
    kernel.close();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(kernel::links)
        .withMessage("use a netlink socket: it is closed");
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(LinkRequest.delete(1)));
  }

  @Test
  void anIndexThatNoLinkHasChangesNoLinkOfThatName() {
    node.veth("v0", "v1");
    for (int index : new int[] {0, -1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> kernel.execute(LinkRequest.set(index).name(new InterfaceName("v0")).mtu(1400)))
          .withMessageContaining("write that of the link");
      assertThatIllegalArgumentException().isThrownBy(() -> LinkRequest.delete(index));
      assertThatIllegalArgumentException().isThrownBy(() -> LinkRequest.addAltname(index, "v0"));
    }
    assertThat(ip.link("v0").path("mtu").asInt()).isEqualTo(1500);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.set(1).master(-1))
        .withMessageContaining("0 for no master");
  }

  @Test
  void aTextWithAZeroByteIsRefusedSinceTheKernelWouldEndItThere() {
    int index = node.veth("v0", "v1");
    ip.ip("link property add dev v0 altname other");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> kernel.execute(LinkRequest.addAltname(index, "one\0two")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> kernel.execute(LinkRequest.set(index).alias("one\0two")));
    for (String altname : List.of("other\0", "", "x".repeat(128))) {
      assertThatIllegalArgumentException().isThrownBy(() -> kernel.linkByAltname(altname));
    }
    JsonNode link = ip.link("v0");
    assertThat(texts(link.path("altnames"))).containsExactly("other");
    assertThat(link.has("ifalias")).isFalse();
  }

  @Test
  void aLinkWithoutAKindCannotBeMade() {
    LinkKind hardware = new LinkKind.Other("");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkRequest.add(hardware, new InterfaceName("v0")))
        .withMessageContaining("write a kind");
  }
}
