package io.netattach.cli.manifest;

import static io.netattach.cli.manifest.ManifestReaderTest.MINIMAL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is read, there is an answer, it is one of two, and it does not take long. */
class ManifestReaderFuzzTest {

  private static final String SAMPLE =
      MINIMAL
          + """
            host:
              bridge: {name: br0, vlan: 10, hairpin: true}
              addresses: &a [10.0.0.1/24, "fd00::1/64"]
              routes: [{to: 0.0.0.0/0, metric: 100}, {to: ::/0, via: 'fe80::1'}]
          status: {netns: {inode: 1}, conditions: [{type: Ready, status: "True"}]}
          ---
          """
          + MINIMAL;

  @Property(tries = 2000)
  void anyTextIsReadOrRefused(@ForAll String text) {
    readOrRefused(text);
  }

  @Property(tries = 2000)
  void anyBytesAreReadOrRefused(@ForAll byte[] bytes) {
    readOrRefused(bytes);
  }

  @Property(tries = 4000)
  void anythingMadeOfTheSignsOfYamlIsReadOrRefused(@ForAll("yamlish") String text) {
    readOrRefused(text);
  }

  @Property(tries = 4000)
  void aManifestWithOneChangeIsReadOrRefused(
      @ForAll @IntRange(max = 700) int from,
      @ForAll @IntRange(max = 20) int length,
      @ForAll("yamlish") String instead) {
    int start = Math.min(from, SAMPLE.length());
    int end = Math.min(start + length, SAMPLE.length());
    readOrRefused(SAMPLE.substring(0, start) + instead + SAMPLE.substring(end));
  }

  @Provide
  Arbitrary<String> yamlish() {
    return Arbitraries.of(
            "a",
            "kind",
            "NetworkAttachment",
            "List",
            "items",
            "metadata",
            "spec",
            "name",
            ": ",
            ":",
            "- ",
            "? ",
            "\n",
            "\n  ",
            "\n    ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&a ",
            "*a",
            "!x ",
            "!!str ",
            "!!int ",
            "%YAML 1.2",
            "%TAG ! x",
            "---\n",
            "...\n",
            "|",
            ">",
            "|9",
            "\"",
            "'",
            "\\",
            "\\u12",
            "\\xff",
            "#",
            " #",
            "@",
            "`",
            "<<",
            "~",
            "null",
            "true",
            "1",
            "0x1",
            "1e9",
            ".inf",
            "\t",
            "\0",
            "\r",
            "\u0085",
            "\u2028",
            "\uFEFF",
            "\ud83d",
            "\ude00")
        .list()
        .ofMaxSize(25)
        .map(parts -> String.join("", parts));
  }

  static List<String> bombs() {
    var aliases = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 60; i++) {
      String alias = "*a" + (i - 1);
      aliases.append("a%d: &a%d [%s]\n".formatted(i, i, (alias + ", ").repeat(10)));
    }
    var deep = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 10_000; i++) {
      deep.append("a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
    }
    return List.of(
        aliases.toString(),
        deep.toString(),
        "[".repeat(1_000_000),
        "{a: ".repeat(700_000),
        "- ".repeat(1_000_000),
        "? ".repeat(1_000_000),
        "a: {" + "b, ".repeat(1_000_000) + "}",
        MINIMAL + "status: [" + "[],".repeat(900_000) + "]",
        "x: y\n".repeat(600_000),
        "--- a\n".repeat(500_000),
        "\"" + "\\x41".repeat(700_000) + "\"",
        "!".repeat(3_000_000),
        " ".repeat(3_000_000) + "a: [",
        "x".repeat(ManifestReader.MAX_BYTES + 1));
  }

  @ParameterizedTest
  @MethodSource("bombs")
  void whatIsMadeToGrowIsRefusedInTime(String text) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () ->
            assertThatThrownBy(() -> ManifestReader.read("bomb", text, note -> {}))
                .isInstanceOf(ManifestException.class)
                .message()
                .hasSizeLessThan(50_000));
  }

  private static void readOrRefused(String text) {
    try {
      assertComplete(ManifestReader.read("fuzz", text, note -> {}));
    } catch (ManifestException e) {
      assertSpeaksPlainly(e);
    }
  }

  private static void readOrRefused(byte[] bytes) {
    try {
      assertComplete(ManifestReader.read("fuzz", bytes, note -> {}));
    } catch (ManifestException e) {
      assertSpeaksPlainly(e);
    }
    readOrRefused(new String(bytes, UTF_8));
  }

  private static void assertComplete(List<Manifest> manifests) {
    assertThat(manifests)
        .allSatisfy(manifest -> {
          assertThat(manifest.attachment().getSpec()).isNotNull();
          assertThat(manifest.attachment().getMetadata().getName()).isNotEmpty();
          assertThat(manifest.attachment().getMetadata().getNamespace()).isNotEmpty();
          assertThat(manifest.attachment().getMetadata().getUid()).isNotEmpty();
        });
  }

  private static void assertSpeaksPlainly(ManifestException e) {
    assertThat(e.problems()).isNotEmpty();
    assertThat(e.getMessage()).doesNotContain("snakeyaml", "jackson", "java.", "Exception");
    assertThat(e.problems())
        .allSatisfy(problem -> assertThat(problem.toString()).doesNotContainPattern("\\p{Cntrl}"));
  }
}
