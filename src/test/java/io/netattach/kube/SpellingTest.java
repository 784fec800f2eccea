package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {

  private static final List<String> KNOWN =
      List.of("interface", "mac", "mtu", "addresses", "routes", "sysctls");

  @ParameterizedTest
  @CsvSource({
    "adresses, addresses",
    "address, addresses",
    "MTU, mtu",
    "Interface, interface",
    "interfaceName, interface",
    "route, routes",
    "sysctl, sysctls",
  })
  void aSlipIsUnderstood(String written, String meant) {
    assertThat(Spelling.closest(written, KNOWN)).contains(meant);
  }

  @Test
  void somethingElseIsNotGuessed() {
    assertThat(Spelling.closest("hostNetwork", KNOWN)).isEmpty();
    assertThat(Spelling.closest("x".repeat(100_000), KNOWN)).isEmpty();
    assertThat(Spelling.closest("x", List.of())).isEmpty();
  }
}
