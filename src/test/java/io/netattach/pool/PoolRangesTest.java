package io.netattach.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolRangesTest {

  private static PoolRange range(
      String subnet, @Nullable String start, @Nullable String end, String... exclude)
      throws InvalidPool {
    return PoolRange.of(new AddressRange(subnet, start, end, null, List.of(exclude)));
  }

  private static List<String> all(PoolRange range) {
    List<String> all = new ArrayList<>();
    Optional<PoolAddress> at = range.next(range.whole().first());
    while (at.isPresent()) {
      all.add(at.get().toString());
      at = range.next(at.get().plus(1));
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "10.10.0.0/24, 254",
    "10.10.0.0/30, 2",
    "10.10.0.0/31, 2",
    "10.10.0.7/32, 1",
    "10.0.0.0/8, 16777214",
    "fd00:10::/126, 3",
    "fd00:10::/127, 2",
    "fd00:10::1/128, 1",
    "fd00:10::/96, 4294967295",
    "fd00:10::/64, 4294967296"
  })
  void aNetworkGivesAllButItsOwnAndItsBroadcastAddress(String subnet, long size)
      throws InvalidPool {
    assertThat(range(subnet, null, null).size()).isEqualTo(size);
  }

  @Test
  void whatIsGivenIsWhatIsCounted() throws InvalidPool {
    PoolRange range =
        PoolRange.of(
            new AddressRange(
                "10.10.0.0/28",
                "10.10.0.2",
                "10.10.0.12",
                "10.10.0.3",
                List.of("10.10.0.4/31", "10.10.0.5", "10.10.0.12", "10.10.0.14")));

    assertThat(all(range))
        .containsExactly(
            "10.10.0.2",
            "10.10.0.6",
            "10.10.0.7",
            "10.10.0.8",
            "10.10.0.9",
            "10.10.0.10",
            "10.10.0.11");
    assertThat(range.size()).isEqualTo(7);
  }

  @Test
  void ofIpv6TheNetworksOwnAddressIsLeftOut() throws InvalidPool {
    PoolRange range = range("fd00:10::/125", null, null, "fd00:10::4/126");

    assertThat(all(range)).containsExactly("fd00:10::1", "fd00:10::2", "fd00:10::3");
    assertThat(range.size()).isEqualTo(3);
  }

  @Test
  void aLargeNetworkBeginsAtRangeStart() throws InvalidPool {
    PoolRange range = range("fd00:10::/64", "fd00:10::ffff:0:0", null);

    assertThat(range.size()).isEqualTo(1L << 32);
    assertThat(range.next(range.whole().first()).orElseThrow()).hasToString("fd00:10::ffff:0:0");
    assertThat(range.bounds().last()).hasToString("fd00:10::ffff:ffff:ffff");
  }

  @Test
  void manyExclusionsAreCountedOnce() throws InvalidPool {
    PoolRange range =
        range("10.0.0.0/8", null, null, "10.0.0.0/9", "10.64.0.0/10", "10.128.0.0/16");

    assertThat(range.size()).isEqualTo(16_777_216 - 8_388_608 - 65_536 - 1);
    assertThat(range.next(range.whole().first()).orElseThrow()).hasToString("10.129.0.0");
  }

  private static PoolRanges ranges(AddressRange... ranges) throws InvalidPool {
    return PoolRanges.of(new AddressPoolSpec(List.of(ranges)));
  }

  private static AddressRange plain(String subnet) {
    return new AddressRange(subnet, null, null, null, List.of());
  }

  @Test
  void attachmentsAreAsManyAsTheSmallerFamilyHas() throws InvalidPool {
    PoolRanges ranges = ranges(plain("10.10.0.0/29"), plain("fd00:10::/64"), plain("10.20.0.0/30"));

    assertThat(ranges.total()).isEqualTo(6 + 2);
    assertThat(ranges.families()).hasSize(2);
  }

  @Test
  void whatCannotBeUsedIsToldInASentence() {
    assertThatThrownBy(() -> range("10.10.0.0/24", "10.10.0.9", "10.10.0.3"))
        .isInstanceOf(InvalidPool.class)
        .hasMessage(
            "range 10.10.0.0/24: rangeStart 10.10.0.9 is above rangeEnd 10.10.0.3; write the lower"
                + " one as rangeStart");
    assertThatThrownBy(() -> ranges(plain("10.10.0.0/16"), plain("10.10.4.0/24")))
        .hasMessageStartingWith("ranges 10.10.0.0/16 and 10.10.4.0/24 overlap;");
    assertThatThrownBy(() ->
            ranges(
                plain("fd00:10::/64"),
                new AddressRange("10.10.0.0/30", null, null, "10.10.0.1", List.of("10.10.0.2"))))
        .hasMessageStartingWith("nothing is left to give of 10.10.0.0/30;");
    assertThatThrownBy(() -> range("10.10.0.0/24", "ten", null))
        .hasMessageStartingWith("range 10.10.0.0/24: ");
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.1, 00000001",
    "10.10.1.7, 0a0a0107",
    "255.255.255.255, ffffffff",
    "fd00:10::, fd000010000000000000000000000000",
    "fd00::1:0:0:2:3, fd000000000000010000000000020003"
  })
  void anAddressIsWrittenAsItIsRead(String text, String digits) {
    PoolAddress address = PoolAddress.parse(text);

    assertThat(address).hasToString(text);
    assertThat(address.digits()).isEqualTo(digits);
    assertThat(address.block().plus(address.place())).isEqualTo(address);
  }
}
