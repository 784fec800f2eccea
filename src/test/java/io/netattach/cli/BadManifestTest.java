package io.netattach.cli;

import static io.netattach.cli.Manifests.withContainer;
import static io.netattach.cli.Manifests.withHost;
import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What no node could make: each mistake is told in one line that names the field, says what is
 * wrong and what to write, whatever the command is, and the node stays as it is.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class BadManifestTest {
  private static @Nullable NodeState before;

  @BeforeAll
  static void lookAtTheNode() {
    before = NodeState.now();
  }

  @AfterAll
  static void nothingOnTheNodeHasChanged() {
    assertThat(NodeState.now()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\"",
        "lo",
        "all",
        "default",
        "\".\"",
        "\"..\"",
        "net/1",
        "\"net:1\"",
        "\"net1:\"",
        "net 1",
        "\" net1\"",
        "\"net%d\"",
        "\"net\\t1\"",
        "\"net\\n1\"",
        "\"net\\e[31m\"",
        "\"net\\x7f\"",
        "\"net\\0\"",
        "\"net\\u00a01\"",
        "\"net\\u20281\"",
        "\"net\\ud800\"",
        "à",
        "sixteen-bytes-xx",
        "éééééééé",
        "网络接口网络",
        "a-name-of-so-many-bytes-that-it-would-not-fit-on-one-line-of-a-terminal-and-then-some-more",
      })
  void aNameThatNoInterfaceCanHaveIsRefusedAtBothEndsAndForABridge(String name) {
    refused(withContainer("{interface: %s}".formatted(name)), "spec.container.interface", "write");
    refused(withHost("{interface: %s}".formatted(name)), "spec.host.interface", "write");
    if (!name.equals("lo")) {
      refused(withHost("{bridge: {name: %s}}".formatted(name)), "spec.host.bridge.name", "write");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // MAC addresses
        "mac: \"01:00:5e:00:00:01\"|mac|multicast",
        "mac: \"ff:ff:ff:ff:ff:ff\"|mac|multicast",
        "mac: \"33:33:00:00:00:01\"|mac|multicast",
        "mac: \"00:00:00:00:00:00\"|mac|is no address",
        "mac: \"02:00:5e:00:01\"|mac|six pairs",
        "mac: \"02:00:5e:00:00:00:01\"|mac|six pairs",
        "mac: 02-00-5e-00-00-01|mac|six pairs",
        "mac: 02005e000001x|mac|six pairs",
        "mac: 0200.5e00.0001|mac|six pairs",
        "mac: \"02:00:5e:00:00:0g\"|mac|six pairs",
        "mac: \"2:0:5e:0:0:1\"|mac|six pairs",
        "mac: junk|mac|six pairs",
        "mac: \"\"|mac|six pairs",
        "mac: \" 02:00:5e:00:00:01\"|mac|six pairs",
        "mac: \"02:00:5e:00:00:01\\n\"|mac|six pairs",
        // MTUs
        "mtu: 67|mtu|68 to 65535",
        "mtu: 70000|mtu|68 to 65535",
        "mtu: 65536|mtu|68 to 65535",
        "mtu: 0|mtu|68 to 65535",
        "mtu: -1|mtu|68 to 65535",
        "mtu: 1e3|mtu|68 to 65535",
        "mtu: 0x5dc|mtu|68 to 65535",
        "mtu: 1500.0|mtu|68 to 65535",
        "mtu: \"1500\"|mtu|write it without: 1500",
        "mtu: 99999999999999999999|mtu|68 to 65535",
        "mtu: 1000, addresses: [\"fd00::5/64\"]|mtu|1280",
        "mtu: 1279, routes: [{to: \"fd01::/64\"}]|mtu|1280",
        // addresses
        "addresses: [10.0.0.300/24]|addresses[0]|not an IP address",
        "addresses: [10.0.0.1]|addresses[0]|has no prefix length",
        "addresses: [\"fd00::5\"]|addresses[0]|has no prefix length",
        "addresses: [10.0.0.1/]|addresses[0]|prefix length",
        "addresses: [10.0.0.1/33]|addresses[0]|write 0 to 32",
        "addresses: [\"fd00::5/129\"]|addresses[0]|write 0 to 128",
        "addresses: [10.0.0.1/-1]|addresses[0]|write 0 to 32",
        "addresses: [10.0.0.1/024]|addresses[0]|write 0 to 32",
        "addresses: [10.0.0.1/24/24]|addresses[0]|write 0 to 32",
        "addresses: [10.0.0.1/255.255.255.0]|addresses[0]|write 0 to 32",
        "addresses: [10.0.0.1/0]|addresses[0]|such as 10.0.0.1/24",
        "addresses: [\"fd00::5/0\"]|addresses[0]|such as fd00::5/64",
        "addresses: [/24]|addresses[0]|not an IP address",
        "addresses: [\"\"]|addresses[0]|not an IP address",
        "addresses: [010.0.0.1/24]|addresses[0]|not an IP address",
        "addresses: [10.0.0.01/24]|addresses[0]|not an IP address",
        "addresses: [10.1/24]|addresses[0]|not an IP address",
        "addresses: [0x0a.0.0.1/24]|addresses[0]|not an IP address",
        "addresses: [167772161/24]|addresses[0]|not an IP address",
        "addresses: [10.0.0.1-5/24]|addresses[0]|not an IP address",
        "addresses: [\"10.0.0.*/24\"]|addresses[0]|not an IP address",
        "addresses: [\"fd00::5::1/64\"]|addresses[0]|not an IP address",
        "addresses: [\"fe80::1%net1/64\"]|addresses[0]|not an IP address",
        "addresses: [\"[fd00::5]/64\"]|addresses[0]|not an IP address",
        "addresses: [localhost/24]|addresses[0]|not an IP address",
        "addresses: [\"10.0.0.1 /24\"]|addresses[0]|not an IP address",
        "addresses: [\"10.0.0.1/24\\n\"]|addresses[0]|prefix length",
        "addresses: [\"::ffff:10.0.0.1/120\"]|addresses[0]|write it as IPv4",
        "addresses: [10.0.0.0/24]|addresses[0]|such as 10.0.0.2/24",
        "addresses: [\"fd00::/64\"]|addresses[0]|such as fd00::2/64",
        "addresses: [10.0.0.255/24]|addresses[0]|broadcast",
        "addresses: [255.255.255.255/32]|addresses[0]|broadcast",
        "addresses: [224.0.0.1/24]|addresses[0]|multicast",
        "addresses: [\"ff02::1/64\"]|addresses[0]|multicast",
        "addresses: [127.0.0.2/8]|addresses[0]|loopback",
        "addresses: [\"::1/128\"]|addresses[0]|loopback",
        "addresses: [0.0.0.0/32]|addresses[0]|unspecified",
        "addresses: [\"::/128\"]|addresses[0]|unspecified",
        "addresses: [0.1.2.3/8]|addresses[0]|this network",
        "addresses: [10.0.0.1/24, 10.0.0.1/24]|addresses[1]|container.addresses[0]",
        "addresses: [10.0.0.1/24, 10.0.0.1/25]|addresses[1]|container.addresses[0]",
        "addresses: [\"fd00::5/64\", \"fd00:0::5/64\"]|addresses[1]|container.addresses[0]",
        "addresses: [\"fd00::a/64\", \"FD00:0:0:0:0:0:0:000A/64\"]|addresses[1]|container.addresses[0]",
        // routes
        "routes: [{to: 0.0.0.0/0, via: 10.0.0.1}]|routes[0].via|not within the network",
        "addresses: [10.0.1.2/24], routes: [{to: 0.0.0.0/0, via: 10.0.0.1}]|routes[0].via|onLink: true",
        "addresses: [10.0.0.2/24], routes: [{to: \"::/0\", via: 10.0.0.1}]|routes[0].via|write an IPv6 gateway",
        "addresses: [\"fd00::2/64\"], routes: [{to: 10.9.0.0/16, via: \"fd00::1\"}]|routes[0].via|write an IPv4 gateway",
        "addresses: [10.0.0.2/24], routes: [{to: 10.9.0.0/16, via: 10.0.0.2}]|routes[0].via|next hop",
        "addresses: [10.0.0.2/24], routes: [{to: 10.9.0.0/16, via: 10.0.0.1/24}]|routes[0].via|not an IP address",
        "addresses: [10.0.0.2/24], routes: [{to: 10.9.0.0/16, via: 0.0.0.0}]|routes[0].via|not the address of a gateway",
        "addresses: [10.0.0.2/24], routes: [{to: 10.9.0.0/16, via: 224.0.0.1, onLink: true}]|routes[0].via|not the address of a gateway",
        "addresses: [10.0.0.2/24], routes: [{to: 10.9.0.0/16, via: \"\"}]|routes[0].via|not an IP address",
        "routes: [{to: 10.9.0.1/16}]|routes[0].to|write the network, 10.9.0.0/16",
        "routes: [{to: \"fd00::1/64\"}]|routes[0].to|write the network, fd00::/64",
        "routes: [{to: 10.9.0.0}]|routes[0].to|prefix length",
        "routes: [{to: default}]|routes[0].to|0.0.0.0/0",
        "routes: [{to: 127.0.0.0/8}]|routes[0].to|loopback",
        "routes: [{to: \"::ffff:0:0/96\"}]|routes[0].to|write it as IPv4",
        "routes: [{to: 10.9.0.0/16}, {to: 10.9.0.0/16}]|routes[1]|write another metric",
        "routes: [{to: 10.9.0.0/16, metric: 0}, {to: 10.9.0.0/16}]|routes[1]|write another metric",
        "routes: [{to: \"fd01::/64\"}, {to: \"fd01:0::/64\", metric: 1024}]|routes[1]|write another metric",
        "routes: [{to: 10.9.0.0/16, onLink: true}]|routes[0].onLink|write via",
        "routes: [{to: 10.9.0.0/16, metric: -1}]|routes[0].metric|0 to 4294967295",
        "routes: [{to: 10.9.0.0/16, metric: 4294967296}]|routes[0].metric|0 to 4294967295",
        "routes: [{via: 10.0.0.1}]|routes[0].to|is missing",
        // settings
        "sysctls: {net.ipv4.ip_forward: \"1\"}|sysctls|IFNAME",
        "sysctls: {net.ipv4.conf.all.arp_notify: \"1\"}|sysctls|IFNAME",
        "sysctls: {net.ipv4.conf.net1.arp_notify: \"1\"}|sysctls|IFNAME",
        "sysctls: {net/ipv4/conf/IFNAME/arp_notify: \"1\"}|sysctls|IFNAME",
        "sysctls: {net.ipv4.conf.IFNAME/../all.arp_notify: \"1\"}|sysctls|IFNAME",
        "sysctls: {net.ipv4.conf.IFNAME.../../ip_forward: \"1\"}|sysctls|IFNAME",
        "sysctls: {\"net.ipv4.conf.IFNAME.arp_notify\\n\": \"1\"}|sysctls|IFNAME",
        "sysctls: {kernel.core_pattern: \"1\"}|sysctls|IFNAME",
        "sysctls: {\"\": \"1\"}|sysctls|IFNAME",
        "sysctls: {net.ipv6.conf.IFNAME.disable_ipv6: \"1\"}|sysctls|cannot be set",
        "sysctls: {net.ipv4.conf.IFNAME.arp_notify: 1}|sysctls|in quotes",
        "sysctls: {net.ipv4.conf.IFNAME.arp_notify: \"\"}|sysctls|is not a number",
        "sysctls: {net.ipv4.conf.IFNAME.arp_notify: \"1\\n0\"}|sysctls|is not a number",
        "sysctls: {net.ipv4.conf.IFNAME.arp_notify: \"1 \"}|sysctls|is not a number",
        "sysctls: {net.ipv4.conf.IFNAME.arp_notify: \"on\"}|sysctls|is not a number",
        "sysctls: {net.ipv4.conf.IFNAME.arp_notify: \"99999999999\"}|sysctls|is not a number",
        // fields
        "speed: 10|speed|not a known field",
        "Addresses: []|Addresses|did you mean addresses?",
      })
  void aMistakeInTheContainerEndIsTold(String written, String field, String says) {
    String manifest = withContainer("{interface: net1, %s}".formatted(written));
    refused(manifest, "spec.container." + field, says);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mac: \"02:00:5e:00:00:01\"|mac|not a known field",
        "addresses: [10.0.0.300/24]|addresses[0]|not an IP address",
        "addresses: [10.0.0.1/24, 10.0.0.1/24]|addresses[1]|host.addresses[0]",
        "routes: [{to: 10.9.0.0/16, via: 10.0.0.1}]|routes[0].via|not within the network",
        "routes: [{to: 10.9.0.1/16}]|routes[0].to|write the network, 10.9.0.0/16",
        "bridge: {}|bridge.name|is missing",
        "bridge: br0|bridge|name, vlan, hairpin, isolated",
        "bridge: {name: br0, vlan: 0}|bridge.vlan|1 to 4094",
        "bridge: {name: br0, vlan: 4095}|bridge.vlan|1 to 4094",
        "bridge: {name: br0, vlan: -1}|bridge.vlan|1 to 4094",
        "bridge: {name: br0, vlan: 1.5}|bridge.vlan|1 to 4094",
        "bridge: {name: br0, vlan: \"10\"}|bridge.vlan|write it without: 10",
        "bridge: {name: br0, vlans: [10]}|bridge.vlans|did you mean vlan?",
        "bridge: {name: br0, hairpin: on}|bridge.hairpin|write true or false",
      })
  void aMistakeInTheHostEndIsTold(String written, String field, String says) {
    refused(withHost("{%s}".formatted(written)), "spec.host." + field, says);
  }

  @Test
  void anAddressThatBothEndsWouldHaveIsToldWithWhereElseItIs() {
    refused(
        Manifests.of(
            "link",
            "{netns: {name: blue, create: true}}",
            "{interface: net1, addresses: [10.0.0.1/24]}",
            "{addresses: [10.0.0.1/25]}"),
        "spec.host.addresses[0]",
        "the address that container.addresses[0] has; leave one out");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{netns: {name: ../x}}|target.netns.name|without /",
        "{netns: {name: a/b}}|target.netns.name|without /",
        "{netns: {name: /run/netns/blue}}|target.netns.name|without /",
        "{netns: {name: \"\"}}|target.netns.name|is empty",
        "{netns: {name: .}}|target.netns.name|begin with",
        "{netns: {name: ..}}|target.netns.name|begin with",
        "{netns: {name: .hidden}}|target.netns.name|begin with",
        "{netns: {name: \"-x\"}}|target.netns.name|begin with",
        "{netns: {name: a b}}|target.netns.name|white space",
        "{netns: {name: \"a\\nb\"}}|target.netns.name|white space",
        "{netns: {name: \"a\\0b\"}}|target.netns.name|control characters",
        "{netns: {name: \"a\\e[31mb\"}}|target.netns.name|control characters",
        "{netns: {name: 7}}|target.netns.name|in quotes",
        "{netns: {}}|target.netns.name|is missing",
        "{netns: blue}|target.netns|name, create, reclaimPolicy",
        "{netns: {name: blue, create: \"true\"}}|target.netns.create|without quotes",
        "{netns: {name: blue, reclaimPolicy: Keep}}|target.netns.reclaimPolicy|Delete or Retain",
        "{}|target|names no namespace",
        "{pod: {name: db-0}, netns: {name: blue}}|target|leave one of them out",
      })
  void aMistakeInTheTargetIsTold(String target, String field, String says) {
    refused(Manifests.of("link", target, "{interface: net1}", "{}"), "spec." + field, says);
  }

  @Test
  void aNamespaceNameLongerThanAFileNameIsTold() {
    refused(
        Manifests.of(
            "link", "{netns: {name: %s}}".formatted("n".repeat(256)), "{interface: a}", "{}"),
        "spec.target.netns.name",
        "at most 255");
  }

  @Test
  void noTargetNoContainerAndNoSpecAreTold() {
    String good = Manifests.good("link");
    refused(good.replaceAll("(?m)^  target:.*\n", ""), "spec.target", "names no namespace");
    refused(good.replaceAll("(?m)^  container:.*\n", ""), "spec.container", "is missing");
    refused(good.replaceAll("(?s)spec:.*", ""), "spec", "is missing");
    refused(withContainer("{}"), "spec.container.interface", "is missing");
    refused(withContainer("{addresses: []}"), "spec.container.interface", "is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "kind: NetworkAttachment|kind: Pod|kind|write NetworkAttachment",
        "kind: NetworkAttachment|kind: networkattachment|kind|write NetworkAttachment",
        "kind: NetworkAttachment|kind: NetworkAttachments|kind|write NetworkAttachment",
        "v1alpha1|v1|apiVersion|write netattach.io/v1alpha1",
        "name: link, |name: Link_1, |metadata.name|lower-case",
        "name: link, |labels: {}, |metadata.name|write a name",
        "namespace: shop|namespace: Shop/x|metadata.namespace|lower-case",
        "namespace: shop|uid: ../x|metadata.uid|leave it out",
        "spec:|`spec:\n  nodeName: \"\"`|spec.nodeName|write the name of a node",
        "spec:|`spec:\n  nodename: a`|spec.nodename|did you mean nodeName?",
        "spec:|`status: {}\nspec: {}\nspec:`|spec|is there twice",
        "apiVersion:|apiversion:|apiversion|did you mean apiVersion?",
      })
  void aMistakeInTheRestOfTheObjectIsTold(String from, String to, String field, String says) {
    Invocation attach = attach(Manifests.good("link").replace(from, to));

    assertToldOnly(attach);
    assertThat(attach.err().lines()).anyMatch(line -> isAbout(line, field) && line.contains(says));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rubbish: [",
        "just a sentence",
        "- a\n- list",
        "{",
        "a: b: c",
        "\tkind: x",
        "\u0000",
        "<xml/>",
        "%YAML 9.9\n---\n",
        "a: !!object {}",
        "a: &x [*x]",
      })
  void whatIsNotAManifestIsTold(String text) {
    assertToldOnly(attach(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "# nothing but a comment\n", "---\n", "---\n...\n---\n"})
  void anEmptyManifestIsTold(String text) {
    refusedAsAWhole(text, "holds no document; write a NetworkAttachment into it");
  }

  @Test
  void everyMistakeIsToldOnALineOfItsOwn() {
    Invocation attach =
        attach(withContainer("{interface: lo, mtu: 67, addresses: [10.0.0.1], routes: [{to: x}]}"));

    assertToldOnly(attach);
    assertThat(attach.err().lines()).hasSizeGreaterThanOrEqualTo(1);
  }

  @Test
  void oneBadDocumentAmongGoodOnesKeepsAllFromBeingCarriedOut() {
    Invocation attach =
        attach(
            String.join(
                "---\n",
                Manifests.good("first"),
                withContainer("{interface: net1, mtu: 67}"),
                Manifests.good("last")));

    assertToldOnly(attach);
    assertThat(attach.err().lines())
        .singleElement()
        .asString()
        .contains("document 2", "spec.container.mtu");
  }

  @Test
  void theSameObjectTwiceIsTold() {
    refusedAsAWhole(
        Manifests.good("link") + "---\n" + Manifests.good("link"),
        "metadata.name: shop/link is also in standard input: document 1");
  }

  /** Attaches, plans and detaches, which must all end in the same one line. */
  private static void refused(String manifest, String field, String says) {
    Invocation attach = attach(manifest);
    assertToldOnly(attach);
    assertThat(attach.err().lines())
        .singleElement()
        .satisfies(line -> assertThat(isAbout(line, field)).as(line).isTrue())
        .asString()
        .contains(says);
    for (String command : List.of("plan", "detach")) {
      assertThat(Invocation.reading(manifest, command, "-f", "-")).as(command).isEqualTo(attach);
    }
  }

  private static boolean isAbout(String line, String field) {
    return line.contains(": " + field + ": ") || line.contains(": " + field + "[\"");
  }

  private static void refusedAsAWhole(String manifest, String says) {
    Invocation attach = attach(manifest);
    assertToldOnly(attach);
    assertThat(attach.err().lines()).singleElement().asString().contains(says);
  }

  private static Invocation attach(String manifest) {
    return Invocation.reading(manifest, "attach", "-f", "-");
  }

  private static void assertToldOnly(Invocation invocation) {
    assertThat(invocation.code()).isEqualTo(1);
    assertThat(invocation.out()).isEmpty();
    assertThat(invocation.err().lines())
        .isNotEmpty()
        .allSatisfy(line -> Sentences.assertGood(line));
  }
}
