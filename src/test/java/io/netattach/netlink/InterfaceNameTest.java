package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterfaceNameTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "net1",
        "eth0.100",
        "abcdefghijklmno",
        "...",
        "-x",
        "ünïcödé",
        "a\\b",
        "A*?["
      })
  void whatTheKernelAcceptsIsAName(String text) {
    assertThat(new InterfaceName(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abcdefghijklmnop",
        "üüüüüüüü",
        "\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00"
      })
  void theLimitIsFifteenBytesNotCharacters(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InterfaceName(text))
        .withMessageContaining("at most 15");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a/b",
        "a:1",
        "a b",
        "a\tb",
        "a\n",
        "\0",
        "a\0b",
        "a\u0001",
        "a\u007f",
        "veth%d",
        "all",
        "default",
        "a\u2003b"
      })
  void whatTheKernelRefusesOrReadsOtherwiseIsNone(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InterfaceName(text))
        .withMessageContaining("net1");
  }
}
