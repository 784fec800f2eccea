package io.netattach.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only what stays within the container end gets through. */
class IfnameSysctlTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "net.ipv4.ip_forward",
        "net.ipv4.conf.all.forwarding",
        "net.ipv4.conf.default.forwarding",
        "net.ipv4.conf.eth0.forwarding",
        "net/ipv4/conf/IFNAME/forwarding",
        "net.ipv4/conf.IFNAME.forwarding",
        "net.ipv4.conf.IFNAME/forwarding",
        "net.ipv4.conf.IFNAME..forwarding",
        "net.ipv4.conf.IFNAME.",
        "net.ipv4.conf.IFNAME",
        "net.ipv4.conf.IFNAME.../../../../kernel/core_pattern",
        "net.ipv4.conf.IFNAME.forwarding/../../all/forwarding",
        "net.ipv4.conf.IFNAME.all.forwarding",
        "net.ipv4.conf.IFNAMEX.forwarding",
        "net.ipv4.conf.ifname.forwarding",
        "net.ipv4.neigh.IFNAME.forwarding",
        "net.ipv5.conf.IFNAME.forwarding",
        "net.ipv4.conf.IFNAME.forwarding ",
        " net.ipv4.conf.IFNAME.forwarding",
        "net.ipv4.conf.IFNAME.forwarding\n",
        "net.ipv4.conf.IFNAME.forwarding\u0000",
        "net.ipv4.conf.IFNAME.FORWARDING",
        "net.ipv4.conf.IFNAME.forwardin\u0261",
        "net\u2024ipv4.conf.IFNAME.forwarding",
        "net.ipv\uff14.conf.IFNAME.forwarding",
        "kernel.core_pattern",
        "net.core.somaxconn"
      })
  void whatIsNoSettingOfTheContainerEndIsRefused(String name) {
    assertThat(IfnameSysctl.problem(name, "1"))
        .hasValueSatisfying(
            sentence -> assertThat(sentence).contains("is not a setting of the container end"));
    assertThatIllegalArgumentException().isThrownBy(() -> IfnameSysctl.of(name, "net1"));
  }

  @Test
  void whatTheEngineSetsItselfIsRefused() {
    assertThat(IfnameSysctl.problem("net.ipv6.conf.IFNAME.disable_ipv6", "1"))
        .hasValueSatisfying(sentence -> assertThat(sentence).contains("cannot be set"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "2", "-1", "255", "2147483647", "-2147483648"})
  void aNumberIsAValue(String value) {
    assertThat(IfnameSysctl.problem("net.ipv4.conf.IFNAME.rp_filter", value)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "yes",
        "1 ",
        " 1",
        "1\n",
        "1 2",
        "01",
        "+1",
        "-0",
        "0x1",
        "1.0",
        "1e3",
        "\u0661",
        "\uff11",
        "12345678901",
        "--1"
      })
  void whatIsNoNumberIsNoValue(String value) {
    assertThat(IfnameSysctl.problem("net.ipv4.conf.IFNAME.rp_filter", value))
        .hasValueSatisfying(sentence -> assertThat(sentence).contains("is not a number"));
  }

  @Test
  void theNameOfTheInterfaceTakesThePlaceOfTheWord() {
    assertThat(IfnameSysctl.of("net.ipv6.conf.IFNAME.accept_ra", "eth0.10").path())
        .isEqualTo("net/ipv6/conf/eth0.10/accept_ra");
  }

  /** Whatever is thought up, it stays below the folder of the interface. */
  @Property
  void whatGetsThroughIsASettingOfThatInterface(@ForAll String name) {
    if (IfnameSysctl.problem(name, "1").isEmpty()) {
      assertThat(IfnameSysctl.of(name, "net1").path()).matches("net/ipv[46]/conf/net1/[a-z0-9_]+");
    }
  }

  @Property
  void whateverIsPutBehindAnAllowedNameIsRefused(@ForAll String tail) {
    String allowed = "net.ipv4.conf.IFNAME.forwarding";
    assertThat(IfnameSysctl.problem(allowed + tail, "1").isPresent()).isEqualTo(!tail.isEmpty());
  }
}
