package io.netattach.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may have effects beyond the interface needs the administrator's word. */
class AllowedSysctlsTest {
  @ParameterizedTest
  @CsvSource({
    "ipv4, medium_id",
    "ipv4, route_localnet",
    "ipv4, tag",
    "ipv4, arp_notif",
    "ipv4, bootp_relay",
    "ipv6, mtu",
    "ipv6, stable_secret",
    "ipv6, seg6_enabled",
    "ipv6, arp_notify",
    "ipv6, rp_filter"
  })
  void aSettingOffTheListIsRefusedUntilItIsAllowed(String family, String setting) {
    String name = "net." + family + ".conf.IFNAME." + setting;

    assertThat(AllowedSysctls.HARMLESS.refuse(name))
        .hasValueSatisfying(sentence ->
            assertThat(sentence)
                .contains("accept_redirects, accept_source_route, ")
                .endsWith("allow it with --allow-sysctl " + name));
    assertThat(AllowedSysctls.HARMLESS.and(name).refuse(name)).isEmpty();
    assertThat(AllowedSysctls.HARMLESS.and(name).refuse(name + "x")).isPresent();
  }

  @Test
  void whatIsOnTheListNeedsNoPermission() {
    assertThat(AllowedSysctls.HARMLESS.refuse("net.ipv4.conf.IFNAME.arp_notify")).isEmpty();
    assertThat(AllowedSysctls.HARMLESS.refuse("net.ipv6.conf.IFNAME.accept_ra")).isEmpty();
  }

  @Test
  void onlySettingsOfAContainerEndCanBeAllowed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AllowedSysctls.HARMLESS.and("net.ipv4.ip_forward"))
        .withMessageContaining("is not a setting of the container end");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AllowedSysctls.HARMLESS.and("net.ipv6.conf.IFNAME.disable_ipv6"))
        .withMessageContaining("cannot be set");
  }
}
