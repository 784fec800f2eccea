package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The chart's values, their schema and their documentation name the same values. */
class ValuesTest {
  private static final Path VALUES = Chart.FOLDER.resolve("values.yaml");
  private static final Path SCHEMA = Chart.FOLDER.resolve("values.schema.json");
  private static final Path DOCUMENTATION = Path.of("docs/install.md");

  /** A row of the table, such as {@code | `agent.port` | what it is | `9470` |}. */
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-zA-Z.]+)` \\| .* \\| `(.*)` \\|", Pattern.MULTILINE);

  private static final Pattern KEY = Pattern.compile("( *)([a-zA-Z]+):.*");

  private static final JsonNode ROOT =
      ClusterObjects.documents(ClusterObjects.read(SCHEMA)).getFirst();

  private final Map<String, JsonNode> values = new TreeMap<>();

  ValuesTest() {
    collect("", ROOT, ClusterObjects.documents(ClusterObjects.read(VALUES)).getFirst());
  }

  /** Values are what the schema does not take apart any further. */
  private void collect(String path, JsonNode schema, JsonNode value) {
    if (!schema.has("properties")) {
      values.put(path, value);
      return;
    }
    schema
        .path("properties")
        .properties()
        .forEach(entry -> {
          String name = entry.getKey();
          // Helm's own, for charts in charts.
          if (!name.equals("global")) {
            collect(path.isEmpty() ? name : path + "." + name, entry.getValue(), value.path(name));
          }
        });
  }

  @Test
  void eachValueOfTheSchemaHasADefault() {
    assertThat(values)
        .isNotEmpty()
        .allSatisfy((path, value) -> assertThat(value.isMissingNode()).isFalse());
  }

  @Test
  void eachValueHasAComment() {
    List<String> lines = ClusterObjects.read(VALUES).lines().toList();
    Map<Integer, String> parents = new TreeMap<>();
    Map<String, Boolean> commented = new TreeMap<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher key = KEY.matcher(lines.get(i));
      if (key.matches()) {
        int depth = key.group(1).length() / 2;
        parents.put(depth, key.group(2));
        String path = String.join(".", parents.values().stream().limit(depth + 1L).toList());
        commented.put(path, i > 0 && lines.get(i - 1).strip().startsWith("#"));
      }
    }

    assertThat(values.keySet()).allMatch(path -> commented.getOrDefault(path, false));
  }

  @Test
  void eachValueIsDocumentedWithItsDefault() {
    Map<String, JsonNode> documented = new TreeMap<>();
    Matcher row = ROW.matcher(ClusterObjects.read(DOCUMENTATION));
    while (row.find()) {
      documented.put(
          row.group(1),
          ClusterObjects.documents("value: " + row.group(2)).getFirst().path("value"));
    }

    assertThat(documented).isEqualTo(values);
  }
}
