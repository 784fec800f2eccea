package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NeighbourAnnouncementTest {
  private static final MacAddress MAC = MacAddress.of("02:00:5e:00:00:01");

  private static String hex(String address, boolean router) {
    NeighbourAnnouncement announcement =
        new NeighbourAnnouncement(MAC, IpAddress.of(address), router);
    return HexFormat.of().formatHex(announcement.frame());
  }

  @Test
  void anIpv4AddressIsAskedForByItsOwner() {
    assertThat(hex("10.10.0.2", false))
        .isEqualTo(
            // To everybody, from the owner, ARP: Ethernet, IPv4, a request.
            "ffffffffffff02005e0000010806"
                + "0001"
                + "0800"
                + "06"
                + "04"
                + "0001"
                // The owner, and the same IPv4 address asked for.
                + "02005e0000010a0a0002"
                + "0000000000000a0a0002");
  }

  @Test
  void anIpv6AddressIsAdvertisedToAllNodes() {
    assertThat(hex("fd00:10::2", false))
        .isEqualTo(
            "33330000000102005e00000186dd"
                + "60000000"
                + "0020"
                + "3a"
                + "ff"
                + "fd000010000000000000000000000002"
                + "ff020000000000000000000000000001"
                // Advertisement with its checksum, overriding, the target and its link-layer
                // address.
                + "8800"
                + "fc78"
                + "20000000"
                + "fd000010000000000000000000000002"
                + "0201"
                + "02005e000001");
  }

  @Test
  void aRouterSaysThatItIsOne() {
    assertThat(hex("fd00:10::2", true)).contains("a0000000fd000010");
    assertThat(hex("10.10.0.2", true)).isEqualTo(hex("10.10.0.2", false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"224.0.0.1", "0.0.0.0", "ff02::1", "::"})
  void nobodyHasAGroupsAddress(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NeighbourAnnouncement(MAC, IpAddress.of(address), false))
        .withMessageContaining("is no host's address");
  }
}
