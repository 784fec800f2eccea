package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.api.NetworkAttachment;
import io.netattach.attach.Attachment;
import io.netattach.attach.Derived;
import io.netattach.attach.Identity;
import io.netattach.attach.InvalidAttachment;
import io.netattach.attach.Problem;
import io.netattach.attach.Reclaim;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.NetnsName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resources as an agent gets them, whatever the definition in the cluster let through. */
class SpecReaderTest {
  private static final String UID = "3a6b1a3e-7a0d-4d1b-9a55-8f7f6f0e1c22";

  @Test
  void everythingThatIsWrittenIsRead() {
    Attachment read =
        read(
            """
            nodeName: worker-1
            target: {netns: {name: blue, create: true, reclaimPolicy: Retain}}
            container:
              interface: net1
              mac: "02:00:5E:00:00:01"
              mtu: 1450
              addresses: [10.10.0.2/24, "fd00:10::2/64"]
              routes:
              - {to: 0.0.0.0/0, via: 10.10.0.1, metric: 100}
              - {to: "::/0", via: "fe80::1"}
              - {to: 10.30.0.0/16, via: 192.0.2.1, onLink: true}
              sysctls: {net.ipv4.conf.IFNAME.arp_notify: "1"}
            host:
              interface: veth-db
              bridge: {name: br-blue, vlan: 10, hairpin: true, isolated: true}
              addresses: [10.10.0.1/24]
              routes: [{to: 10.20.0.0/16, via: 10.10.0.2}]
            """);

    assertThat(read)
        .isEqualTo(
            new Attachment(
                new Identity(UID, "shop", "db-link"),
                new Attachment.Target(new NetnsName("blue"), true, Reclaim.RETAIN),
                new Attachment.ContainerEnd(
                    new InterfaceName("net1"),
                    MacAddress.of("02:00:5e:00:00:01"),
                    List.of(IpPrefix.of("10.10.0.2/24"), IpPrefix.of("fd00:10::2/64")),
                    List.of(
                        route("0.0.0.0/0", "10.10.0.1", 100, false),
                        route("::/0", "fe80::1", 1024, false),
                        route("10.30.0.0/16", "192.0.2.1", 0, true)),
                    Map.of("net.ipv4.conf.IFNAME.arp_notify", "1")),
                new Attachment.HostEnd(
                    new InterfaceName("veth-db"),
                    Derived.hostMac(UID),
                    new Attachment.BridgePort(new InterfaceName("br-blue"), 10, true, true),
                    List.of(IpPrefix.of("10.10.0.1/24")),
                    List.of(route("10.20.0.0/16", "10.10.0.2", 0, false))),
                1450));
  }

  @Test
  void whatIsLeftOutHasItsDefault() {
    assertThat(read("{target: {netns: {name: blue}}, container: {interface: net1}}"))
        .isEqualTo(
            new Attachment(
                new Identity(UID, "shop", "db-link"),
                new Attachment.Target(new NetnsName("blue"), false, Reclaim.DELETE),
                new Attachment.ContainerEnd(
                    new InterfaceName("net1"),
                    Derived.containerMac(UID),
                    List.of(),
                    List.of(),
                    Map.of()),
                new Attachment.HostEnd(
                    Derived.hostInterface(UID), Derived.hostMac(UID), null, List.of(), List.of()),
                0));
  }

  @Test
  void aBridgeWithoutAVlanIsInItsDefault() {
    Attachment read =
        read(
            """
            {target: {netns: {name: blue}}, container: {interface: net1}, host: {bridge: {name: br0}}}
            """);

    assertThat(read.host().bridge())
        .isEqualTo(new Attachment.BridgePort(new InterfaceName("br0"), 0, false, false));
  }

  @Test
  void aMissingSpecIsToldInFull() {
    assertThat(problems("null").stream().map(Problem::toString))
        .containsExactly(
            "spec.target: names no namespace; write netns: {name: blue}, for one named blue",
            "spec.container: is missing; write at least container: {interface: net1}");
  }

  /** In each, BAD takes the place of a value that is right. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          spec.nodeName                  | nodeName: ""                              | is empty
          spec.target                    | target: {}                                | names no namespace
          spec.target                    | target: {netns: null}                     | names no namespace
          spec.target                    | target: {netns: {name: blue}, pod: {name: db-0}} | names both netns and pod
          spec.target.pod                | target: {pod: {name: db-0, uid: u}}       | write netns
          spec.container.addressPool     | container: {interface: net1, addressPool: {name: blue}} | write addresses
          spec.target.netns.name         | target: {netns: {}}                       | is missing
          spec.target.netns.name         | target: {netns: {name: ""}}               | is empty
          spec.target.netns.name         | target: {netns: {name: "../x"}}           | is not a name of a file
          spec.target.netns.name         | target: {netns: {name: "a/b"}}            | is not a name of a file
          spec.target.netns.name         | target: {netns: {name: ".."}}             | is not a name of a file
          spec.target.netns.name         | target: {netns: {name: "-x"}}             | is not a name of a file
          spec.target.netns.name         | target: {netns: {name: "a b"}}            | has white space
          spec.container                 | container: null                           | is missing
          spec.container.interface       | container: {}                             | is missing
          spec.container.interface       | container: {interface: ""}                | is empty
          spec.container.interface       | container: {interface: "a/b"}             | has a character
          spec.container.interface       | container: {interface: abcdefghijklmnop}  | has 16 bytes
          spec.container.interface       | container: {interface: all}               | stands for every interface
          spec.container.interface       | container: {interface: lo}                | loopback interface
          spec.container.mac             | container: {interface: n, mac: "0:1"}     | is not a MAC address
          spec.container.mac             | container: {interface: n, mac: ""}        | is not a MAC address
          spec.container.mac             | container: {interface: n, mac: "03:00:5e:00:00:01"}  | multicast
          spec.container.mtu             | container: {interface: n, mtu: 0}         | 0 is not an MTU
          spec.container.mtu             | container: {interface: n, mtu: 67}        | is not an MTU of a veth
          spec.container.mtu             | container: {interface: n, mtu: -5}        | is not an MTU of a veth
          spec.container.addresses[0]    | container: {interface: n, addresses: [10.0.0.2]}         | has no prefix length
          spec.container.addresses[1]    | container: {interface: n, addresses: [10.0.0.2/24, x]}   | is not an IP address
          spec.container.addresses[0]    | container: {interface: n, addresses: [10.0.0.2/33]}      | no valid prefix length
          spec.container.addresses[0]    | container: {interface: n, addresses: [010.0.0.2/24]}     | is not an IP address
          spec.container.addresses[0]    | container: {interface: n, addresses: [10.0.0.0/24]}      | network itself
          spec.container.routes[0].to    | container: {interface: n, routes: [{}]}                  | is missing
          spec.container.routes[0].to    | container: {interface: n, routes: [{to: default}]}       | is not a network
          spec.container.routes[0].to    | container: {interface: n, routes: [{to: 10.0.0.1/8}]}    | bits behind its prefix
          spec.container.routes[0].via   | container: {interface: n, routes: [{to: 10.0.0.0/8, via: x}]}  | is not an IP address
          spec.container.routes[0].via   | container: {interface: n, routes: [{to: 10.0.0.0/8, via: 192.0.2.1}]}  | not within the network
          spec.container.routes[0].metric| container: {interface: n, routes: [{to: 10.0.0.0/8, metric: -1}]}  | is not a metric
          spec.container.routes[0].metric| container: {interface: n, routes: [{to: 10.0.0.0/8, metric: 4294967296}]}  | is not a metric
          spec.container.routes[0].onLink| container: {interface: n, routes: [{to: 10.0.0.0/8, onLink: true}]}  | write via, too
          spec.container.sysctls["net.ipv4.ip_forward"] | container: {interface: n, sysctls: {net.ipv4.ip_forward: "1"}}  | is not a setting
          spec.host.interface            | host: {interface: "a b"}                  | has a character
          spec.host.interface            | host: {interface: lo}                     | loopback interface
          spec.host.bridge.name          | host: {bridge: {}}                        | is missing
          spec.host.bridge.name          | host: {bridge: {name: "a/b"}}             | has a character
          spec.host.bridge.vlan          | host: {bridge: {name: br0, vlan: 0}}      | is not a VLAN
          spec.host.bridge.vlan          | host: {bridge: {name: br0, vlan: 4095}}   | is not a VLAN
          spec.host.addresses[0]         | host: {addresses: [x]}                    | is not an IP address
          spec.host.addresses[0]         | host: {addresses: [127.0.0.1/8]}          | loopback
          spec.host.routes[0].to         | host: {routes: [{to: x/8}]}               | is not an IP address
          spec.host.routes[0].via        | host: {routes: [{to: 10.0.0.0/8, via: "::1"}]}  | not of the same family
          """)
  void whatIsWrongIsToldWithItsPathFromTheRoot(String field, String bad, String sentence) {
    assertThat(problems(specWith(bad)))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.field()).isEqualTo(field);
          assertThat(problem.sentence()).contains(sentence);
        });
  }

  @Test
  void everythingThatCannotBeReadIsToldAtOnce() {
    List<Problem> problems =
        problems(
            """
            target: {netns: {name: a/b}}
            container: {interface: a/b, mac: x, mtu: 0, addresses: [x], routes: [{to: x, via: y}]}
            host: {interface: a/b, bridge: {name: a/b, vlan: 0}, addresses: [x], routes: [{to: x}]}
            """);

    assertThat(problems.stream().map(Problem::field))
        .containsExactlyInAnyOrder(
            "spec.target.netns.name",
            "spec.container.interface",
            "spec.container.mac",
            "spec.container.mtu",
            "spec.container.addresses[0]",
            "spec.container.routes[0].to",
            "spec.container.routes[0].via",
            "spec.host.interface",
            "spec.host.bridge.name",
            "spec.host.bridge.vlan",
            "spec.host.addresses[0]",
            "spec.host.routes[0].to");
  }

  /** The list is the same length as what is read, so that problems point at the right place. */
  @Test
  void aRuleThatIsBrokenBehindAGoodElementPointsAtItsOwnPlace() {
    assertThat(
            problems(
                """
                target: {netns: {name: blue}}
                container: {interface: n, addresses: [10.0.0.2/24, 10.0.0.255/24]}
                """))
        .singleElement()
        .satisfies(problem -> assertThat(problem.field()).isEqualTo("spec.container.addresses[1]"));
  }

  private static final String ASSIGNED =
      """
      status:
        assigned:
          pool: blue
          addresses: [10.20.0.7/24, "fd00:20::7/64"]
          gateways: [10.20.0.1, "fd00:20::1"]
      """;

  @Test
  void aPodIsAttachedToInTheNamespaceOfItsSandboxWhichIsNotOurs() {
    NetworkAttachment resource =
        resource(
            """
            target: {pod: {name: db-0, uid: uid-of-db-0}}
            container: {interface: net1}
            """,
            "");

    assertThat(SpecReader.read(resource, new NetnsName("cni-1")).target())
        .isEqualTo(new Attachment.Target(new NetnsName("cni-1"), false, Reclaim.RETAIN));
    SpecReader.check(resource);
  }

  @Test
  void whatAPoolHasGivenIsRead() {
    Attachment read =
        SpecReader.read(
            resource(
                """
                target: {netns: {name: blue}}
                container: {interface: net1, addressPool: {name: blue, defaultRoute: true}}
                """,
                ASSIGNED));

    assertThat(read.container().addresses())
        .containsExactly(IpPrefix.of("10.20.0.7/24"), IpPrefix.of("fd00:20::7/64"));
    assertThat(read.container().routes())
        .containsExactly(
            route("0.0.0.0/0", "10.20.0.1", 0, false), route("::/0", "fd00:20::1", 0, false));
  }

  @Test
  void aRouteThatIsWrittenGoesBeforeThePools() {
    Attachment read =
        SpecReader.read(
            resource(
                """
                target: {netns: {name: blue}}
                container:
                  interface: net1
                  addressPool: {name: blue, defaultRoute: true}
                  routes: [{to: 0.0.0.0/0, via: 10.20.0.9}]
                """,
                ASSIGNED));

    assertThat(read.container().routes())
        .containsExactly(
            route("0.0.0.0/0", "10.20.0.9", 0, false), route("::/0", "fd00:20::1", 0, false));
  }

  @Test
  void withoutAWishForADefaultRouteThereIsNone() {
    Attachment read =
        SpecReader.read(
            resource(
                """
                target: {netns: {name: blue}}
                container: {interface: net1, addressPool: {name: blue}}
                """,
                ASSIGNED));

    assertThat(read.container().addresses()).hasSize(2);
    assertThat(read.container().routes()).isEmpty();
  }

  @Test
  void whatAnotherPoolHasGivenIsNotUsed() {
    NetworkAttachment resource =
        resource(
            """
            target: {netns: {name: blue}}
            container: {interface: net1, addressPool: {name: red}}
            """,
            ASSIGNED);

    assertThatThrownBy(() -> SpecReader.check(resource))
        .isInstanceOf(InvalidAttachment.class)
        .hasMessageContaining("is of pool blue, and spec.container.addressPool names red");
  }

  private static String specWith(String part) {
    StringBuilder spec = new StringBuilder(part).append('\n');
    if (!part.startsWith("target:")) {
      spec.append("target: {netns: {name: blue}}\n");
    }
    if (!part.startsWith("container:")) {
      spec.append("container: {interface: net1}\n");
    }
    return spec.toString();
  }

  private static Attachment.DesiredRoute route(String to, String via, long metric, boolean onLink) {
    return new Attachment.DesiredRoute(IpPrefix.of(to), IpAddress.of(via), metric, onLink);
  }

  private static List<Problem> problems(String spec) {
    InvalidAttachment invalid = catchThrowableOfType(InvalidAttachment.class, () -> read(spec));
    assertThat(invalid).as("what is wrong with %s", spec).isNotNull();
    return invalid.problems();
  }

  private static Attachment read(String spec) {
    return SpecReader.read(resource(spec, ""));
  }

  private static NetworkAttachment resource(String spec, String status) {
    String resource =
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: db-link, namespace: shop, uid: %s}
        spec:
        """
            .formatted(UID);
    return Serialization.unmarshal(resource + spec.indent(2) + status, NetworkAttachment.class);
  }
}
