package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may do what in the cluster. The table here is the one place that decides it. */
class RbacTest {

  private static final Map<String, Map<String, String>> GRANTED =
      Map.of(
          "ClusterRole netattach-agent",
          Map.of(
              "netattach.io networkattachments", "get list patch watch",
              "netattach.io networkattachments/status", "patch",
              " namespaces kube-system", "get",
              "networking.k8s.io servicecidrs", "list",
              " events", "create"),
          "Role netattach-agent",
          Map.of("coordination.k8s.io leases", "create get list update"),
          "ClusterRole netattach-controller",
          Map.ofEntries(
              Map.entry("netattach.io networkattachmentsets", "list watch"),
              Map.entry("netattach.io networkattachmentsets/status", "patch"),
              Map.entry("netattach.io networkattachments", "create delete list patch watch"),
              Map.entry("netattach.io networkattachments/status", "patch"),
              Map.entry("netattach.io addresspools", "get list patch watch"),
              Map.entry("netattach.io addresspools/status", "patch"),
              Map.entry("netattach.io addressblocks", "create delete get list patch watch"),
              Map.entry(" nodes", "list watch"),
              Map.entry(" pods", "list watch"),
              Map.entry(" pods/status", "patch"),
              Map.entry(" events", "create")),
          "Role netattach-controller",
          Map.of("coordination.k8s.io leases", "create get list update"));

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void theRolesGrantThisAndNoMore(ClusterObjects objects) {
    assertThat(granted(objects)).isEqualTo(GRANTED);
  }

  private static Map<String, Map<String, String>> granted(ClusterObjects objects) {
    Map<String, Map<String, String>> granted = new TreeMap<>();
    Stream.concat(objects.ofKind("ClusterRole"), objects.ofKind("Role"))
        .forEach(role -> granted.put(name(role), grants(role)));
    return granted;
  }

  /** By the event of Helm at which they are there; HookRightsTest shows that each is used. */
  private static final Map<String, Map<String, Map<String, String>>> GRANTED_TO_HOOKS =
      Map.of(
          "pre-upgrade",
          Map.of(
              "ClusterRole netattach-setup",
              Map.of(
                  "apiextensions.k8s.io customresourcedefinitions networkattachments.netattach.io"
                      + " networkattachmentsets.netattach.io addresspools.netattach.io"
                      + " addressblocks.netattach.io",
                  "create get patch",
                  " namespaces netattach-system",
                  "patch")),
          "pre-delete",
          Map.of(
              "ClusterRole netattach-uninstall",
              Map.of(
                  "netattach.io networkattachmentsets", "delete list",
                  "netattach.io networkattachments", "delete list",
                  "netattach.io addresspools", "delete list")),
          "post-delete",
          Map.of(
              "ClusterRole netattach-uninstall",
              Map.of(
                  "netattach.io networkattachmentsets", "list patch",
                  "netattach.io networkattachments", "list patch",
                  "netattach.io addresspools", "list patch",
                  "netattach.io addressblocks", "list patch"),
              "Role netattach-uninstall",
              Map.of(" pods", "list")),
          "test",
          Map.of(
              "Role netattach-selftest",
              Map.of(
                  "apps daemonsets netattach-agent", "get",
                  " pods", "list",
                  "coordination.k8s.io leases", "list",
                  "netattach.io networkattachments", "create delete get")));

  @ParameterizedTest
  @CsvSource({"pre-upgrade,Detach", "pre-delete,Detach", "post-delete,Keep", "test,Detach"})
  void theRolesOfHooksGrantThisAndNoMore(String event, String policy) {
    ClusterObjects objects =
        Chart.hooks(
            event,
            "{podSecurity: {labelNamespace: true}, uninstall: {policy: %s}}".formatted(policy));

    assertThat(granted(objects)).isEqualTo(GRANTED_TO_HOOKS.get(event));
    eachRoleIsBoundToTheServiceAccountOfItsNameOnly(objects);
  }

  /** Verbs, sorted, by group, resource and the names that it is limited to. */
  private static Map<String, String> grants(JsonNode role) {
    Map<String, String> grants = new TreeMap<>();
    for (JsonNode rule : role.path("rules")) {
      String names = String.join(" ", texts(rule.path("resourceNames")));
      for (String group : texts(rule.path("apiGroups"))) {
        for (String resource : texts(rule.path("resources"))) {
          String key = group + " " + resource + (names.isEmpty() ? "" : " " + names);
          String verbs = String.join(" ", new TreeSet<>(texts(rule.path("verbs"))));
          assertThat(grants.put(key, verbs)).as("granted twice: %s", key).isNull();
        }
      }
    }
    return grants;
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void eachRoleIsBoundToTheServiceAccountOfItsNameOnly(ClusterObjects objects) {
    Stream.concat(objects.ofKind("ClusterRole"), objects.ofKind("Role"))
        .forEach(role -> {
          String kind = role.path("kind").asText();
          String name = role.at("/metadata/name").asText();
          JsonNode binding = objects.get(kind + "Binding", name);
          JsonNode account = objects.get("ServiceAccount", name);
          assertThat(binding.at("/roleRef/kind").asText()).isEqualTo(kind);
          assertThat(binding.at("/roleRef/name").asText()).isEqualTo(name);
          assertThat(binding.path("subjects")).hasSize(1);
          JsonNode subject = binding.at("/subjects/0");
          assertThat(subject.path("kind").asText()).isEqualTo("ServiceAccount");
          assertThat(subject.path("name").asText()).isEqualTo(name);
          assertThat(subject.path("namespace")).isEqualTo(account.at("/metadata/namespace"));
        });
  }

  @ParameterizedTest
  @MethodSource("io.netattach.deploy.Installation#all")
  void eachPodHasItsOwnServiceAccountAndNoOtherPodGetsItsToken(ClusterObjects objects) {
    for (JsonNode workload : List.of(objects.agent(), objects.controller())) {
      String account = workload.at("/spec/template/spec/serviceAccountName").asText();
      assertThat(account).isEqualTo(workload.at("/metadata/name").asText());
      assertThat(workload.at("/spec/template/spec/automountServiceAccountToken").asBoolean())
          .isTrue();
      assertThat(
              objects
                  .get("ServiceAccount", account)
                  .path("automountServiceAccountToken")
                  .asBoolean(true))
          .isFalse();
    }
  }

  private static String name(JsonNode role) {
    return role.path("kind").asText() + " " + role.at("/metadata/name").asText();
  }

  private static List<String> texts(JsonNode list) {
    return Stream.iterate(0, i -> i < list.size(), i -> i + 1)
        .map(i -> list.get(i).asText())
        .toList();
  }
}
