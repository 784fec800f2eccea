package io.netattach.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Results as values and as JSON, without a kernel. */
class CniResultTest {
  private static final String EVERYTHING =
      """
      {"cniVersion":"1.1.0",
       "interfaces":[
         {"name":"veth1","mac":"fe:00:5e:00:00:01","mtu":1450},
         {"name":"net1","mac":"02:00:5e:00:00:01","mtu":1450,"sandbox":"/run/netns/pod",
          "socketPath":"/run/vhost/net1","pciID":"0000:3b:02.1"}],
       "ips":[
         {"address":"10.10.0.2/24","gateway":"10.10.0.1","interface":1},
         {"address":"fd00:10::2/64","interface":1}],
       "routes":[
         {"dst":"0.0.0.0/0"},
         {"dst":"fd00:20::/32","gw":"fd00:10::1","mtu":1400,"advmss":1340,"priority":4294967295,
          "table":100,"scope":0}],
       "dns":{"nameservers":["10.10.0.53","fd00:10::53"],"domain":"example.org",
         "search":["a.example.org","example.org"],"options":["ndots:5"]}}
      """;

  private static final CniResult VALUE =
      new CniResult(
          CniVersion.V1_1_0,
          List.of(
              CniInterface.of(
                  new InterfaceName("veth1"), MacAddress.of("fe:00:5e:00:00:01"), 1450, ""),
              new CniInterface(
                  new InterfaceName("net1"),
                  MacAddress.of("02:00:5e:00:00:01"),
                  1450,
                  "/run/netns/pod",
                  "/run/vhost/net1",
                  "0000:3b:02.1")),
          List.of(
              new CniIp(IpPrefix.of("10.10.0.2/24"), IpAddress.of("10.10.0.1"), 1),
              new CniIp(IpPrefix.of("fd00:10::2/64"), null, 1)),
          List.of(
              CniRoute.of(IpPrefix.any(false), null),
              new CniRoute(
                  IpPrefix.of("fd00:20::/32"),
                  IpAddress.of("fd00:10::1"),
                  1400,
                  1340,
                  4294967295L,
                  100,
                  0)),
          new CniDns(
              List.of(IpAddress.of("10.10.0.53"), IpAddress.of("fd00:10::53")),
              "example.org",
              List.of("a.example.org", "example.org"),
              List.of("ndots:5")));

  private static void assertSameJson(String one, String other) {
    try {
      ObjectMapper json = new ObjectMapper();
      assertThat(json.readTree(one)).isEqualTo(json.readTree(other));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void everyFieldIsRead() {
    assertThat(CniResult.fromJson(EVERYTHING)).isEqualTo(VALUE);
  }

  @Test
  void everyFieldIsWritten() {
    assertSameJson(VALUE.toJson(), EVERYTHING);
    assertThat(VALUE.toJson()).doesNotContain("\n");
  }

  @Test
  void theOlderVersionHasNothingOfTheNewer() {
    String old =
        """
        {"cniVersion":"1.0.0",
         "interfaces":[
           {"name":"veth1","mac":"fe:00:5e:00:00:01"},
           {"name":"net1","mac":"02:00:5e:00:00:01","sandbox":"/run/netns/pod"}],
         "ips":[
           {"address":"10.10.0.2/24","gateway":"10.10.0.1","interface":1},
           {"address":"fd00:10::2/64","interface":1}],
         "routes":[{"dst":"0.0.0.0/0"},{"dst":"fd00:20::/32","gw":"fd00:10::1"}],
         "dns":{"nameservers":["10.10.0.53","fd00:10::53"],"domain":"example.org",
           "search":["a.example.org","example.org"],"options":["ndots:5"]}}
        """;
    assertSameJson(VALUE.withVersion(CniVersion.V1_0_0).toJson(), old);
    assertSameJson(CniResult.fromJson(old).toJson(), old);
    String withNewFields = EVERYTHING.replace("1.1.0", "1.0.0").replace(":1450", ":\"wrong\"");
    assertThat(CniResult.fromJson(withNewFields))
        .as("they are not looked at")
        .isEqualTo(CniResult.fromJson(old));
  }

  @Test
  void nothingButTheVersionIsNeeded() {
    CniResult empty = CniResult.fromJson("{\"cniVersion\":\"1.1.0\"}");
    assertThat(empty)
        .isEqualTo(new CniResult(CniVersion.V1_1_0, List.of(), List.of(), List.of(), CniDns.NONE));
    assertThat(empty.toJson()).isEqualTo("{\"cniVersion\":\"1.1.0\"}");
  }

  @Test
  void unknownFieldsNullsAndEmptyTextsArePassedOver() {
    CniResult read =
        CniResult.fromJson(
            """
            {"cniVersion":"1.1.0","code":7,"future":{"a":[1]},"routes":null,"dns":{},
             "interfaces":[{"name":"net1","mac":"","sandbox":null,"mtu":null,"colour":"red"}],
             "ips":[{"address":"10.10.0.2/24","gateway":"","interface":0,"version":"4"}]}
            """);
    assertThat(read.interfaces())
        .containsExactly(CniInterface.of(new InterfaceName("net1"), null, 0, ""));
    assertThat(read.ips()).containsExactly(new CniIp(IpPrefix.of("10.10.0.2/24"), null, 0));
    assertThat(read.routes()).isEmpty();
    assertThat(read.dns()).isEqualTo(CniDns.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cniVersion | 0.4.0 | cniVersion: "0.4.0" is not a version that is known here; 1.0.0 and 1.1.0 are
          cniVersion | 1.10  | cniVersion: "1.10" is not a version
          """)
  void anotherVersionIsRefused(String field, String value, String message) {
    assertRefused("{\"" + field + "\":\"" + value + "\"}", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "interfaces":{}                                  | interfaces: an array, not an object
          "interfaces":[7]                                 | interfaces[0]: an object in braces, not 7
          "interfaces":[{}]                                | interfaces[0].name is missing
          "interfaces":[{"name":""}]                       | interfaces[0].name is missing
          "interfaces":[{"name":"a/b"}]                    | interfaces[0].name: "a/b" has a character
          "interfaces":[{"name":7}]                        | interfaces[0].name: a text in quotes, not 7
          "interfaces":[{"name":"a"},{"name":"b","mac":"0"}] | interfaces[1].mac: "0" is not a MAC address; write
          "interfaces":[{"name":"a","mtu":-1}]             | interfaces[0].mtu: a whole number within 0 to 2147483647, not -1
          "interfaces":[{"name":"a","mtu":1.5}]            | interfaces[0].mtu: a whole number within 0 to 2147483647, not 1.5
          "interfaces":[{"name":"a","mtu":"9"}]            | interfaces[0].mtu: a whole number within 0 to 2147483647, not "9"
          "ips":[{}]                                       | ips[0].address is missing
          "ips":[{"address":"10.10.0.2"}]                  | ips[0].address: "10.10.0.2" has no prefix length; write one
          "ips":[{"address":"10.10.0.2/33"}]               | ips[0].address: "10.10.0.2/33" has no valid prefix length
          "ips":[{"address":"10.10.0.2/24","gateway":"x"}] | ips[0].gateway: "x" is not an IP address
          "ips":[{"address":"10.10.0.2/24","gateway":"fd00::1"}] | ips[0]: gateway fd00::1 is of another family than 10.10.0.2/24
          "ips":[{"address":"10.10.0.2/24","interface":0}] | ips: address 10.10.0.2/24 is of interface 0, but of those there are 0
          "ips":[{"address":"10.10.0.2/24","interface":-1}] | ips[0].interface: a whole number
          "ips":[{"address":"10.10.0.2/24","interface":99999999999999999999}] | ips[0].interface: a whole number
          "routes":[{"gw":"10.10.0.1"}]                    | routes[0].dst is missing
          "routes":[{"dst":"10.10.0.2/24"}]                | routes[0]: 10.10.0.2/24 is an address, not a network; write 10.10.0.0/24
          "routes":[{"dst":"10.0.0.0/8","gw":"fd00::1"}]   | routes[0]: gateway fd00::1 is of another family than 10.0.0.0/8
          "routes":[{"dst":"10.0.0.0/8","priority":4294967296}] | routes[0].priority: a whole number within 0 to 4294967295
          "routes":[{"dst":"10.0.0.0/8","scope":256}]      | routes[0].scope: a whole number within 0 to 255, not 256
          "dns":[]                                         | dns: an object in braces, not an array
          "dns":{"nameservers":["ns1"]}                    | dns.nameservers[0]: "ns1" is not an IP address
          "dns":{"search":"example.org"}                   | dns.search: an array, not "example.org"
          "dns":{"options":[5]}                            | dns.options[0]: a text in quotes, not 5
          """)
  void aWrongValueIsRefusedWithASentence(String field, String message) {
    assertRefused("{\"cniVersion\":\"1.1.0\"," + field + "}", message);
  }

  private static void assertRefused(String json, String message) {
    assertThatExceptionOfType(CniFormatException.class)
        .isThrownBy(() -> CniResult.fromJson(json))
        .withMessageStartingWith(message);
  }

  @Test
  void whatIsNoJsonObjectIsRefused() {
    assertRefused("", "a CNI result is an object in braces, not nothing");
    assertRefused("[]", "a CNI result is an object in braces, not an array");
    assertRefused("null", "a CNI result is an object in braces, not null");
    assertRefused("{}", "cniVersion is missing");
    assertRefused("{\"cniVersion\":\"1.1.0\"", "this is not JSON: ");
    assertRefused("{\"cniVersion\":\"1.1.0\"} x", "this is not JSON: ");
    assertRefused("[".repeat(100_000), "this is not JSON: ");
  }

  @Test
  void handedOutAddressesGetAnInterface() {
    CniResult handedOut =
        CniResult.fromJson(
            """
            {"cniVersion":"1.0.0","ips":[{"address":"10.10.0.2/24","gateway":"10.10.0.1"}],
             "routes":[{"dst":"0.0.0.0/0"}]}
            """);
    assertThat(handedOut.withInterfaces(VALUE.interfaces(), 1).ips())
        .containsExactly(new CniIp(IpPrefix.of("10.10.0.2/24"), IpAddress.of("10.10.0.1"), 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> handedOut.withInterfaces(VALUE.interfaces(), 2))
        .withMessageStartingWith(
            "address 10.10.0.2/24 is of interface 2, but of those there are 2");
  }

  @Test
  void valuesThatMakeNoSenseDoNotExist() {
    InterfaceName net1 = new InterfaceName("net1");
    IpPrefix net = IpPrefix.of("10.0.0.0/8");
    assertThatIllegalArgumentException().isThrownBy(() -> CniInterface.of(net1, null, -1, ""));
    assertThatIllegalArgumentException().isThrownBy(() -> new CniIp(net, null, -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CniRoute(net, null, -1, 0, 0, null, null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CniRoute(net, null, 0, -1, 0, null, null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CniRoute(net, null, 0, 0, -1, null, null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CniRoute(net, null, 0, 0, 0, -1, null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CniRoute(net, null, 0, 0, 0, null, 256));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VALUE.withIps(List.of(new CniIp(net, null, 2))));
  }

  @Test
  void aPluginThatFailedHasNoResultButAnError() {
    String json =
        """
        {"cniVersion":"1.0.0","code":7,"msg":"Invalid Configuration",
         "details":"Network 192.168.0.0/31 too small to allocate from."}\
        """;
    assertThatExceptionOfType(CniFormatException.class)
        .isThrownBy(() -> CniResult.fromJson(json))
        .withMessage(
            "this is no result, but the plugin failed: code 7: Invalid Configuration:"
                + " Network 192.168.0.0/31 too small to allocate from.");
    CniError error =
        new CniError(
            7, "Invalid Configuration", "Network 192.168.0.0/31 too small to allocate from.");
    assertThat(CniError.fromJson(json)).contains(error);
    assertSameJson(error.toJson(CniVersion.V1_0_0), json);
  }

  @Test
  void anErrorOfAnyVersionOrNoneIsRead() {
    CniError error = new CniError(100, "broken", "");
    assertThat(CniError.fromJson("{\"cniVersion\":\"0.3.1\",\"code\":100,\"msg\":\"broken\"}"))
        .contains(error);
    assertThat(CniError.fromJson("{\"code\":100,\"msg\":\"broken\"}")).contains(error);
    assertThat(error.toJson(CniVersion.V1_1_0))
        .isEqualTo("{\"cniVersion\":\"1.1.0\",\"code\":100,\"msg\":\"broken\"}");
    assertThat(CniError.fromJson(EVERYTHING)).isEmpty();
    assertThatExceptionOfType(CniFormatException.class)
        .isThrownBy(() -> CniError.fromJson("{\"code\":\"7\",\"msg\":\"\"}"))
        .withMessageContaining("code: a whole number");
    assertThatIllegalArgumentException().isThrownBy(() -> new CniError(-1, "", ""));
  }

  @Test
  void twoObjectsAreNoResult() {
    assertThatExceptionOfType(CniFormatException.class)
        .isThrownBy(() -> CniResult.fromJson("{\"cniVersion\":\"1.0.0\"}{}"))
        .withMessage("this is not one JSON object: more follows behind it");
  }
}
