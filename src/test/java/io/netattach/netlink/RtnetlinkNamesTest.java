package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is asked for by the name of a link. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkNamesTest {
  private static final InterfaceName V0 = new InterfaceName("v0");
  private static final InterfaceName NONE = new InterfaceName("none");

  private Node node;

  @BeforeEach
  void makeANodeWithAPair() {
    node = new Node();
    node.vethUp("v0", "v1");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  @Test
  void theMacOfALinkIsAsIpSaysIt() {
    node.ip.ip("link set v0 address 02:00:5e:00:00:07");
    assertThat(node.kernel.mac(V0)).contains(MacAddress.of("02:00:5e:00:00:07"));
    assertThat(node.kernel.mac(NONE)).isEmpty();
    node.ip.ip("tuntap add dev t0 mode tun");
    assertThat(node.kernel.mac(new InterfaceName("t0"))).as("a link without Ethernet").isEmpty();
  }

  @Test
  void aLinkIsDeletedByName() {
    assertThat(node.kernel.delete(V0)).isTrue();
    assertThat(node.ip.hasLink("v0")).isFalse();
    assertThat(node.ip.hasLink("v1")).as("the other end").isFalse();
    assertThat(node.kernel.delete(V0)).as("gone already").isFalse();
  }

  @Test
  void aLinkIsDeletedByAnAlternativeName() {
    node.ip.ip("link property add dev v0 altname another");
    assertThat(node.kernel.delete(new InterfaceName("another"))).isTrue();
    assertThat(node.ip.hasLink("v0")).isFalse();
  }

  @Test
  void aDeletedLinkTellsTheAddressesThatItHad() {
    node.ip.ip("address add fd00:10::2/64 dev v0 nodad");
    node.ip.ip("address add 10.10.0.2/24 dev v0");
    node.ip.ip("address add 10.10.1.1/24 dev v1");
    assertThat(node.kernel.deleteWithAddresses(V0).orElseThrow())
        .extracting(address -> address.local().toString())
        .containsExactly("10.10.0.2/24", "fd00:10::2/64");
    assertThat(node.ip.hasLink("v0")).isFalse();
    assertThat(node.kernel.deleteWithAddresses(V0)).as("gone already").isEmpty();
  }

  @Test
  void aDeletedLinkWithoutAddressesTellsNone() {
    assertThat(node.kernel.deleteWithAddresses(V0).orElseThrow()).isEmpty();
  }
}
