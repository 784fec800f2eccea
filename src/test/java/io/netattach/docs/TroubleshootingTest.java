package io.netattach.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of troubles has each reason, and quotes what the programs really say. */
class TroubleshootingTest {
  private static final Page PAGE = Page.of(Path.of("docs", "troubleshooting.md"));

  /** The rooms that write conditions and events. */
  private static final List<String> ROOMS =
      List.of("agent", "attach", "controller", "kube", "pool");

  private static final Pattern WORD = Pattern.compile("[A-Z][a-z]+(?:[A-Z][a-z]+)*");

  /** Words like reasons that are none. */
  private static final Set<String> NO_REASONS =
      Set.of(
          "Bridge",
          "Failed",
          "False",
          "Namespace",
          "NamespaceTerminating",
          "Normal",
          "Pod",
          "Ready",
          "Stalled",
          "Succeeded",
          "True",
          "Unknown",
          "Uplink",
          "Warning");

  @Test
  void itHasEachReasonOfAConditionAndOfAnEvent() {
    Set<String> reasons = new TreeSet<>();
    Sources.literals(ROOMS).filter(text -> WORD.matcher(text).matches()).forEach(reasons::add);
    reasons.removeAll(NO_REASONS);
    Set<String> told = new TreeSet<>(Page.code(String.join("\n", PAGE.prose())));

    assertThat(reasons).contains("Attached", "Rejected", "Exhausted", "LetGo");
    assertThat(told).containsAll(reasons);
  }

  @Test
  void whatItQuotesIsSaid() {
    Sources sources = new Sources();
    List<String> quoted = new ArrayList<>();
    for (Page.Row row : PAGE.rows()) {
      int column = row.head().indexOf("message");
      if (column >= 0) {
        quoted.addAll(Page.code(row.cells().get(column)));
      }
    }
    Page.code(String.join("\n", PAGE.prose())).stream()
        .filter(code -> code.contains(Sources.GAP))
        .forEach(quoted::add);

    assertThat(quoted).hasSizeGreaterThan(50).allMatch(sources::say, "is said by the programs");
  }

  @Test
  void whatNobodySaysIsTold() {
    Sources sources = new Sources();

    assertThat(sources.say("no pod is named … and never was")).isFalse();
    assertThat(sources.say("no pod is named …")).isTrue();
  }
}
