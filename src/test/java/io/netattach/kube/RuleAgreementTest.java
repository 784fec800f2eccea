package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.agent.SpecReader;
import io.netattach.api.ApiObjects;
import io.netattach.api.NetworkAttachment;
import io.netattach.attach.InvalidAttachment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A rule is written twice, for the API server and for the agent. Both are asked about the same
 * values and must say the same, apart from what only one of them can or need know.
 */
@NeedsApiServer
class RuleAgreementTest {

  @BeforeAll
  static void install(ApiServer server) {
    ApiObjects.install(server);
  }

  static final List<String> INTERFACE_NAMES =
      List.of(
          "net1",
          "a23456789012345",
          "a234567890123456",
          "ääääääää",
          "äääääää5",
          "lo",
          "Lo",
          ".",
          "..",
          "...",
          "all",
          "default",
          "all1",
          "a/b",
          "a:b",
          "a%d",
          "a b",
          "a\tb",
          "a\u007fb",
          "a\u2003b",
          "a\u3000b",
          "a\u2007b",
          "a\u200bb",
          "",
          "-a",
          "é",
          "日本");

  static final List<String> NETNS_NAMES =
      List.of(
          "blue",
          "",
          ".",
          "..",
          ".a",
          "a.",
          "a..b",
          "-a",
          "a-",
          "a/b",
          "/",
          "a b",
          "a\nb",
          "a\u001fb",
          "a\u007f",
          "a\u2028b",
          "a\u00a0b",
          "é",
          "a".repeat(255),
          "é".repeat(127) + "a",
          "é".repeat(128));

  static final List<String> MAC_ADDRESSES =
      List.of(
          "02:00:5e:00:00:01",
          "02:AB:CD:EF:00:01",
          "00:00:00:00:00:00",
          "01:00:5e:00:00:01",
          "0f:00:5e:00:00:01",
          "0F:00:5e:00:00:01",
          "1e:00:00:00:00:00",
          "ff:ff:ff:ff:ff:ff",
          "02-00-5e-00-00-01",
          "02005e000001",
          "02:00:5e:00:00",
          "02:00:5e:00:00:01:02",
          "02:00:5e:00:00:0g",
          " 02:00:5e:00:00:01",
          "");

  static final List<String> ADDRESSES =
      List.of(
          "10.10.0.2/24",
          "fd00:10::2/64",
          "10.10.0.2",
          "fd00::2",
          "10.10.0.2/",
          "10.10.0.2/33",
          "10.10.0.2/-1",
          "10.10.0.2/024",
          "10.10.0.2/24/24",
          "10.10.0/24",
          "10.10.0.02/24",
          "10.10.0.256/24",
          "10.10.0.2 /24",
          "fd00::2/129",
          "fd00::2/128",
          "fd00:::2/64",
          "fd00::2%eth0/64",
          "::ffff:10.0.0.1/120",
          "::ffff:a00:1/120",
          "0.0.0.0/8",
          "0.0.0.0/0",
          "::/0",
          "::/128",
          "127.0.0.1/8",
          "127.255.0.1/32",
          "::1/128",
          "0.1.2.3/8",
          "224.0.0.1/4",
          "239.1.2.3/32",
          "240.0.0.1/8",
          "223.255.255.1/24",
          "ff00::1/64",
          "ff02::1/128",
          "fe80::1/64",
          "255.255.255.255/32",
          "10.0.0.1/0",
          "fd00::1/0",
          "10.10.0.0/24",
          "10.10.0.0/31",
          "10.10.0.0/32",
          "10.10.0.1/31",
          "10.0.0.0/8",
          "fd00::/64",
          "fd00::/127",
          "fd00::/126",
          "fd00::/128",
          "default",
          "any",
          "");

  static final List<String> DESTINATIONS =
      List.of(
          "0.0.0.0/0",
          "::/0",
          "10.20.0.0/16",
          "10.20.0.1/16",
          "10.20.0.1/32",
          "fd00::/64",
          "fd00::1/64",
          "fd00::1/128",
          "default",
          "any",
          "10.20.0.0",
          "127.0.0.0/8",
          "::1/128",
          "224.0.0.0/4",
          "ff00::/8",
          "::ffff:10.0.0.0/120",
          "10.20.0.0/33",
          "");

  static final List<String> ROUTES =
      List.of(
          "{to: 10.20.0.0/16, via: 10.10.0.1}",
          "{to: 10.20.0.0/16, via: 10.10.0.2}",
          "{to: 10.20.0.0/16, via: 10.11.0.1}",
          "{to: 10.20.0.0/16, via: 10.11.0.1, onLink: true}",
          "{to: 10.20.0.0/16, via: 10.30.0.1}",
          "{to: 10.20.0.0/16, via: 169.254.0.1}",
          "{to: 10.20.0.0/16, via: 'fe80::1'}",
          "{to: 10.20.0.0/16, onLink: true}",
          "{to: 10.20.0.0/16, metric: -1}",
          "{to: 10.20.0.0/16, metric: 4294967295}",
          "{to: 10.20.0.0/16, metric: 4294967296}",
          "{to: 'fd01::/64', via: 'fe80::1'}",
          "{to: 'fd01::/64', via: 'fd00:10::1'}",
          "{to: 'fd01::/64', via: 'fd00:10::2'}",
          "{to: 'fd01::/64', via: 'fd00:11::1'}",
          "{to: 'fd01::/64', via: '::'}",
          "{to: 'fd01::/64', via: '::1'}",
          "{to: 'fd01::/64', via: 'ff02::1'}",
          "{to: 'fd01::/64', via: '::ffff:10.0.0.1', onLink: true}",
          "{to: 10.20.0.0/16, via: 0.0.0.0, onLink: true}",
          "{to: 10.20.0.0/16, via: 127.0.0.1, onLink: true}",
          "{to: 10.20.0.0/16, via: 224.0.0.1, onLink: true}",
          "{to: 10.20.0.0/16, via: 255.255.255.255, onLink: true}",
          "{to: 10.20.0.0/16, via: 10.10.0.1/24}",
          "{to: 10.20.0.0/16, via: gateway}");

  static final List<String> ENDS =
      List.of(
          "{interface: a, mtu: 67}",
          "{interface: a, mtu: 68}",
          "{interface: a, mtu: 65535}",
          "{interface: a, mtu: 65536}",
          "{interface: a, mtu: 0}",
          "{interface: a, mtu: 1279, addresses: ['fd00::2/64']}",
          "{interface: a, mtu: 1280, addresses: ['fd00::2/64']}",
          "{interface: a, mtu: 1279, routes: [{to: 'fd00::/64'}]}",
          "{interface: a, mtu: 1279, routes: [{to: 10.0.0.0/8}]}",
          "{interface: a, mtu: 1279, sysctls: {net.ipv6.conf.IFNAME.accept_ra: '0'}}",
          "{interface: a, mtu: 1279, sysctls: {net.ipv4.conf.IFNAME.forwarding: '0'}}",
          "{interface: a, addresses: [10.0.0.1/24, 10.0.0.1/25]}",
          "{interface: a, addresses: [10.0.0.1/24, 10.0.0.2/24]}",
          "{interface: a, addresses: [10.9.9.9/24]}",
          "{interface: a, routes: [{to: 10.0.0.0/8}, {to: 10.0.0.0/8}]}",
          "{interface: a, routes: [{to: 10.0.0.0/8}, {to: 10.0.0.0/8, metric: 5}]}");

  static final List<String> SYSCTL_VALUES =
      List.of("0", "1", "-1", "01", "-0", "+1", "1.5", "on", "", " 1", "1234567890", "12345678901");

  @ParameterizedTest
  @FieldSource("INTERFACE_NAMES")
  void onInterfaceNames(String name, ApiServer server) {
    agree(server, attachment("spec.container.interface", quoted(name)));
    agree(server, attachment("spec.host.interface", quoted(name)));
    agree(server, attachment("spec.host.bridge.name", quoted(name)));
  }

  /**
   * The kernel takes the byte 0xa0 for a blank, whatever character it is part of; CEL has no bytes.
   */
  @Test
  void onlyTheAgentKnowsOfTheByteThatTheKernelTakesForABlank(ApiServer server) {
    ObjectNode object = attachment("spec.container.interface", quoted("à"));

    assertThat(ApiObjects.objections(server.client(), object)).isEmpty();
    assertThat(agentsObjections(object)).hasSize(1);
  }

  @ParameterizedTest
  @FieldSource("NETNS_NAMES")
  void onNamesOfNamespaces(String name, ApiServer server) {
    agree(server, attachment("spec.target.netns.name", quoted(name)));
  }

  @ParameterizedTest
  @FieldSource("MAC_ADDRESSES")
  void onMacAddresses(String address, ApiServer server) {
    agree(server, attachment("spec.container.mac", quoted(address)));
  }

  @ParameterizedTest
  @FieldSource("ADDRESSES")
  void onAddresses(String address, ApiServer server) {
    agree(server, attachment("spec.container.addresses", "[" + quoted(address) + "]"));
    agree(server, attachment("spec.host.addresses", "[" + quoted(address) + "]"));
  }

  @Test
  void onlyTheAgentKnowsTheBroadcastAddressOfANetwork(ApiServer server) {
    ObjectNode object = attachment("spec.container.addresses", "[10.10.0.255/24]");

    assertThat(ApiObjects.objections(server.client(), object)).isEmpty();
    assertThat(agentsObjections(object)).hasSize(1);
  }

  /** What is not written in the one form would pass for another address in a set. */
  @ParameterizedTest
  @FieldSource("OTHER_FORMS")
  void onlyTheApiServerInsistsOnCanonicalForm(String address, ApiServer server) {
    ObjectNode object = attachment("spec.container.addresses", "[" + quoted(address) + "]");

    assertThat(ApiObjects.objections(server.client(), object))
        .singleElement()
        .asString()
        .contains("is not in canonical form");
    assertThat(agentsObjections(object)).isEmpty();
  }

  static final List<String> OTHER_FORMS =
      List.of("FD00::2/64", "fd00:0::2/64", "fd00:0:0:0:0:0:0:2/64", "fd00::0002/64");

  @ParameterizedTest
  @FieldSource("DESTINATIONS")
  void onDestinations(String to, ApiServer server) {
    agree(server, attachment("spec.container.routes", "[{to: " + quoted(to) + "}]"));
  }

  @ParameterizedTest
  @FieldSource("ROUTES")
  void onRoutes(String route, ApiServer server) {
    agree(
        server,
        attachment(
            "spec.container",
            "{interface: a, addresses: [10.10.0.2/24, 'fd00:10::2/64'],"
                + " routes: [{to: 10.30.0.0/24}, "
                + route
                + "]}"));
  }

  @ParameterizedTest
  @FieldSource("ENDS")
  void onEnds(String end, ApiServer server) {
    agree(
        server,
        ApiObjects.with(attachment("spec.container", end), "spec.host.addresses", "[10.9.9.9/24]"));
  }

  @Test
  void onVlans(ApiServer server) {
    for (int vlan : new int[] {-1, 0, 1, 4094, 4095}) {
      agree(server, attachment("spec.host.bridge", "{name: br0, vlan: " + vlan + "}"));
    }
  }

  /** All that this kernel has for an interface, and what is none of an interface. */
  static Stream<String> sysctls() throws IOException {
    List<String> names = new ArrayList<>(List.of("net.ipv4.ip_forward", "net.core.somaxconn", ""));
    for (String family : List.of("ipv4", "ipv6")) {
      Path folder = Path.of("/proc/sys/net", family, "conf/lo");
      assumeTrue(Files.isDirectory(folder), "this kernel has no " + folder);
      try (Stream<Path> files = Files.list(folder)) {
        files.forEach(file -> names.add("net." + family + ".conf.IFNAME." + file.getFileName()));
      }
      names.add("net." + family + ".conf.all.forwarding");
    }
    return names.stream();
  }

  @ParameterizedTest
  @MethodSource("sysctls")
  void onSettings(String name, ApiServer server) {
    agree(server, attachment("spec.container.sysctls", "{" + quoted(name) + ": '1'}"));
  }

  @ParameterizedTest
  @FieldSource("SYSCTL_VALUES")
  void onValuesOfSettings(String value, ApiServer server) {
    agree(
        server,
        attachment(
            "spec.container.sysctls", "{net.ipv4.conf.IFNAME.arp_notify: " + quoted(value) + "}"));
  }

  private static ObjectNode attachment(String field, String yaml) {
    return ApiObjects.with(ApiObjects.attachment(), field, yaml);
  }

  /** As YAML; JSON lets DEL stand as it is, YAML does not. */
  private static String quoted(String text) {
    return Serialization.asJson(text).replace("\u007f", "\\u007f");
  }

  private static void agree(ApiServer server, ObjectNode object) {
    List<String> ofTheServer = ApiObjects.objections(server.client(), object);
    List<String> ofTheAgent = agentsObjections(object);

    assertThat(ofTheServer.isEmpty())
        .as("of %s\nthe API server says %s\nthe agent says %s", object, ofTheServer, ofTheAgent)
        .isEqualTo(ofTheAgent.isEmpty());
  }

  private static List<String> agentsObjections(ObjectNode object) {
    var attachment = Serialization.unmarshal(Serialization.asJson(object), NetworkAttachment.class);
    attachment.getMetadata().setUid("6024527e-1f23-46ea-b668-9ddc991aad89");
    try {
      SpecReader.read(attachment);
      return List.of();
    } catch (InvalidAttachment e) {
      return e.problems().stream().map(Object::toString).toList();
    }
  }
}
