package io.netattach.cli;

import static io.netattach.cli.Manifests.withContainer;
import static io.netattach.cli.Manifests.withHost;
import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What this node does not have, does not allow, or has given to others. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class BadNodeTest {

  private @TempDir Path folder = Path.of("");

  @AfterEach
  void clear() {
    Node.clear();
  }

  @Test
  void aBridgeThatDoesNotExistIsTold() {
    refused(withHost("{bridge: {name: br0}}"), "InvalidSpec: host.bridge.name: \"br0\"", "make it");
  }

  @Test
  void aLinkThatIsNoBridgeIsTold() {
    Shell.run("ip link add v0 type veth peer name v1");

    refused(withHost("{bridge: {name: v0}}"), "InvalidSpec: host.bridge.name: \"v0\"", "write");
    refused(withHost("{bridge: {name: lo}}"), "InvalidSpec: host.bridge.name: \"lo\"", "write");
  }

  @Test
  void aVlanOnABridgeThatDoesNotFilterThemIsTold() {
    Shell.run("ip link add br0 type bridge");

    refused(
        withHost("{bridge: {name: br0, vlan: 10}}"), "InvalidSpec: host.bridge.vlan: ", "leave it");
  }

  @Test
  void anMtuThatWouldChangeABridgeIsTold() {
    Shell.run("ip link add br0 type bridge");

    refused(
        Manifests.of(
            "link",
            "{netns: {name: blue, create: true}}",
            "{interface: net1, mtu: 1400}",
            "{bridge: {name: br0}}"),
        "Refused: container.mtu: 1400",
        "1500; write that, or leave it out");
  }

  @Test
  void aHostInterfaceThatIsTakenIsToldWithByWhat() {
    Shell.run("ip link add veth-db type bridge; ip link set veth-db alias 'of somebody'");

    refused(
        withHost("{interface: veth-db}"),
        "Conflict: host.interface: \"veth-db\" is taken by link",
        "(bridge) with alias \"of somebody\"; write another name, or remove that link");
  }

  @Test
  void aHostInterfaceThatIsTakenByAnotherAttachmentIsTold() {
    Shell.run(
        """
        ip netns add blue
        ip link add veth-db type veth peer name net1 netns blue
        ip link property add dev veth-db altname netattach-of-another
        """);

    refused(withHost("{interface: veth-db}"), "Conflict: host.interface: \"veth-db\"", "write");
  }

  @Test
  void aContainerInterfaceThatIsTakenIsTold() {
    Shell.run("ip netns add blue; ip -n blue link add net1 type bridge");

    refused(withContainer("{interface: net1}"), "Conflict: container.interface: \"net1\"", "write");
  }

  @Test
  void aNamespaceThatDoesNotExistAndIsNotToBeMadeIsTold() {
    refused(
        Manifests.of("link", "{netns: {name: blue}}", "{interface: net1}", "{}"),
        "TargetNotFound: namespace blue does not exist",
        "write target.netns.create: true");
  }

  @Test
  void whatIsNoNamespaceInItsFolderIsTold() {
    Shell.run("mkdir -p /run/netns; touch /run/netns/blue");
    refused(withHost("{}"), "Conflict: /run/netns/blue", "remove it");

    Shell.run("rm /run/netns/blue; mkdir /run/netns/blue");
    refused(withHost("{}"), "Conflict: /run/netns/blue", "remove it");

    Shell.run("rmdir /run/netns/blue; ln -s /proc/1/ns/net /run/netns/blue");
    refused(withHost("{}"), "Refused: /run/netns/blue is a symbolic link", "name the namespace");

    Shell.run("rm /run/netns/blue; mkfifo /run/netns/blue");
    refused(withHost("{}"), "Conflict: /run/netns/blue", "remove it");

    Shell.run(
        "rm /run/netns/blue; python3 -c 'import socket;"
            + " socket.socket(socket.AF_UNIX).bind(\"/run/netns/blue\")'");
    refused(withHost("{}"), "Conflict: /run/netns/blue", "remove it");
  }

  @Test
  void theNodesOwnNamespaceIsNoTarget() {
    Shell.run(
        """
        mkdir -p /run/netns
        touch /run/netns/blue
        mount --bind /proc/self/ns/net /run/netns/blue
        """);

    refused(withHost("{}"), "Refused: namespace blue is the node's own", "attach to another one");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "routes: [{to: 0.0.0.0/0}]|host.routes[0].to: a default route|write the networks",
        "routes: [{to: \"::/0\"}]|host.routes[0].to: a default route|write the networks",
        "routes: [{to: 0.0.0.0/1}]|host.routes[0].to: 0.0.0.0/1|--allow-host-network 0.0.0.0/1",
        "addresses: [8.8.8.8/24]|host.addresses[0]: 8.8.8.8/24|--allow-host-network 8.8.8.0/24",
        "addresses: [\"2001:db8::1/64\"]|host.addresses[0]|--allow-host-network 2001:db8::/64",
        "addresses: [169.254.169.254/32]|host.addresses[0]|metadata",
        "addresses: [10.0.0.1/7]|host.addresses[0]|not in a private network",
        "routes: [{to: 8.8.8.8/32}]|host.routes[0].to|--allow-host-network 8.8.8.8/32",
        "interface: cali1|host.interface: \"cali1\" begins with \"cali\"|write another name",
        "interface: docker0|host.interface: \"docker0\"|write another name",
        "interface: cni0|host.interface: \"cni0\"|write another name",
      })
  void whatTheNodeDoesNotAllowIsTold(String written, String about, String says) {
    refused(withHost("{%s}".formatted(written)), "Refused: " + about, says);
  }

  @Test
  void aDefaultRouteIsNeverAllowed() {
    refused(
        withHost("{routes: [{to: 0.0.0.0/0}]}"),
        "Refused: host.routes[0].to",
        "write",
        "--allow-host-network",
        "0.0.0.0/0");
  }

  @Test
  void aNetworkThatTheNodeHasAlreadyIsTold() {
    Shell.run(
        """
        ip link add br0 type bridge
        sysctl -qw net.ipv6.conf.br0.disable_ipv6=1
        ip link set br0 up
        ip address add 10.0.0.1/16 dev br0
        """);

    refused(
        withHost("{addresses: [10.0.7.1/24]}"),
        "Refused: host.addresses[0]: 10.0.7.0/24 overlaps route",
        "--allow-host-network 10.0.7.0/24");
  }

  @Test
  void whatIsReservedOrNotAllowedByOptionsIsTold() {
    Shell.run("ip link add br0 type bridge");

    refused(
        withHost("{addresses: [10.96.0.1/24]}"),
        "Refused: host.addresses[0]: 10.96.0.1/24 overlaps 10.96.0.0/12, which is reserved",
        "allow it with",
        "--reserve-network",
        "10.96.0.0/12");
    refused(
        withHost("{bridge: {name: br0, vlan: 11}}"),
        "Refused: host.bridge: VLAN 11 of bridge br0 is not allowed on this node, only 10,20-29",
        "--allow-bridge br0:11",
        "--allow-bridge",
        "br0:10,20-29");
    refused(
        withHost("{bridge: {name: br0}}"),
        "Refused: host.bridge: bridge br0 is not allowed",
        "--allow-bridge br0",
        "--allow-bridge",
        "br1");
  }

  @Test
  void whatIsRefusedIsAllowedByTheOptionThatItNames() {
    String named = withHost("{interface: cali1}");
    refused(named, "Refused: host.interface: \"cali1\"", "--allow-name cali");
    refused(
        withHost("{interface: ens7}"),
        "Refused: host.interface: \"ens7\" begins with \"ens\", which is reserved on this node",
        "--allow-name ens",
        "--reserve-name",
        "ens");
    String set =
        withContainer("{interface: net1, sysctls: {net.ipv4.conf.IFNAME.route_localnet: \"1\"}}");
    String setting = "net.ipv4.conf.IFNAME.route_localnet";
    refused(
        set,
        "Refused: container.sysctls[\"" + setting + "\"]",
        "allow it with --allow-sysctl " + setting);

    for (List<String> allowed :
        List.of(List.of(named, "--allow-name", "cali"), List.of(set, "--allow-sysctl", setting))) {
      Invocation attach =
          Invocation.reading(
              allowed.getFirst(), "attach", "-f", "-", allowed.get(1), allowed.get(2));
      assertThat(attach.err()).isEmpty();
      assertThat(Invocation.reading(allowed.getFirst(), "detach", "-f", "-").code()).isZero();
    }
  }

  @Test
  void aRouteThatTheKernelHasAlreadyIsTold() {
    refused(
        withContainer("{interface: net1, addresses: [10.0.0.2/24], routes: [{to: 10.0.0.0/24}]}"),
        "Conflict: add route 10.0.0.0/24",
        "write another metric");
  }

  @Test
  void aSettingThatTheKernelRefusesIsTold() {
    Invocation attach =
        attachWithoutEffect(
            withContainer("{interface: net1, sysctls: {net.ipv6.conf.IFNAME.hop_limit: \"0\"}}"));

    assertThat(attach.err())
        .contains("shop/link: KernelError: set net/ipv6/conf/net1/hop_limit to 0 in blue")
        .contains("Invalid argument")
        .doesNotContain("Exception");
  }

  @Test
  void aFailureOfOneAttachmentConcernsThatOnly() {
    Shell.run("ip link add veth-db type bridge");
    String manifests =
        Manifests.good("first")
            + "---\n"
            + withHost("{interface: veth-db}")
            + "---\n"
            + Manifests.good("last");

    Invocation attach = Invocation.reading(manifests, "attach", "-f", "-");

    assertThat(attach.code()).isEqualTo(1);
    assertThat(attach.err().lines()).singleElement().asString().startsWith("shop/link: Conflict: ");
    assertThat(attach.out().lines())
        .anyMatch(line -> line.matches("shop/first .* True +Attached .*"))
        .anyMatch(line -> line.matches("shop/link .* False +Conflict .*"))
        .anyMatch(line -> line.matches("shop/last .* True +Attached .*"));
    assertThat(Node.hasNetns("first") && Node.hasNetns("last")).isTrue();
    assertThat(Node.hasNetns("blue")).isFalse();
  }

  @Test
  void aNamespaceWhoseNameTheLocaleCannotWriteIsToldAndNoCrash() {
    String manifest =
        Manifests.of("link", "{netns: {name: é, create: true}}", "{interface: net1}", "{}");
    Manifests.write(folder, "link.yaml", manifest);
    NodeState before = NodeState.now();
    try (Child child =
        Child.start(List.of(), Map.of("LC_ALL", "C"), "attach", "-f", folder.toString())) {
      assertThat(child.exitCode()).isEqualTo(1);
      assertThat(child.err()).singleElement().asString().contains("set LC_ALL=C.UTF-8");
    }
    assertThat(NodeState.now()).isEqualTo(before);
  }

  private static void refused(String manifest, String about, String says, String... options) {
    Invocation attach = attachWithoutEffect(manifest, options);
    assertThat(attach.err().lines())
        .singleElement()
        .asString()
        .startsWith("shop/link: " + about)
        .contains(says)
        .satisfies(Sentences::assertGood);
  }

  private static Invocation attachWithoutEffect(String manifest, String... options) {
    NodeState before = NodeState.now();
    Invocation attach = Invocation.reading(manifest, arguments("attach", options));
    assertThat(NodeState.now()).isEqualTo(before);
    assertThat(attach.code()).isEqualTo(1);
    assertThat(attach.out()).doesNotContain("True", "Attached");
    return attach;
  }

  private static String[] arguments(String command, String... options) {
    String[] all = new String[3 + options.length];
    all[0] = command;
    all[1] = "-f";
    all[2] = "-";
    System.arraycopy(options, 0, all, 3, options.length);
    return all;
  }
}
