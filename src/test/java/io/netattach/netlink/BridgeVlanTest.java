package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BridgeVlanTest {
  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 4095, 4096, Integer.MAX_VALUE})
  void reservedNumbersAreNoVlan(int id) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BridgeVlan(id, false, false))
        .withMessageContaining("write 1 to 4094");
  }

  @Test
  void anAccessPortHasItsVlanUntaggedBothWays() {
    assertThat(BridgeVlan.access(4094)).isEqualTo(new BridgeVlan(4094, true, true));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4095})
  void aBridgeWithoutSuchADefaultVlanCannotBeAskedFor(int pvid) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinkKind.Bridge.filtering(pvid))
        .withMessageContaining("0 to 4094");
  }
}
