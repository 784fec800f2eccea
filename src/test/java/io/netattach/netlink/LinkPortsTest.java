package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.NoLeftovers;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings of bridge ports, beside {@code bridge -d link}. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class LinkPortsTest {
  private Node node;
  private Rtnetlink kernel;
  private int port;

  @BeforeEach
  void makeAPort() {
    node = new Node();
    kernel = node.kernel;
    int bridge = node.bridge("br0");
    port = node.veth("v0", "v1");
    kernel.execute(LinkRequest.set(port).master(bridge));
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private Link.Port byBridge() {
    JsonNode port = node.ip.bridgeJson("link show dev v0").get(0);
    return new Link.Port(
        port.path("hairpin").asBoolean(),
        port.path("isolated").asBoolean(),
        port.path("learning").asBoolean(),
        port.path("guard").asBoolean());
  }

  /** As both see it. */
  private Link.Port now() {
    Link.Port port = Optional.ofNullable(node.link("v0").port()).orElseThrow();
    assertThat(port).isEqualTo(byBridge());
    return port;
  }

  @Test
  void aNewPortLearns() {
    assertThat(now()).isEqualTo(Link.Port.DEFAULT);
    assertThat(node.link("br0").port()).isNull();
    assertThat(node.link("v1").port()).isNull();
  }

  @Test
  void settingsAreMadeOneByOne() {
    kernel.execute(LinkRequest.set(port).hairpin(true));
    assertThat(now()).isEqualTo(new Link.Port(true, false, true, false));
    kernel.execute(LinkRequest.set(port).isolated(true));
    kernel.execute(LinkRequest.set(port).hairpin(false));
    assertThat(now()).isEqualTo(new Link.Port(false, true, true, false));
    kernel.execute(LinkRequest.set(port).learning(false));
    assertThat(now()).isEqualTo(new Link.Port(false, true, false, false));
    kernel.execute(LinkRequest.set(port).guard(true));
    assertThat(now()).isEqualTo(new Link.Port(false, true, false, true));
  }

  @Test
  void settingsAreMadeTogether() {
    kernel.execute(LinkRequest.set(port).hairpin(true).isolated(true).learning(false).guard(true));
    assertThat(now()).isEqualTo(new Link.Port(true, true, false, true));
    kernel.execute(
        LinkRequest.set(port).hairpin(false).isolated(false).learning(true).guard(false));
    assertThat(now()).isEqualTo(Link.Port.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hairpin", "isolated", "learning", "guard"})
  void whatBridgeSetsIsRead(String setting) {
    for (String value : new String[] {"on", "off"}) {
      node.ip.bridge("link set dev v0 " + setting + " " + value);
      assertThat(now()).asString().contains(setting + "=" + value.equals("on"));
    }
  }
}
