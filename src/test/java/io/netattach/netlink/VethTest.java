package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class VethTest {
  private static final InterfaceName HOST = new InterfaceName("host0");
  private static final InterfaceName NET1 = new InterfaceName("net1");

  private Node node;
  private Rtnetlink kernel;
  private Netns pod;

  @BeforeEach
  void makeANodeAndAPod() {
    node = new Node();
    kernel = node.kernel;
    pod = Netns.create();
  }

  @AfterEach
  void closeThem() {
    pod.close();
    node.close();
  }

  @Test
  void aPairHasBothEndsInTheirNamespacesAtOnce() {
    kernel.execute(
        new Veth(
                new Veth.End(1_000_001, HOST, MacAddress.of("02:00:5e:00:00:01"), 1450, null),
                new Veth.End(1_000_002, NET1, MacAddress.of("02:00:5e:00:00:02"), 1400, pod))
            .request());
    assertEnd(node.ip, "host0", 1_000_001, "02:00:5e:00:00:01", 1450, 1_000_002);
    assertEnd(Ip.in(pod), "net1", 1_000_002, "02:00:5e:00:00:02", 1400, 1_000_001);
    assertThat(node.ip.hasLink("net1")).isFalse();
    assertThat(Ip.in(pod).hasLink("host0")).isFalse();
  }

  private static void assertEnd(Ip ip, String name, int index, String mac, int mtu, int peer) {
    JsonNode link = ip.link(name);
    assertThat(link.path("ifindex").asInt()).isEqualTo(index);
    assertThat(link.path("address").asText()).isEqualTo(mac);
    assertThat(link.path("mtu").asInt()).isEqualTo(mtu);
    assertThat(link.path("link_index").asInt()).isEqualTo(peer);
    assertThat(link.at("/linkinfo/info_kind").asText()).isEqualTo("veth");
    assertThat(link.path("flags").toString()).doesNotContain("\"UP\"");
  }

  @Test
  void whatIsNotSaidTheKernelChooses() {
    kernel.execute(new Veth(Veth.End.of(HOST), Veth.End.of(NET1)).request());
    Link end = node.link("host0");
    Link peer = node.link("net1");
    assertThat(end.peer()).isEqualTo(peer.index());
    assertThat(peer.peer()).isEqualTo(end.index());
    assertThat(end.mtu()).isEqualTo(1500);
    assertThat(end.mac()).isNotNull().isNotEqualTo(peer.mac());
    assertThat(end.peerNsid()).isEqualTo(-1);
  }

  @Test
  void bothEndsMayBeElsewhere() {
    try (Netns other = Netns.create()) {
      kernel.execute(new Veth(Node.end("end", pod), Node.end("end", other)).request());
      assertThat(Ip.in(pod).hasLink("end")).isTrue();
      assertThat(Ip.in(other).hasLink("end")).isTrue();
      assertThat(kernel.links()).hasSize(1);
    }
  }

  @Test
  void theEndsAreConnected() {
    kernel.execute(new Veth(Node.end("host0", null), Node.end("net1", pod)).request());
    kernel.execute(LinkRequest.set(node.link("host0").index()).up());
    try (Rtnetlink inside = Rtnetlink.open(pod)) {
      inside.execute(LinkRequest.set(inside.link(NET1).orElseThrow().index()).up());
    }
    await().atMost(Heard.PATIENCE).until(() -> node.link("host0").operState() == Link.OperState.UP);
  }

  @Test
  void aTakenNameAtEitherEndMakesNoPair() {
    node.bridge("host0");
    Ip.in(pod).ip("link add net1 type bridge");
    for (Veth veth :
        List.of(
            new Veth(Node.end("host0", null), Node.end("free", pod)),
            new Veth(Node.end("free", null), Node.end("net1", pod)))) {
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> kernel.execute(veth.request()))
          .withMessageStartingWith("add veth " + veth.end().name())
          .withMessageContaining("EEXIST (File exists)")
          .matches(e -> e.is(Errno.EEXIST));
    }
    assertThat(node.link("host0").kind()).isEqualTo("bridge");
    assertThat(Ip.in(pod).link("net1").at("/linkinfo/info_kind").asText()).isEqualTo("bridge");
    assertThat(node.ip.hasLink("free")).isFalse();
    assertThat(Ip.in(pod).hasLink("free")).isFalse();
  }

  @Test
  void aTakenIndexMakesNoPair() {
    node.ip.ip("link add taken index 77 type bridge");
    Veth veth = new Veth(new Veth.End(77, HOST, null, 0, null), Node.end("net1", pod));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(veth.request()));
    assertThat(node.ip.hasLink("host0")).isFalse();
    assertThat(node.link("taken").kind()).isEqualTo("bridge");
    assertThat(Ip.in(pod).hasLink("net1")).isFalse();
  }

  /** The requests behind a failed create are carried out all the same: they must hit nothing. */
  @Test
  void whatFollowsAFailedCreateInABatchTouchesNoForeignLink() {
    node.ip.ip("link add host0 mtu 1400 type veth peer name other");
    node.ip.ip("link set host0 alias somebody's");
    Link foreign = node.link("host0");
    int index = Veth.freshIndex();
    var results =
        kernel.executeAll(
            List.of(
                new Veth(
                        new Veth.End(index, HOST, MacAddress.of("02:00:5e:00:00:01"), 1450, null),
                        Node.end("net1", pod))
                    .request(),
                LinkRequest.addAltname(index, "netattach-uid"),
                LinkRequest.set(index).alias("ours"),
                LinkRequest.set(index).up()));
    assertThat(results).hasSize(4).doesNotContainNull();
    assertThat(results.getFirst()).matches(e -> e.is(Errno.EEXIST));
    assertThat(results.subList(1, 4)).allMatch(e -> e.is(Errno.ENODEV));
    assertThat(node.link("host0")).isEqualTo(foreign);
    assertThat(node.ip.link("host0").path("ifalias").asText()).isEqualTo("somebody's");
    assertThat(node.ip.link("host0").has("altnames")).isFalse();
    assertThat(kernel.linkByAltname("netattach-uid")).isEmpty();
    assertThat(Ip.in(pod).hasLink("net1")).isFalse();
  }

  @Test
  void createMarkAndSetUpGoInOneBatch() {
    int index = Veth.freshIndex();
    var results =
        kernel.executeAll(
            List.of(
                new Veth(new Veth.End(index, HOST, null, 0, null), Node.end("net1", pod)).request(),
                LinkRequest.addAltname(index, "netattach-uid"),
                LinkRequest.set(index).alias("ours"),
                LinkRequest.set(index).up()));
    assertThat(results).hasSize(4).containsOnlyNulls();
    JsonNode link = node.ip.link("netattach-uid");
    assertThat(link.path("ifname").asText()).isEqualTo("host0");
    assertThat(link.path("ifalias").asText()).isEqualTo("ours");
    assertThat(link.path("flags").toString()).contains("\"UP\"");
  }

  @Test
  void aClosedNamespaceIsToldBeforeAnythingIsSent() {
    Netns closed = Netns.create();
    closed.close();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() ->
            kernel.execute(new Veth(Node.end("host0", null), Node.end("net1", closed)).request()))
        .withMessageEndingWith("it is closed");
    assertThat(node.ip.hasLink("host0")).isFalse();
    assertThat(kernel.link(1)).as("the connection still works").isPresent();
  }

  @Test
  void freshIndexesAreNeverTheSame() {
    List<Integer> indexes =
        IntStream.range(0, 10_000).parallel().map(i -> Veth.freshIndex()).boxed().toList();
    assertThat(indexes).doesNotHaveDuplicates().allMatch(index -> index >= 1 << 24);
  }

  @Test
  void negativeNumbersAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Veth.End(-1, HOST, null, 0, null));
    assertThatIllegalArgumentException().isThrownBy(() -> new Veth.End(0, HOST, null, -1, null));
  }
}
