package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.cli.doctor.ApiAccess;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** What doctor says of an API server, as several users of it. */
@NeedsApiServer
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DoctorApiTest {
  private static final String RELEASE = "netattach-system";
  private static final Path ROLES = Path.of("k8s/rbac.yaml");

  private ApiServer server;

  DoctorApiTest() {
    server = ApiServer.start();
  }

  @BeforeAll
  void install() {
    KubernetesClient client = server.client();
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(RELEASE).endMetadata().build())
        .create();
    server.install(ROLES);
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(RELEASE)
                .withName("stranger")
                .endMetadata()
                .build())
        .create();
  }

  @AfterAll
  void close() {
    server.close();
  }

  private List<String> lines(String account) {
    Path kubeconfig = server.serviceAccountKubeconfig(RELEASE, account);
    try (Child doctor =
        Child.start(
            List.of(),
            Map.of("KUBECONFIG", kubeconfig.toString(), "NODE_NAME", "node-1"),
            "doctor")) {
      // The sandbox's mounts are not shared, which is another test's concern.
      assertThat(doctor.exitCode()).isEqualTo(1);
      return doctor.out().stream().filter(line -> line.contains("API server")).toList();
    }
  }

  @Test
  @Order(1)
  void definitionsThatAreNotThereAreMissed() {
    assertThat(lines("netattach-agent"))
        .anyMatch(line ->
            line.startsWith("missing")
                && line.contains("It does not know NetworkAttachments.")
                && line.contains("k8s/crds"));
  }

  @Test
  @Order(2)
  void theAgentsRolesAreAllThatIsNeeded() {
    server.install(Path.of("k8s/crds/networkattachments.netattach.io.yaml"));

    assertThat(lines("netattach-agent"))
        .allMatch(line -> line.startsWith("ok"))
        .anyMatch(line -> line.contains("allows this user all that an agent does"))
        .anyMatch(line -> line.contains("selects attachments by their node"));
  }

  @Test
  @Order(3)
  void whatAUserMayNotIsNamed() {
    List<String> lines = lines("stranger");

    assertThat(lines)
        .anyMatch(line ->
            line.startsWith("missing")
                && line.contains(
                    "does not let this user get, list, watch, patch networkattachments.")
                && line.contains("k8s/rbac.yaml"))
        .anyMatch(line -> line.startsWith("missing") && line.contains("networkattachments/status"))
        .anyMatch(line ->
            line.startsWith("note")
                && line.contains("create, get, update leases in namespace netattach-system"))
        .anyMatch(line -> line.startsWith("note") && line.contains("create events"));
  }

  /** As the manifests have them; the chart has the same, see its own test. */
  @Test
  void itAsksForWhatTheRolesOfTheAgentAllow() {
    Set<String> asked = new TreeSet<>();
    for (ApiAccess.Right right : ApiAccess.rights(RELEASE)) {
      right.verbs().forEach(verb -> asked.add(right.group() + " " + right.resource() + " " + verb));
    }
    Set<String> allowed = new TreeSet<>();
    rules()
        .forEach(rule ->
            rule.getVerbs()
                .forEach(verb ->
                    allowed.add(
                        rule.getApiGroups().getFirst()
                            + " "
                            + rule.getResources().getFirst()
                            + " "
                            + verb)));
    assertThat(asked).isEqualTo(allowed);
  }

  private Stream<PolicyRule> rules() {
    var rbac = server.client().rbac();
    ClusterRole cluster = rbac.clusterRoles().withName("netattach-agent").get();
    Role own = rbac.roles().inNamespace(RELEASE).withName("netattach-agent").get();
    return Stream.concat(cluster.getRules().stream(), own.getRules().stream());
  }
}
