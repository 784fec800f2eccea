package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;

/** What a line on standard error must be like for its reader to mend what is wrong. */
final class Sentences {
  private static final Pattern HINT =
      Pattern.compile(
          "\\b(write|leave|remove|split|make|allow|name|add|put|indent|set|attach to|its fields are|did you mean|known here)\\b");

  private Sentences() {}

  static void assertGood(String line) {
    assertThat(line)
        .containsPattern(HINT)
        .doesNotContain("Exception", "java.lang", "\tat ", "null")
        .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]")
        .hasSizeLessThan(700);
  }
}
