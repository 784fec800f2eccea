package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetnsNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"blue", "a", "a.b", "a..", "cni-1234-5678", "ünïcödé", "a:b", "%n", "~"})
  void aFileNameIsAName(String text) {
    assertThat(new NetnsName(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "/",
        "a/b",
        "../x",
        "/run/netns/x",
        ".hidden",
        ".netattach-1",
        "-n",
        "a b",
        "a\nb",
        "a\0",
        "a\u007f",
        "a\u2028b"
      })
  void whatLeadsElsewhereOrHidesIsNone(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new NetnsName(text));
  }

  @Test
  void theLimitIs255BytesNotCharacters() {
    assertThat(new NetnsName("x".repeat(255)).value()).hasSize(255);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NetnsName("ü".repeat(128)))
        .withMessageContaining("256 bytes");
  }

  @Test
  void namesAreSortedByText() {
    assertThat(Stream.of("b", "a", "B").map(NetnsName::new).sorted().map(NetnsName::value))
        .containsExactly("B", "a", "b");
  }
}
