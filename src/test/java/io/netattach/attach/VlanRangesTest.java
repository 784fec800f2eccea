package io.netattach.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VlanRangesTest {

  @Test
  void aListAllowsItsVlansAndNoOther() {
    VlanRanges ranges = VlanRanges.of("10,20-29,4094");

    for (int vlan : new int[] {10, 20, 25, 29, 4094}) {
      assertThat(ranges.allow(vlan)).as("VLAN %d", vlan).isTrue();
    }
    for (int vlan : new int[] {1, 9, 11, 19, 30, 4093}) {
      assertThat(ranges.allow(vlan)).as("VLAN %d", vlan).isFalse();
    }
  }

  @Test
  void theDefaultVlanIsAllowedOnlyWhereAllAre() {
    assertThat(VlanRanges.all().allow(0)).isTrue();
    assertThat(VlanRanges.all().allow(7)).isTrue();
    assertThat(VlanRanges.of("1-4094").allow(0)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ",", "10,", "a", "10-", "-10", "1-2-3", "10 ", "1,,2", "99999", "1..2", "١"})
  void whatIsNoListIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VlanRanges.of(text))
        .withMessageContaining("is no list of VLANs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "4095", "0-10", "10-4095", "20-10", "9999"})
  void aVlanThatDoesNotExistIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VlanRanges.of(text))
        .withMessageContaining("is no range of VLANs");
  }

  @Property
  void whatIsPrintedReadsTheSame(
      @ForAll @IntRange(min = 1, max = 4094) int a,
      @ForAll @IntRange(min = 1, max = 4094) int b,
      @ForAll @IntRange(min = 1, max = 4094) int c) {
    VlanRanges ranges = VlanRanges.of(c + "," + Math.min(a, b) + "-" + Math.max(a, b));

    assertThat(VlanRanges.of(ranges.toString())).isEqualTo(ranges);
  }
}
