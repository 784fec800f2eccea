package io.netattach.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netattach.attach.VlanRanges;
import io.netattach.bridge.DeclaredBridge;
import io.netattach.bridge.Uplink;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BridgeReaderTest {
  private static final InterfaceName BLUE = new InterfaceName("br-blue");

  private static DeclaredBridge read(String text) throws ManifestException {
    return BridgeReader.read("--bridge", text);
  }

  private static @Nullable Uplink uplink(String text) throws ManifestException {
    return read("{name: br-blue, vlanFiltering: true, uplink: " + text + "}").uplink();
  }

  @Test
  void aNameIsEnough() throws ManifestException {
    assertThat(read("{name: br-blue}")).isEqualTo(new DeclaredBridge(BLUE, false, 0, null));
  }

  @Test
  void jsonIsReadAsYamlIs() throws ManifestException {
    assertThat(
            read(
                """
                {"mtu":1450,"name":"br-blue","uplink":{"vxlan":{"id":42}},"vlanFiltering":true}\
                """))
        .isEqualTo(new DeclaredBridge(BLUE, true, 1450, Uplink.Vxlan.of(42)));
  }

  @Test
  void eachKindOfUplinkIsRead() throws ManifestException {
    assertThat(uplink("{link: eth1, vlans: '10,20-30'}"))
        .isEqualTo(new Uplink.Existing(new InterfaceName("eth1"), VlanRanges.of("10,20-30")));
    assertThat(uplink("{vlan: {link: eth0, id: 42}}"))
        .isEqualTo(new Uplink.Vlan(new InterfaceName("eth0"), 42, null));
    assertThat(uplink("{vxlan: {id: 42, port: 8472, group: 239.1.1.1, link: eth0}}"))
        .isEqualTo(
            new Uplink.Vxlan(
                42, 8472, IpAddress.of("239.1.1.1"), new InterfaceName("eth0"), null, null));
    assertThat(uplink("{vxlan: {id: 42, peers: [192.0.2.1, 'fd00::1']}}"))
        .isEqualTo(
            new Uplink.Vxlan(
                42,
                4789,
                null,
                null,
                List.of(IpAddress.of("192.0.2.1"), IpAddress.of("fd00::1")),
                null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "|is not one bridge; write one such as {name: br-blue}",
        "{name: a}\\n---\\n{name: b}|is not one bridge",
        "{name: [|--bridge: line 1",
        "{nam: a}|nam: is not a known field; did you mean name?",
        "{name: much-too-long-for-one}|name: \"much-too-long-for-one\" has 21 bytes",
        "{name: a, mtu: 900}|mtu: 900 is not within 1280 to 65535",
        "{name: a, uplink: {}}|uplink: names no link; write one of link, vlan and vxlan",
        "{name: a, uplink: {link: b, vxlan: {id: 1}}}|uplink: is link and vxlan; write one of",
        "{name: a, uplink: {link: b, vlans: 10}}|uplink.vlans: 10 is a number, not text; write it in quotes: \"10\"",
        "{name: a, uplink: {link: b, vlans: '10'}}|write vlanFiltering: true",
        "{name: a, vlanFiltering: true, uplink: {link: b, vlans: x}}|uplink.vlans: \"x\" is no list of VLANs",
        "{name: a, uplink: {vlan: {id: 4095, link: b}}}|uplink.vlan.id: 4095 is out of range; write a whole number from 1 to 4094",
        "{name: a, uplink: {vxlan: {}}}|uplink.vxlan.id: is missing",
        "{name: a, uplink: {vxlan: {id: 1, group: 10.0.0.1, link: b}}}|uplink.vxlan.group: 10.0.0.1 is no multicast group",
        "{name: a, uplink: {vxlan: {id: 1, group: 239.1.1.1}}}|write both group and link, or neither",
        "{name: a, uplink: {vxlan: {id: 1, group: 239.1.1.1, link: b, peers: []}}}|write either group or peers",
      })
  void whatIsWrongIsSaidWithWhatToWrite(@Nullable String text, String sentence) {
    assertThatExceptionOfType(ManifestException.class)
        .isThrownBy(() -> read(text == null ? "" : text.replace("\\n", "\n")))
        .withMessageContaining(sentence);
  }
}
