package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The next address, and the next one that a host can have. */
class NextAddressTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "10.0.0.1, 10.0.0.2",
        "10.0.0.255, 10.0.1.0",
        "127.255.255.255, 128.0.0.0",
        "255.255.255.255, -",
        "fd00::ffff, fd00::1:0",
        "fd00::ffff:ffff:ffff:ffff, fd00:0:0:1::",
        "fd00::7fff:ffff:ffff:ffff, fd00::8000:0:0:0",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, -"
      })
  void theNextAddressIsOneAbove(String address, @Nullable String next) {
    assertThat(IpAddress.of(address).next())
        .isEqualTo(Optional.ofNullable(next).map(IpAddress::of));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "10.0.0.0/24, 10.0.0.0, 10.0.0.1",
        "10.0.0.9/24, 10.0.0.9, 10.0.0.10",
        "10.0.0.0/24, 9.0.0.0, 10.0.0.1",
        "10.0.0.0/24, 10.0.0.253, 10.0.0.254",
        "10.0.0.0/24, 10.0.0.254, -",
        "10.0.0.0/24, 10.9.0.0, -",
        "10.0.0.4/31, 10.0.0.3, 10.0.0.4",
        "10.0.0.4/31, 10.0.0.4, 10.0.0.5",
        "10.0.0.4/31, 10.0.0.5, -",
        "10.0.0.4/32, 10.0.0.3, 10.0.0.4",
        "10.0.0.4/32, 10.0.0.4, -",
        "255.255.255.255/32, 255.255.255.255, -",
        "fd00::/64, fd00::, fd00::1",
        "fd00::/126, fd00::2, fd00::3",
        "fd00::/126, fd00::3, -",
        "fd00::/127, fc00::, fd00::",
        "ffff:ffff::/32, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, -"
      })
  void theNextHostIsWithinTheNetwork(String network, String after, @Nullable String next) {
    assertThat(IpPrefix.of(network).nextHost(IpAddress.of(after)))
        .isEqualTo(Optional.ofNullable(next).map(IpAddress::of));
  }

  @Property(tries = 1000)
  void theNextAddressIsTheNumberPlusOne(@ForAll("addresses") IpAddress address) {
    BigInteger plusOne = new BigInteger(1, address.bytes()).add(BigInteger.ONE);
    assertThat(address.next().map(next -> new BigInteger(1, next.bytes())))
        .isEqualTo(Optional.of(plusOne).filter(sum -> sum.bitLength() <= address.bits()));
  }

  @Property(tries = 1000)
  void aNextHostIsAboveAndInside(
      @ForAll("addresses") IpAddress address,
      @ForAll("addresses") IpAddress after,
      @ForAll @IntRange(max = 128) int length) {
    IpPrefix network = new IpPrefix(address, Math.min(length, address.bits()));
    if (after.isV6() != network.isV6()) {
      assertThatIllegalArgumentException().isThrownBy(() -> network.nextHost(after));
      return;
    }
    network
        .nextHost(after)
        .ifPresentOrElse(
            next -> assertThat(network.contains(next) && next.compareTo(after) > 0).isTrue(),
            () -> assertThat(after).isGreaterThanOrEqualTo(network.lastHost()));
  }

  @Provide
  Arbitrary<IpAddress> addresses() {
    return IpAddressTest.addresses();
  }
}
