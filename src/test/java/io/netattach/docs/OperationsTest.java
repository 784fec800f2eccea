package io.netattach.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Who is woken by an alert finds it on the page, with what to do. */
class OperationsTest {
  private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");

  @Test
  void eachAlertHasItsRow() throws IOException {
    List<String> alerts =
        ALERT
            .matcher(Files.readString(Path.of("k8s", "monitoring", "alerts.yaml")))
            .results()
            .map(alert -> "`" + alert.group(1) + "`")
            .toList();
    List<Page.Row> rows =
        Page.of(Path.of("docs", "operations.md")).rows().stream()
            .filter(row -> row.head().getFirst().equals("alert"))
            .toList();

    assertThat(alerts).isNotEmpty();
    assertThat(rows).extracting(row -> row.cells().getFirst()).containsExactlyElementsOf(alerts);
    assertThat(rows).allMatch(row -> !row.cells().get(2).isBlank(), "says what to do");
  }
}
