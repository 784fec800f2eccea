package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netattach.cli.CommandOptions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What Helm runs before and after an installation, an upgrade and an uninstallation. */
class HookTest {
  private static final String ALL =
      "{podSecurity: {labelNamespace: true}, uninstall: {policy: %s}}";

  /** An event of Helm, values, and the name that all objects of its hooks have. */
  static Stream<Arguments> hooks() {
    return Stream.of(
        Arguments.of("pre-install", "{}", "netattach-setup"),
        Arguments.of("pre-upgrade", ALL.formatted("Detach"), "netattach-setup"),
        Arguments.of("pre-delete", "{}", "netattach-uninstall"),
        Arguments.of("post-delete", ALL.formatted("Keep"), "netattach-uninstall"),
        Arguments.of("test", "{}", "netattach-selftest"));
  }

  @ParameterizedTest
  @MethodSource("hooks")
  void itsRolesComeBeforeItAndAllIsRemovedAfterIt(String event, String values, String name) {
    ClusterObjects objects = Chart.hooks(event, values);

    assertThat(objects.all())
        .extracting(object -> object.at("/metadata/name").asText())
        .containsOnly(name);
    for (JsonNode object : objects.all()) {
      boolean isRun = List.of("Job", "Pod").contains(object.path("kind").asText());
      boolean isTest = object.path("kind").asText().equals("Pod");
      assertThat(Chart.annotation(object, "hook-weight")).containsExactly(isRun ? "0" : "-5");
      assertThat(Chart.annotation(object, "hook-delete-policy"))
          .isEqualTo(
              isTest
                  ? List.of("before-hook-creation")
                  : List.of("before-hook-creation", "hook-succeeded"));
    }
  }

  @ParameterizedTest
  @MethodSource("hooks")
  void itRunsWithoutPrivilegeAsItsOwnServiceAccount(String event, String values, String name) {
    ClusterObjects objects = Chart.hooks(event, values);
    JsonNode pod = pod(objects);

    assertThat(pod.path("serviceAccountName").asText()).isEqualTo(name);
    assertThat(objects.get("ServiceAccount", name).path("automountServiceAccountToken").asBoolean())
        .isFalse();
    assertThat(pod.path("securityContext"))
        .hasToString(
            "{\"runAsNonRoot\":true,\"runAsUser\":65532,\"runAsGroup\":65532,"
                + "\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}");
    assertThat(pod.at("/containers/0/securityContext"))
        .hasToString(
            "{\"allowPrivilegeEscalation\":false,\"readOnlyRootFilesystem\":true,"
                + "\"capabilities\":{\"drop\":[\"ALL\"]}}");
    assertThat(pod.toString()).doesNotContain("hostPath", "hostNetwork");
    assertThat(pod.path("restartPolicy").asText()).isEqualTo("Never");
    assertThat(pod.at("/containers/0/terminationMessagePolicy").asText())
        .isEqualTo("FallbackToLogsOnError");
  }

  @ParameterizedTest
  @MethodSource("hooks")
  void everyArgumentIsAnOptionOfItsCommand(String event, String values, String name) {
    List<String> args = args(Chart.hooks(event, values));

    assertThat(CommandOptions.of(args.getFirst()))
        .containsAll(args.stream().skip(1).map(arg -> arg.replaceFirst("=.*", "")).toList());
  }

  @ParameterizedTest
  @MethodSource("hooks")
  void itRunsWhereTheControllerDoes(String event, String values, String name) {
    JsonNode pod =
        pod(
            Chart.hooks(
                event,
                """
                image: {repository: registry.example.org/netattach, tag: 1.2.3, pullSecrets: [a]}
                controller:
                  tolerations: [{operator: Exists}]
                  nodeSelector: {disk: ssd}
                  priorityClassName: own
                podSecurity: {labelNamespace: true}
                uninstall: {policy: %s}
                """
                    .formatted(event.equals("post-delete") ? "Keep" : "Detach")));

    assertThat(pod.path("tolerations")).hasToString("[{\"operator\":\"Exists\"}]");
    assertThat(pod.at("/nodeSelector/disk").asText()).isEqualTo("ssd");
    assertThat(pod.path("priorityClassName").asText()).isEqualTo("own");
    assertThat(pod.path("imagePullSecrets")).hasToString("[{\"name\":\"a\"}]");
    assertThat(pod.at("/containers/0/image").asText())
        .isEqualTo("registry.example.org/netattach:1.2.3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pre-install | {} | setup --definitions",
        "pre-upgrade | {} | setup --definitions",
        "pre-upgrade | {podSecurity: {labelNamespace: true}} | setup --definitions --label-namespace=other",
        "pre-install | {crds: {upgrade: false}, podSecurity: {labelNamespace: true}} | setup --label-namespace=other",
        "pre-delete | {} | teardown --policy=Detach --timeout=240",
        "pre-delete | {uninstall: {timeoutSeconds: 3600}} | teardown --policy=Detach --timeout=3600",
        "post-delete | {uninstall: {policy: Keep}} | teardown --policy=Keep --timeout=240 --namespace=other",
        "test | {} | selftest --target=pod",
        "test | {podTargets: {enabled: false}} | selftest --target=netns",
        "test | {podTargets: {enabled: false}, namedNamespaces: {enabled: false}} | selftest --target=none",
      })
  void itDoesWhatTheValuesSay(String event, String values, String args) {
    assertThat(String.join(" ", args(Chart.hooks("other", event, values)))).isEqualTo(args);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pre-install | {crds: {upgrade: false}}",
        "pre-upgrade | {crds: {upgrade: false}}",
        "pre-delete | {uninstall: {policy: Keep}}",
        "post-delete | {}",
        "pre-rollback | {}",
      })
  void itDoesNothingElse(String event, String values) {
    assertThat(Chart.hooks(event, values).all()).isEmpty();
  }

  @Test
  void aJobEndsWithTheTimeOfItsCommandAndAFailureThatWasToldIsNotTriedAgain() {
    JsonNode job =
        Chart.hooks("pre-delete", "uninstall: {timeoutSeconds: 3600}")
            .get("Job", "netattach-uninstall")
            .path("spec");

    assertThat(job.path("activeDeadlineSeconds").asInt()).isEqualTo(3660);
    assertThat(job.path("backoffLimit").asInt()).isEqualTo(2);
    assertThat(job.at("/podFailurePolicy/rules/1"))
        .hasToString(
            "{\"action\":\"FailJob\",\"onExitCodes\":{\"operator\":\"In\",\"values\":[1]}}");
  }

  @Test
  void rightsAreBoundByName() {
    JsonNode rules =
        Chart.hooks("other", "pre-upgrade", ALL.formatted("Detach"))
            .get("ClusterRole", "netattach-setup")
            .path("rules");

    assertThat(rules.at("/0/resourceNames"))
        .extracting(JsonNode::asText)
        .containsExactlyInAnyOrderElementsOf(
            Chart.definitions().all().stream()
                .map(definition -> definition.at("/metadata/name").asText())
                .toList());
    assertThat(rules.at("/1/resourceNames")).hasToString("[\"other\"]");
  }

  @Test
  void theManifestsForAnUninstallationAreTheSame() throws Exception {
    assertThat(withoutOwn(Chart.hooks("pre-delete", "{}")))
        .isEqualTo(Kustomize.build("k8s/uninstall").byId());
    assertThat(withoutOwn(Chart.hooks("post-delete", "{uninstall: {policy: Keep}}")))
        .isEqualTo(Kustomize.build("k8s/uninstall-keep").byId());
  }

  private static Map<String, JsonNode> withoutOwn(ClusterObjects objects) {
    Map<String, JsonNode> byId = new TreeMap<>(objects.byId());
    byId.values()
        .forEach(object -> {
          ((ObjectNode) object.path("metadata")).remove("annotations");
          for (String place : List.of("/metadata/labels", "/spec/template/metadata/labels")) {
            if (object.at(place) instanceof ObjectNode labels) {
              labels.remove("app.kubernetes.io/managed-by");
            }
          }
        });
    return byId;
  }

  static JsonNode pod(ClusterObjects objects) {
    return Stream.concat(objects.ofKind("Job"), objects.ofKind("Pod"))
        .map(run ->
            run.path("kind").asText().equals("Job")
                ? run.at("/spec/template/spec")
                : run.path("spec"))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> args(ClusterObjects objects) {
    return pod(objects).at("/containers/0/args").valueStream().map(JsonNode::asText).toList();
  }
}
