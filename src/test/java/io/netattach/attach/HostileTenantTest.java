package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netattach.NoLeftovers;
import io.netattach.netlink.IpPrefix;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What who may write attachments can do to a node, beside what {@link RefusalTest} tries;
 * docs/security.md refers to it.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class HostileTenantTest {
  private static final Attachments PLAIN = attachment("a");
  private static final Ownership OURS = new Ownership(TestNode.OWNER, false);

  private TestNode node;

  @BeforeEach
  void aNodeWithADefaultRoute() {
    node = new TestNode();
    node.shell(
        """
        ip link add uplink type veth peer name router
        ip link set uplink up
        ip link set router up
        ip address add 192.168.7.2/24 dev uplink
        ip route add default via 192.168.7.1
        """);
  }

  @AfterEach
  void away() {
    node.close();
  }

  /** The node cannot tell it from one that nobody has: the administrator must. */
  @ParameterizedTest
  @ValueSource(strings = {"10.200.0.0/16", "172.31.255.0/24", "192.168.8.1/32"})
  void aPrivateNetworkBehindTheDefaultRouteIsTakenUnlessItIsReserved(String network) {
    IpPrefix reserved = IpPrefix.of(network);
    try (Attacher careful =
        node.attacher(new NodePolicy(null, List.of(), List.of(reserved), false), OURS)) {
      AttachException refusal =
          catchThrowableOfType(
              AttachException.class, () -> careful.attach(PLAIN.hostRoutes(route(network)).get()));
      assertThat(refusal.reason()).isEqualTo(Reason.REFUSED);
      assertThat(refusal).hasMessageContaining("which is reserved on this node");
    }

    node.attach(PLAIN.hostRoutes(route(network)));

    assertThat(node.ip("route get " + reserved.address())).contains("dev " + PLAIN.host());
  }

  /** What is allowed goes before what is reserved, so a list of what may be had can be made. */
  @Test
  void whereAllIsReservedOnlyWhatIsAllowedIsTaken() {
    NodePolicy list =
        new NodePolicy(
            null,
            List.of(IpPrefix.of("10.10.0.0/16")),
            List.of(IpPrefix.of("0.0.0.0/0"), IpPrefix.of("::/0")),
            false);
    try (Attacher attacher = node.attacher(list, OURS)) {
      for (Attachments refused :
          List.of(
              PLAIN.hostAddresses("10.11.0.1/24"),
              PLAIN.hostAddresses("fd00::1/64"),
              PLAIN.hostRoutes(route("10.0.0.0/8")))) {
        AttachException refusal =
            catchThrowableOfType(AttachException.class, () -> attacher.attach(refused.get()));
        assertThat(refusal.reason()).isEqualTo(Reason.REFUSED);
      }
      attacher.attach(PLAIN.hostAddresses("10.10.0.1/24").get());
    }
  }

  @Test
  void aNameThatNobodyHasAndNobodyReservedIsTaken() {
    node.attach(PLAIN.hostName("bond0"));

    node.ip("-n blue link show dev net1");
    assertThat(node.hasLink("bond0")).isTrue();
  }

  /** Without limits of namespaces, one that somebody made by hand is everybody's. */
  @Test
  void aNamedNamespaceThatNobodyMadeForAttachmentsIsEverybodys() {
    node.ip("netns add vpn");

    node.attach(PLAIN.into("vpn"));
    node.attach(attachment("b").of("bank", "b").into("vpn").as("net2"));
  }
}
