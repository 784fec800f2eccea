package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
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

/** What {@code ip link show master} and {@code type} list. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class LinkFilterTest {
  private Node node;

  @BeforeEach
  void makeANode() {
    node = new Node();
    node.bridge("br0");
    node.bridge("br1");
    node.veth("v0", "v1");
    node.veth("w0", "w1");
    node.ip.ip("link add m0 link w1 type macvlan mode bridge");
    for (String port : List.of("v0", "w0", "m0")) {
      node.ip.ip("link set " + port + " master br0");
    }
    node.ip.ip("link set v1 master br1");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private List<String> names(LinkFilter filter) {
    return node.kernel.links(filter).stream().map(Link::name).sorted().toList();
  }

  private List<String> byIp(String arguments) {
    List<String> names = new ArrayList<>();
    for (JsonNode each : node.ip.json("link show " + arguments)) {
      // Of a kind that is filtered out, it writes empty objects.
      if (each.has("ifname")) {
        names.add(each.path("ifname").asText());
      }
    }
    return names.stream().sorted().toList();
  }

  @Test
  void portsOfABridgeAreListed() {
    LinkFilter filter = LinkFilter.portsOf(node.link("br0").index());
    assertThat(names(filter)).isEqualTo(byIp("master br0")).containsExactly("m0", "v0", "w0");
    assertThat(names(LinkFilter.portsOf(node.link("br1").index()))).containsExactly("v1");
    assertThat(names(LinkFilter.portsOf(node.link("v0").index()))).isEmpty();
    assertThat(names(LinkFilter.portsOf(1 << 30))).isEmpty();
  }

  @Test
  void linksOfAKindAreListed() {
    assertThat(names(LinkFilter.ofKind("veth")))
        .isEqualTo(byIp("type veth"))
        .containsExactly("v0", "v1", "w0", "w1");
    assertThat(names(LinkFilter.ofKind("bridge"))).isEqualTo(byIp("type bridge")).hasSize(2);
    assertThat(names(LinkFilter.ofKind("vxlan"))).isEmpty();
  }

  @Test
  void aFilterOfBothIsBoth() {
    int bridge = node.link("br0").index();
    assertThat(names(new LinkFilter(bridge, "veth")))
        .isEqualTo(byIp("master br0 type veth"))
        .containsExactly("v0", "w0");
    assertThat(names(new LinkFilter(0, ""))).isEqualTo(byIp(""));
  }

  @Test
  void aKindThatTheKernelLacksIsNoLinkAndNotAll() {
    assertThat(names(LinkFilter.ofKind("nosuchkind"))).isEmpty();
    assertThat(names(LinkFilter.ofKind("k".repeat(55)))).isEmpty();
  }

  @Test
  void theKernelSendsNoOthers() {
    assertThat(sent("")).isEqualTo(byIp("").size());
    LinkFilter ports = LinkFilter.portsOf(node.link("br0").index());
    assertThat(sent(ports)).isEqualTo(3);
    assertThat(sent(LinkFilter.ofKind("macvlan"))).isEqualTo(1);
  }

  private int sent(String kind) {
    return sent(new LinkFilter(0, kind));
  }

  /** How many links the kernel answers with. */
  private int sent(LinkFilter filter) {
    NetlinkSocket socket = node.netns.call(() -> NetlinkSocket.open(NetlinkSocket.TIMEOUT));
    try {
      return socket.dump(filter.request(), LinkParser::parse).size();
    } finally {
      socket.close();
    }
  }

  @Test
  void aFilterSaysWhatItLists() {
    assertThat(new LinkFilter(7, "veth").request()).hasToString("list links master 7 type veth");
    assertThat(new LinkFilter(0, "").request()).hasToString("list links");
  }

  @ParameterizedTest
  @ValueSource(strings = {"two words", "ünï", "tab\t"})
  void whatIsNoKindIsRefusedHere(String kind) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkFilter.ofKind(kind))
        .withMessageContaining("such as veth");
  }

  @Test
  void aFilterForNothingIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> LinkFilter.ofKind(""));
    assertThatIllegalArgumentException().isThrownBy(() -> LinkFilter.ofKind("k".repeat(56)));
    assertThatIllegalArgumentException().isThrownBy(() -> LinkFilter.portsOf(0));
    assertThatIllegalArgumentException().isThrownBy(() -> LinkFilter.portsOf(-1));
  }
}
