package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.netattach.docs.Command;
import io.netattach.docs.Page;
import io.netattach.kube.ApiServer;
import io.netattach.kube.KubectlResult;
import io.netattach.kube.NeedsApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the pages tell to type for a cluster is taken by an API server and by the chart, and so is
 * what they have in YAML. On this server there is what the pages speak of, and what is written is
 * written in dry runs, so it does not matter in which order.
 */
@NeedsApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocumentedClusterTest {
  /** What the pages speak of, and something for each word that stands for a name. */
  private static final String THERE =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: default, namespace: shop}
      ---
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: default, namespace: netattach-system}
      ---
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: default, namespace: default}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: db-0, namespace: shop}
      spec: {containers: [{name: db, image: db}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: pod, namespace: netattach-system}
      spec: {containers: [{name: agent, image: netattach}]}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: name}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: db-0-storage, namespace: shop}
      spec:
        target: {pod: {name: db-0}}
        container: {interface: net1}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: name, namespace: default}
      spec:
        nodeName: worker-1
        target: {netns: {name: blue}}
        container: {interface: net1}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachmentSet
      metadata: {name: name, namespace: default}
      spec:
        podSelector: {}
        template: {spec: {container: {interface: net1}}}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachmentSet
      metadata: {name: web, namespace: default}
      spec:
        podSelector: {}
        template: {spec: {container: {interface: net1}}}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: AddressPool
      metadata: {name: blue}
      spec: {ranges: [{subnet: 10.40.0.0/16}]}
      """;

  /** Words that stand for a name, and the name that is there. */
  private static final Map<String, String> NAMES = Map.of("NAME", "name", "POD", "pod");

  private static final Set<String> READING = Set.of("get", "describe", "explain");

  private static final Set<String> WRITING =
      Set.of("apply", "create", "delete", "label", "annotate", "patch", "run");

  /** What an API server alone cannot do, and who does it instead. */
  private static final Map<String, String> NOT_RUN =
      Map.of(
          "exec", "needs a running container; the program's tests look at what is run in it",
          "logs", "needs a running container",
          "rollout", "needs nodes; make e2e awaits the same",
          "wait", "needs an agent; make e2e awaits the same",
          "drain", "needs a kubelet that ends pods");

  /** What an uninstallation applies, and deletes at its end; both have a Job of the same name. */
  private static final Set<String> UNINSTALLATIONS =
      Set.of("k8s/uninstall/", "k8s/uninstall-keep/");

  /** Needs definitions of the Prometheus operator; KustomizationTest looks at what is in there. */
  private static final String MONITORING = "k8s/monitoring/";

  /** Options of Helm that the pages use; those with a value are followed by it. */
  private static final Set<String> HELM_VALUES = Set.of("--namespace", "-n", "--timeout");

  private static final Set<String> HELM_SWITCHES =
      Set.of("--create-namespace", "--logs", "--reset-then-reuse-values");

  private static final YAMLMapper YAML = new YAMLMapper();

  private final ApiServer server;

  private @TempDir Path folder = Path.of("");

  DocumentedClusterTest() {
    server = ApiServer.start();
  }

  @BeforeAll
  void prepare() {
    assertTaken(server.kubectl("apply", "-k", "k8s/"));
    await("the definitions to be served")
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> server.kubectl("get", "natt,nattset,addresspools,addressblocks").exitCode() == 0);
    assertTaken(server.kubectlWithInput(THERE, "apply", "-f", "-"));
  }

  @AfterAll
  void end() {
    server.close();
  }

  static Stream<Command> kubectl() {
    return Command.all().stream()
        .filter(command -> command.program().equals("kubectl"))
        .filter(command -> !command.words().contains(MONITORING))
        .filter(command -> !NOT_RUN.containsKey(verb(command)));
  }

  static Stream<Command> deletionsOfUninstallations() {
    return kubectl()
        .filter(command -> verb(command).equals("delete"))
        .filter(command -> UNINSTALLATIONS.contains(command.words().getLast()));
  }

  /** Not in a dry run: it is there only from the one to the other. */
  @ParameterizedTest
  @MethodSource("deletionsOfUninstallations")
  void whatAnUninstallationAppliesIsDeletedAtItsEnd(Command command) {
    assertTaken(server.kubectl("apply", "-k", command.words().getLast()));

    assertTaken(server.kubectl(command.arguments().toArray(String[]::new)));
  }

  static Stream<Command> dryRuns() {
    List<Command> others = deletionsOfUninstallations().toList();
    return kubectl().filter(command -> !others.contains(command));
  }

  @ParameterizedTest
  @MethodSource("dryRuns")
  void theServerTakesWhatKubectlIsToldToDo(Command command) throws IOException {
    List<String> words = new ArrayList<>();
    for (String word : command.arguments()) {
      words.add(word(command.page(), word));
    }
    if (WRITING.contains(verb(command))) {
      int end = words.indexOf("--");
      words.add(end < 0 ? words.size() : end, "--dry-run=server");
    } else {
      assertThat(READING)
          .as("neither reads nor writes, nor is it said why not")
          .contains(verb(command));
    }

    KubectlResult result = server.kubectl(words.toArray(String[]::new));

    if (Set.of("create", "run").contains(verb(command)) && result.exitCode() != 0) {
      assertThat(result.err()).contains("already exists");
    } else {
      assertTaken(result);
    }
  }

  private static String verb(Command command) {
    List<String> words = command.arguments();
    int first = Set.of("-n", "--namespace").contains(words.getFirst()) ? 2 : 0;
    return words.get(first);
  }

  /** Names for words that stand for one, and a file for what the page tells to write into it. */
  private String word(Page page, String word) throws IOException {
    for (Map.Entry<String, String> name : NAMES.entrySet()) {
      if (word.equals(name.getKey()) || word.endsWith("=" + name.getKey())) {
        return word.replace(name.getKey(), name.getValue());
      }
    }
    for (Page.Block block : page.blocks()) {
      if (block.before().endsWith("Write `" + word + "`:")) {
        return Files.writeString(folder.resolve(word), block.text()).toString();
      }
    }
    return word;
  }

  @Test
  void whatIsSaidNotToBeRunIsOnThePages() {
    List<Command> commands =
        Command.all().stream().filter(command -> command.program().equals("kubectl")).toList();

    assertThat(commands).extracting(DocumentedClusterTest::verb).containsAll(NOT_RUN.keySet());
    assertThat(commands).anyMatch(command -> command.words().contains(MONITORING));
  }

  static Stream<Command> helm() {
    return Command.all().stream().filter(command -> command.program().equals("helm"));
  }

  @ParameterizedTest
  @MethodSource("helm")
  void theChartTakesTheValuesThatHelmIsTold(Command command) throws IOException {
    ObjectNode values = YAML.createObjectNode();
    List<String> words = command.arguments();
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("--set")) {
        set(values, words.get(++i));
      } else if (HELM_VALUES.contains(word)) {
        i++;
      } else {
        assertThat(word.startsWith("-") && !HELM_SWITCHES.contains(word)).as(word).isFalse();
      }
    }

    assertThat(words.getFirst())
        .isIn("install", "upgrade", "uninstall", "test", "history", "rollback");
    assertThat(Chart.render(YAML.writeValueAsString(values)).all()).isNotEmpty();
  }

  /** A value that does not exist is refused by the chart's schema when it is rendered. */
  private static void set(ObjectNode values, String assignment) {
    String[] parts = assignment.split("=", 2);
    String[] path = parts[0].split("\\.", -1);
    ObjectNode at = values;
    for (int i = 0; i < path.length - 1; i++) {
      at = at.withObjectProperty(path[i]);
    }
    at.set(
        path[path.length - 1],
        ClusterObjects.documents("value: " + parts[1]).getFirst().path("value"));
  }

  private record Example(Page page, String yaml) {
    @Override
    public String toString() {
      return page + ": " + yaml.lines().limit(3).toList();
    }
  }

  static Stream<Example> examples() {
    return Page.all().stream()
        .flatMap(page ->
            page.blocks().stream()
                .filter(block -> block.language().equals("yaml"))
                .map(block -> new Example(page, block.text())));
  }

  /** Each block in YAML is something that a cluster, the chart or kustomize takes. */
  @ParameterizedTest
  @MethodSource("examples")
  void eachExampleIsTaken(Example example) throws IOException {
    JsonNode first = ClusterObjects.documents(example.yaml).getFirst();
    if (first.has("agent")) {
      assertThat(Chart.render(example.yaml).all()).isNotEmpty();
    } else if (first.has("patches") || first.path("kind").asText().equals("Kustomization")) {
      assertTaken(kustomize((ObjectNode) first));
    } else {
      for (JsonNode document : ClusterObjects.documents(example.yaml)) {
        assertTaken(
            server.kubectlWithInput(
                YAML.writeValueAsString(object((ObjectNode) document)),
                "apply",
                "--server-side",
                "--force-conflicts",
                "--dry-run=server",
                "--validate=strict",
                "-f",
                "-"));
      }
    }
  }

  /** With a copy of the manifests beside it, where the example says that they are. */
  private KubectlResult kustomize(ObjectNode kustomization) throws IOException {
    Path copy = folder.resolve("netattach/k8s");
    try (Stream<Path> files = Files.walk(Path.of("k8s"))) {
      for (Path file : files.toList()) {
        Path to = copy.resolve(Path.of("k8s").relativize(file).toString());
        Files.createDirectories(Objects.requireNonNull(to.getParent()));
        if (Files.isRegularFile(file)) {
          Files.copy(file, to);
        }
      }
    }
    kustomization.putArray("resources").add("netattach/k8s");
    Files.writeString(folder.resolve("kustomization.yaml"), YAML.writeValueAsString(kustomization));
    return server.kubectl("kustomize", folder.toString());
  }

  /** A part of an object is made a whole one, and what is for a file gets the name of a node. */
  private static ObjectNode object(ObjectNode part) {
    if (part.has("apiVersion")) {
      if (part.at("/spec/target").has("netns") && !part.path("spec").has("nodeName")) {
        part.withObjectProperty("spec").put("nodeName", "worker-1");
      }
      return part;
    }
    ObjectNode spec = part.has("spec") ? (ObjectNode) part.path("spec") : part;
    boolean isAttachment = spec.has("container");
    ObjectNode whole = YAML.createObjectNode();
    whole.put("apiVersion", isAttachment ? "netattach.io/v1alpha1" : "v1");
    whole.put("kind", isAttachment ? "NetworkAttachment" : "Pod");
    whole.putObject("metadata").put("name", "part").put("namespace", "shop");
    whole.set("spec", spec);
    if (!isAttachment) {
      spec.putArray("containers").addObject().put("name", "db").put("image", "db");
    } else if (!spec.has("target")) {
      spec.put("nodeName", "worker-1").putObject("target").putObject("netns").put("name", "blue");
    }
    return whole;
  }

  private static void assertTaken(KubectlResult result) {
    assertThat(result.exitCode()).as("%s%s", result.out(), result.err()).isZero();
  }
}
