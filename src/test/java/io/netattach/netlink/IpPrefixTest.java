package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpPrefixTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"10.10.0.2/24", "0.0.0.0/0", "1.2.3.4/32", "fd00:10::2/64", "::/0", "::1/128"})
  void prefixesAreReadAndWritten(String text) {
    assertThat(IpPrefix.of(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/24",
        "1.2.3.4/",
        "1.2.3.4/33",
        "::1/129",
        "1.2.3.4/-1",
        "1.2.3.4/+1",
        "1.2.3.4/024",
        "1.2.3.4/00",
        "1.2.3.4/ 24",
        "1.2.3.4/24 ",
        " 1.2.3.4/24",
        "1.2.3.4 /24",
        "1.2.3.4/24/24",
        "1.2.3.4//24",
        "1.2.3.4/255.255.255.0",
        "10.1/16",
        "10.0.0.010/24",
        "10.0.0.1-5/24",
        "10.0.0.*/24",
        "::1%eth0/64",
        "::1/64%eth0",
        "1.2.3.4/0x18",
        "1.2.3.4/999999999999",
        "1.2.3.4/٢٤",
        "1.2.3.4/24\n",
        "default",
        "*/24"
      })
  void otherTextsAreRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> IpPrefix.of(text));
  }

  @Test
  void aBareAddressIsToldWhatToWriteInstead() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IpPrefix.of("10.0.0.1"))
        .withMessage("\"10.0.0.1\" has no prefix length; write one, such as 10.0.0.1/24");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IpPrefix.of("FD00::1"))
        .withMessage("\"FD00::1\" has no prefix length; write one, such as fd00::1/64");
  }

  @Test
  void defaultsAndHostsAreMadeOfEitherFamily() {
    assertThat(IpPrefix.any(false)).hasToString("0.0.0.0/0").matches(IpPrefix::isDefault);
    assertThat(IpPrefix.any(true)).hasToString("::/0").matches(IpPrefix::isDefault);
    assertThat(IpPrefix.host(IpAddress.of("1.2.3.4"))).hasToString("1.2.3.4/32");
    assertThat(IpPrefix.host(IpAddress.of("fd00::1"))).hasToString("fd00::1/128");
  }

  @Property(tries = 2000)
  void networkAndBroadcastAreThoseOfArithmetic(@ForAll("prefixes") IpPrefix prefix) {
    assertThat(number(prefix.network().address())).isEqualTo(first(prefix));
    assertThat(number(prefix.broadcast())).isEqualTo(last(prefix));
    assertThat(prefix.network().length()).isEqualTo(prefix.length());
    assertThat(prefix.isNetwork()).isEqualTo(number(prefix.address()).equals(first(prefix)));
    assertThat(prefix.isDefault()).isEqualTo(prefix.length() == 0);
  }

  @Property(tries = 4000)
  void containingAndOverlappingAreThoseOfRanges(
      @ForAll("prefixes") IpPrefix a, @ForAll("prefixes") IpPrefix b) {
    boolean family = a.isV6() == b.isV6();
    boolean contains =
        family && first(a).compareTo(first(b)) <= 0 && last(a).compareTo(last(b)) >= 0;
    boolean overlaps =
        family && first(a).compareTo(last(b)) <= 0 && first(b).compareTo(last(a)) <= 0;
    BigInteger one = number(b.address());
    assertThat(a.contains(b)).isEqualTo(contains);
    assertThat(a.overlaps(b)).isEqualTo(overlaps);
    assertThat(b.overlaps(a)).isEqualTo(overlaps);
    assertThat(a.contains(b.address()))
        .isEqualTo(family && first(a).compareTo(one) <= 0 && last(a).compareTo(one) >= 0);
  }

  @Property(tries = 1000)
  void textLeadsBackToTheSamePrefix(@ForAll("prefixes") IpPrefix prefix) {
    assertThat(IpPrefix.of(prefix.toString())).isEqualTo(prefix);
  }

  @Property(tries = 500)
  void orderAgreesWithEquality(@ForAll("prefixes") IpPrefix a, @ForAll("prefixes") IpPrefix b) {
    assertThat(a.compareTo(b) == 0).isEqualTo(a.equals(b));
    assertThat(Integer.signum(a.compareTo(b))).isEqualTo(-Integer.signum(b.compareTo(a)));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 33, 128, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void aLengthBeyondTheFamilyIsRefused(int length) {
    IpAddress address = IpAddress.of("1.2.3.4");
    assertThatIllegalArgumentException().isThrownBy(() -> new IpPrefix(address, length));
  }

  @Provide
  Arbitrary<IpPrefix> prefixes() {
    return IpAddressTest.addresses()
        .flatMap(address ->
            Arbitraries.integers()
                .between(0, address.bits())
                .withDistribution(RandomDistribution.uniform())
                .map(length -> new IpPrefix(address, length)));
  }

  private static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.bytes());
  }

  private static BigInteger size(IpPrefix prefix) {
    return BigInteger.TWO.pow(prefix.address().bits() - prefix.length());
  }

  private static BigInteger first(IpPrefix prefix) {
    BigInteger number = number(prefix.address());
    return number.subtract(number.mod(size(prefix)));
  }

  private static BigInteger last(IpPrefix prefix) {
    return first(prefix).add(size(prefix)).subtract(BigInteger.ONE);
  }
}
