package io.netattach.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressRange;
import io.netattach.kube.MockApi;
import io.netattach.kube.Program;
import io.netattach.kube.Scrape;
import io.netattach.kube.Scrape.Sample;
import io.netattach.monitoring.Query.Matching;
import io.netattach.monitoring.Query.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Dashboard and alerts ask for what an agent and a controller tell, and for nothing else. */
@Tag("kernel")
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MonitoringIT {
  private static final Path FOLDER = Path.of("k8s/monitoring");

  /** What Prometheus itself adds to each target. */
  private static final Set<String> OF_TARGETS = Set.of("instance", "job");

  private final List<Sample> told = new ArrayList<>();
  private Scrape agent;
  private Scrape controller;

  @BeforeAll
  void scrape() {
    try (MockApi api = new MockApi("node-1");
        Program agentProgram =
            Program.start("agent", api.kubeconfig(), Map.of("NODE_NAME", "node-1"));
        Program controllerProgram =
            Program.start("controller", api.kubeconfig(), Map.of("POD_NAME", "c-0"))) {
      api.client().resource(pool()).create();
      agent = agentProgram.awaitReady().scrape();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            controller = controllerProgram.awaitReady().scrape();
            assertThat(controller.helps()).containsKey("netattach_pool_attachments");
          });
    }
    told.addAll(agent.samples(""));
    told.addAll(controller.samples(""));
  }

  /** What is told of pools is told of those that there are. */
  private static AddressPool pool() {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("blue");
    pool.setSpec(
        new AddressPoolSpec(
            List.of(new AddressRange("10.10.0.0/24", null, null, null, List.of()))));
    return pool;
  }

  private static List<Query> alerts() throws IOException {
    JsonNode rules = new YAMLMapper().readTree(FOLDER.resolve("alerts.yaml").toFile());
    return rules.findValues("expr").stream().map(expr -> new Query(expr.asText())).toList();
  }

  private static JsonNode dashboard() throws IOException {
    return new ObjectMapper().readTree(FOLDER.resolve("dashboard.json").toFile());
  }

  private static List<Query> panels() throws IOException {
    return dashboard().findValues("expr").stream().map(expr -> new Query(expr.asText())).toList();
  }

  @Test
  void eachMetricThatIsAskedForIsTold() throws IOException {
    List<Query> queries = Stream.concat(alerts().stream(), panels().stream()).toList();
    assertThat(queries).hasSizeGreaterThan(25);
    for (Query query : queries) {
      assertThat(query.selectors()).as("%s", query).isNotEmpty();
      query.selectors().forEach(selector -> check(query, selector));
    }
  }

  private void check(Query query, Selector selector) {
    if (selector.metric().equals("up")) {
      return;
    }
    List<Sample> samples =
        told.stream().filter(sample -> sample.name().equals(selector.metric())).toList();
    assertThat(samples).as("samples of %s in %s", selector.metric(), query).isNotEmpty();
    for (Matching label : selector.labels()) {
      checkLabel(query, samples, label);
    }
    assertThat(query.grouping())
        .as("labels of %s in %s", selector.metric(), query)
        .allMatch(label ->
            OF_TARGETS.contains(label)
                || samples.stream().allMatch(sample -> sample.labels().containsKey(label)));
  }

  private static void checkLabel(Query query, List<Sample> samples, Matching label) {
    if (OF_TARGETS.contains(label.label())) {
      return;
    }
    for (String value : label.value().split("\\|", -1)) {
      assertThat(samples)
          .as("%s=%s in %s", label.label(), value, query)
          .anyMatch(sample -> value.equals(sample.labels().get(label.label())));
    }
  }

  @Test
  void thePanelsTellWhatTheyShowAndDoNotOverlap() throws IOException {
    Set<String> places = new TreeSet<>();
    for (JsonNode panel : dashboard().path("panels")) {
      JsonNode place = panel.path("gridPos");
      for (int x = 0; x < place.path("w").asInt(); x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          String field = (place.path("x").asInt() + x) + "," + (place.path("y").asInt() + y);
          assertThat(places.add(field)).as("%s at %s", panel.path("title"), field).isTrue();
        }
      }
      assertThat(panel.path("title").asText()).isNotBlank();
      assertThat(place.path("x").asInt() + place.path("w").asInt()).isLessThanOrEqualTo(24);
    }
  }

  @Test
  void eachAlertSaysWhatItMeansAndWhatToDo() throws IOException {
    JsonNode rules =
        new YAMLMapper()
            .readTree(FOLDER.resolve("alerts.yaml").toFile())
            .at("/spec/groups/0/rules");
    assertThat(rules).isNotEmpty();
    for (JsonNode rule : rules) {
      assertThat(rule.path("alert").asText()).startsWith("Netattach");
      assertThat(rule.at("/labels/severity").asText()).isIn("info", "warning", "critical");
      assertThat(rule.at("/annotations/summary").asText()).endsWith(".");
      assertThat(rule.at("/annotations/description").asText()).isNotBlank();
    }
  }

  /** The page for people has them all, and none that is not told. */
  @Test
  void theDocumentationHasEachMetric() throws IOException {
    String page = Files.readString(Path.of("docs/operations.md"));
    Set<String> documented = new TreeSet<>();
    var row = Pattern.compile("(?m)^\\| `(netattach_\\w+)`").matcher(page);
    while (row.find()) {
      documented.add(row.group(1));
    }
    Set<String> metrics = new TreeSet<>();
    Stream.of(agent, controller)
        .flatMap(scrape -> scrape.helps().keySet().stream())
        .filter(name -> name.startsWith("netattach_") && !name.endsWith("_max"))
        .forEach(metrics::add);
    assertThat(documented).isEqualTo(metrics);
  }
}
