package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {
  @Test
  void theFirstByteOnTheWireIsTheFirstPair() {
    MacAddress mac = MacAddress.of("02:00:5e:00:00:01");
    assertThat(mac.bytes()).containsExactly(2, 0, 0x5e, 0, 0, 1);
    assertThat(mac.bits()).isEqualTo(0x0200_5e00_0001L);
  }

  @Test
  void capitalsAreReadAndWrittenSmall() {
    assertThat(MacAddress.of("FE:DC:BA:98:76:54")).hasToString("fe:dc:ba:98:76:54");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "02:00:5e:00:00",
        "02:00:5e:00:00:01:02",
        "02:00:5e:00:00:1",
        "02-00-5e-00-00-01",
        "02005e000001",
        "0200.5e00.0001",
        "02:00:5e:00:00:0g",
        " 02:00:5e:00:00:01",
        "02:00:5e:00:00:01\n",
        "02:00:5e:00:00:-1",
        "٠٢:00:5e:00:00:01"
      })
  void otherTextsAreRefusedWithASentence(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MacAddress.of(text))
        .withMessageContaining("is not a MAC address; write six pairs");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1L << 48, Long.MIN_VALUE, Long.MAX_VALUE})
  void thereAreNoMoreThan48Bits(long bits) {
    assertThatIllegalArgumentException().isThrownBy(() -> new MacAddress(bits));
  }

  @Test
  void groupAddressesAreMulticast() {
    assertThat(MacAddress.of("ff:ff:ff:ff:ff:ff").isMulticast()).isTrue();
    assertThat(MacAddress.of("01:00:5e:00:00:01").isMulticast()).isTrue();
    assertThat(MacAddress.of("fe:00:5e:00:00:01").isMulticast()).isFalse();
    assertThat(MacAddress.of("02:01:01:01:01:01").isMulticast()).isFalse();
  }

  @Test
  void zeroIsToldFromOthers() {
    assertThat(MacAddress.of("00:00:00:00:00:00").isZero()).isTrue();
    assertThat(MacAddress.of("00:00:00:00:00:01").isZero()).isFalse();
  }

  @Property(tries = 500)
  void textAndBytesLeadBackToTheSameAddress(@ForAll @LongRange(max = (1L << 48) - 1) long bits) {
    MacAddress mac = new MacAddress(bits);
    assertThat(MacAddress.of(mac.toString())).isEqualTo(mac);
    assertThat(MacAddress.ofBytes(mac.bytes())).isEqualTo(mac);
  }
}
