package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "10.10.0.1, 10.10.0.1",
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "fd00:10::1, fd00:10::1",
    "FD00:10::ABCD, fd00:10::abcd",
    "fd00:0010:0000:0000:0000:0000:0000:0001, fd00:10::1",
    // RFC 5952, 4.2.2: one group of zeros is not shortened
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    // 4.2.3: the longest run, the first of equal ones
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "::ffff:1.2.3.4, ::ffff:102:304",
    "64:ff9b::1.2.3.4, 64:ff9b::102:304"
  })
  void addressesAreReadAndWrittenInTheirCanonicalForm(String text, String canonical) {
    assertThat(IpAddress.of(text)).hasToString(canonical);
    assertThat(IpAddress.of(canonical)).isEqualTo(IpAddress.of(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "10",
        "10.1",
        "10.0.1",
        "10.0.0.0.1",
        "10.0.0.",
        ".10.0.0.1",
        "10.0.0.010",
        "010.0.0.1",
        "10.00.0.1",
        "10.0.0.256",
        "10.0.0.-1",
        "+1.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4\n",
        "1.2.3.4/24",
        "1.2.3.4/255.255.255.0",
        "10.0.0.1-5",
        "10.0.0.*",
        "10.0.0._",
        "10.0.0.%",
        "10.*",
        "*",
        "*.*",
        "-",
        "0x0a.0.0.1",
        "0x0a000001",
        "0xa000001",
        "167772161",
        "0b1010.0.0.1",
        "012.0.0.1",
        "1,2.2.3.4",
        "1.2.3.4,5",
        "::1%eth0",
        "fe80::1%1",
        "::1/64",
        ":",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "::12345",
        "::g",
        "[::1]",
        "::1-5",
        "::*",
        "*::",
        "1:2:3:4:5:6:7:*",
        "::ffff:1.2.3",
        "::ffff:1.2.3.256",
        "::ffff:01.2.3.4",
        "::1.2.3.4.5",
        "1.2.3.4::",
        "0x1::",
        "00001::",
        "4)+k&C#VzJ4br>0wv%Yp",
        "«::1»",
        "localhost",
        "loopback",
        "any",
        "default",
        "١.2.3.4",
        "1。2。3。4",
        "1.2.3.4\0",
        "::1\0",
        "0:0:0:0:0:0:0:0-1",
        "00000000000000000000000000000001",
        "0x00000000000000000000000000000001",
        "fd00:10::1 ",
        "1.2.3.4:80",
        "::ffff:0x1.2.3.4"
      })
  void otherTextsAreRefusedWithASentence(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IpAddress.of(text))
        .withMessage(
            "\"" + text + "\" is not an IP address; write one such as 10.10.0.1 or fd00:10::1");
  }

  @Test
  void aMappedAddressStaysV6AndIsRecognised() {
    IpAddress mapped = IpAddress.of("::ffff:1.2.3.4");
    assertThat(mapped.isV6()).isTrue();
    assertThat(mapped.isV4Mapped()).isTrue();
    assertThat(mapped).isNotEqualTo(IpAddress.of("1.2.3.4"));
    assertThat(IpAddress.of("1.2.3.4").isV4Mapped()).isFalse();
    assertThat(IpAddress.of("::1.2.3.4").isV4Mapped()).isFalse();
    assertThat(IpAddress.of("::1:ffff:1.2.3.4").isV4Mapped()).isFalse();
    assertThat(IpAddress.of("1::ffff:1.2.3.4").isV4Mapped()).isFalse();
  }

  @Property(tries = 1000)
  void whatKindOfAddressItIsAgreesWithTheJdk(@ForAll("addresses") IpAddress address)
      throws UnknownHostException {
    // The JDK makes an IPv4 address of a mapped one.
    if (address.isV4Mapped()) {
      return;
    }
    InetAddress inet = InetAddress.getByAddress(address.bytes());
    assertThat(address.isLoopback()).isEqualTo(inet.isLoopbackAddress());
    assertThat(address.isMulticast()).isEqualTo(inet.isMulticastAddress());
    assertThat(address.isLinkLocal()).isEqualTo(inet.isLinkLocalAddress());
    assertThat(address.isUnspecified()).isEqualTo(inet.isAnyLocalAddress());
    assertThat(address.bits()).isEqualTo(inet.getAddress().length * 8);
  }

  @Property(tries = 2000)
  void textIsThatOfRfc5952AndLeadsBack(@ForAll("addresses") IpAddress address) {
    assertThat(address).hasToString(canonical(address));
    assertThat(IpAddress.of(address.toString())).isEqualTo(address);
    assertThat(IpAddress.ofBytes(address.bytes())).isEqualTo(address);
  }

  /** RFC 5952, section 4, said once more. */
  private static String canonical(IpAddress address) {
    byte[] bytes = address.bytes();
    if (!address.isV6()) {
      return "%d.%d.%d.%d"
          .formatted(bytes[0] & 0xff, bytes[1] & 0xff, bytes[2] & 0xff, bytes[3] & 0xff);
    }
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < 16; i += 2) {
      groups.add(Integer.toHexString((bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff)));
    }
    for (int run = 8; run > 1; run--) {
      for (int at = 0; at + run <= 8; at++) {
        if (groups.subList(at, at + run).stream().allMatch("0"::equals)) {
          return String.join(":", groups.subList(0, at))
              + "::"
              + String.join(":", groups.subList(at + run, 8));
        }
      }
    }
    return String.join(":", groups);
  }

  @Property(tries = 1000)
  void orderIsThatOfTheNumbersWithIpv4First(
      @ForAll("addresses") IpAddress a, @ForAll("addresses") IpAddress b) {
    int expected =
        a.isV6() != b.isV6() ? Boolean.compare(a.isV6(), b.isV6()) : number(a).compareTo(number(b));
    assertThat(Integer.signum(a.compareTo(b))).isEqualTo(expected);
    assertThat(a.compareTo(b) == 0).isEqualTo(a.equals(b));
  }

  private static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.bytes());
  }

  @Property(tries = 300)
  void anAddressOfAnotherLengthIsAMalformedMessage(@ForAll @Size(max = 40) byte[] bytes) {
    if (bytes.length == 4 || bytes.length == 16) {
      assertThat(IpAddress.ofBytes(bytes).bytes()).isEqualTo(bytes);
    } else {
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> IpAddress.ofBytes(bytes))
          .withMessageContaining("an IP address of " + bytes.length + " bytes");
    }
  }

  @Property(tries = 20_000)
  void aTextIsReadAsTheJdkReadsItOrRefused(@ForAll("nearlyAddresses") String text)
      throws UnknownHostException {
    IpAddress address;
    try {
      address = IpAddress.of(text);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("is not an IP address");
      return;
    }
    assertThat(IpAddress.of(address.toString())).isEqualTo(address);
    if (!address.isV4Mapped()) {
      assertThat(address.bytes()).isEqualTo(InetAddress.ofLiteral(text).getAddress());
    }
  }

  @Test
  void aLongTextIsRefusedLikeAShortOne() {
    for (String part : List.of(":", "1:", "1.", "0", "::")) {
      assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.of(part.repeat(200_000)));
    }
  }

  @Provide
  Arbitrary<String> nearlyAddresses() {
    return Arbitraries.of(
            "0", "1", "10", "255", "256", "01", "ff", "F", "ffff", "10000", ".", ".", ".", ":", ":",
            "::", "1.2.3.4", "1.2.3.", "::1:", "a:b:", "%", "/", "/24", "-", "*", "_", " ", "0x",
            "0b", "\0", "[", "]", "ü", ",", "§", "«", "»", "|", "^")
        .list()
        .ofMinSize(1)
        .ofMaxSize(12)
        .map(parts -> String.join("", parts));
  }

  @Provide
  static Arbitrary<IpAddress> addresses() {
    // Mostly zeros and ones, where rules about runs and limits bite.
    Arbitrary<Byte> bytes =
        Arbitraries.frequencyOf(
            Tuple.of(5, Arbitraries.just((byte) 0)),
            Tuple.of(2, Arbitraries.just((byte) -1)),
            Tuple.of(3, Arbitraries.bytes()));
    return Arbitraries.of(4, 16)
        .flatMap(size -> bytes.array(byte[].class).ofSize(size))
        .map(IpAddress::ofBytes);
  }

  @Property(tries = 200)
  void anIpv4AddressHas32Bits(@ForAll long high, @ForAll @IntRange(min = 1) int more) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new IpAddress(false, 0, 0xffff_ffffL + more));
    if (high != 0) {
      assertThatIllegalArgumentException().isThrownBy(() -> new IpAddress(false, high, 0));
    }
  }
}
