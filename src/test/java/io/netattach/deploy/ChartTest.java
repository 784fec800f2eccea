package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChartTest {
  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  @Test
  void helmHasNothingToSayAgainstIt() {
    LintResult lint = new Helm(Chart.FOLDER).lint().strict().call();

    assertThat(lint.isFailed()).isFalse();
    assertThat(lint.getMessages()).containsExactly("[INFO] Chart.yaml: icon is recommended");
  }

  @Test
  void itInstallsWhatTheKustomizationInstalls() {
    Map<String, JsonNode> expected = new TreeMap<>(ClusterObjects.ofKustomization().byId());
    // Helm makes the namespace itself, where it is told to, and takes definitions from crds/.
    expected.keySet().removeIf(id -> id.matches("(Namespace|CustomResourceDefinition) .*"));

    Map<String, JsonNode> rendered = Chart.render().byId();

    rendered.values().forEach(ChartTest::removeOwnLabels);
    assertThat(rendered).isEqualTo(expected);
  }

  private static void removeOwnLabels(JsonNode object) {
    for (String place : List.of("/metadata/labels", "/spec/template/metadata/labels")) {
      if (object.at(place) instanceof ObjectNode labels) {
        assertThat(labels.remove(MANAGED_BY)).hasToString("\"Helm\"");
      }
    }
  }

  @Test
  void itInstallsTheSameDefinitions() {
    assertThat(Chart.definitions())
        .isEqualTo(ClusterObjects.ofKustomization().only("CustomResourceDefinition"));
  }

  @Test
  void policiesAreThoseOfTheManifestsUnlessTheyAreTurnedOff() {
    for (String kind : List.of("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")) {
      assertThat(policies(kind, "{}"))
          .containsExactlyInAnyOrder(
              "netattach-pools-in-use",
              "netattach-assigned-addresses",
              "netattach-agents-own-node",
              "netattach-controllers-pods");
      assertThat(policies(kind, "{policies: {poolsInUse: false}}"))
          .containsExactlyInAnyOrder(
              "netattach-assigned-addresses",
              "netattach-agents-own-node",
              "netattach-controllers-pods");
      assertThat(policies(kind, "{policies: {agentsOwnNode: false}}"))
          .containsExactlyInAnyOrder(
              "netattach-pools-in-use",
              "netattach-assigned-addresses",
              "netattach-controllers-pods");
      assertThat(policies(kind, "{policies: {controllersPods: false}}"))
          .containsExactlyInAnyOrder(
              "netattach-pools-in-use",
              "netattach-assigned-addresses",
              "netattach-agents-own-node");
      assertThat(
              policies(
                  kind,
                  """
                  policies:
                    poolsInUse: false
                    assignedAddresses: false
                    agentsOwnNode: false
                    controllersPods: false
                  """))
          .isEmpty();
    }
  }

  private static List<String> policies(String kind, String values) {
    return Chart.render(values)
        .ofKind(kind)
        .map(object -> object.at("/metadata/name").asText())
        .toList();
  }

  @Test
  void theControllerThatGivesAddressesIsThatOfTheRelease() {
    assertThat(
            Chart.render("other", "{}")
                .get("ValidatingAdmissionPolicy", "netattach-assigned-addresses")
                .at("/spec/validations/0/expression")
                .asText())
        .endsWith("'system:serviceaccount:other:netattach-controller'");
  }

  @Test
  void theAgentsThatWriteOfTheirNodeAreThoseOfTheRelease() {
    assertThat(
            Chart.render("other", "{}")
                .get("ValidatingAdmissionPolicy", "netattach-agents-own-node")
                .at("/spec/matchConditions/0/expression")
                .asText())
        .endsWith("'system:serviceaccount:other:netattach-agent'");
  }

  @Test
  void theControllerThatTellsPodsIsThatOfTheRelease() {
    assertThat(
            Chart.render("other", "{}")
                .get("ValidatingAdmissionPolicy", "netattach-controllers-pods")
                .at("/spec/matchConditions/0/expression")
                .asText())
        .endsWith("'system:serviceaccount:other:netattach-controller'");
  }

  @Test
  void itGoesIntoWhicheverNamespaceItIsReleasedTo() {
    ClusterObjects other = Chart.render("other", "{}");

    assertThat(other.byId().keySet())
        .allMatch(id -> id.matches("(ClusterRole|ValidatingAdmissionPolicy).*| *.* other .*"));
    assertThat(other.byId().toString()).doesNotContain(Chart.NAMESPACE);
    assertThat(other.ofKind("ClusterRoleBinding"))
        .allMatch(binding -> binding.at("/subjects/0/namespace").asText().equals("other"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "contoller: {replicas: 3} | at '': additional properties 'contoller' not allowed",
        "agent: {allowBridge: [br0]} | at '/agent': additional properties 'allowBridge' not allowed",
        "agent: {extraArgs: [--x]} | at '/agent': additional properties 'extraArgs' not allowed",
        "controller: {replicas: two} | at '/controller/replicas': got string, want integer",
        "agent: {bridges: [{vlanFiltering: true}]} | at '/agent/bridges/0': missing property 'name'",
        "agent: {bridges: [{name: b, uplink: {eth: x}}]} | at '/agent/bridges/0/uplink': additional properties 'eth' not allowed",
        "agent: {allowBridges: br0} | at '/agent/allowBridges': got string, want array",
        "agent: {port: 70000} | at '/agent/port': maximum: got 70,000, want 65,535",
        "agent: {resources: {limit: {}}} | additional properties 'limit' not allowed",
        "agent: {tolerations: [{efect: NoExecute}]} | additional properties 'efect' not allowed",
        "logFormat: xml | at '/logFormat': value must be one of 'text', 'json'",
        "monitoring: {podMonitors: true} | monitoring.podMonitors: agents on their nodes' loopback",
        "monitoring: {podMonitors: true} | set agent.listenAddress to 0.0.0.0",
        "monitoring: {service: true} | monitoring.service: agents on their nodes' loopback",
        "monitoring: {serviceMonitors: true} | monitoring.serviceMonitors: agents on their nodes'",
        "monitoring: {podMonitors: true, serviceMonitors: true} | would be scraped twice; turn one of them off",
        "monitoring: {namespace: A_b} | at '/monitoring/namespace': 'A_b' does not match pattern",
        "uninstall: {policy: Delete} | at '/uninstall/policy': value must be one of 'Detach', 'Keep'",
        "uninstall: {timeoutSeconds: 5} | at '/uninstall/timeoutSeconds': minimum: got 5, want 10",
        "crds: {upgrade: 'yes'} | at '/crds/upgrade': got string, want boolean",
        "controller: {updateStrategy: {maxSurge: some}} | at '/controller/updateStrategy/maxSurge': 'some'",
        "controller: {podDisruptionBudget: {minAvailable: 1}} | properties 'minAvailable' not allowed",
        "controller: {updateStrategy: {maxUnavailable: 101%}} | at '/controller/updateStrategy/maxUnavailable': '101%'",
        "controller: {updateStrategy: {maxSurge: 0%}} | none could be replaced; set one of them to 1",
        "agent: {updateStrategy: {maxUnavailable: some}} | at '/agent/updateStrategy/maxUnavailable': 'some'",
        "agent: {updateStrategy: {maxUnavailable: 0%}} | at '/agent/updateStrategy/maxUnavailable': '0%'",
        "agent: {listenAddress: localhost} | must be one of '127.0.0.1', '0.0.0.0', '::'",
        "image: {repository: 'localhost:5000/netattach:1'} | at '/image/repository': 'localhost:5000/netattach:1'",
        "image: {tag: 'sha256:00'} | at '/image/tag': 'sha256:00' does not match pattern",
        "image: {digest: '00'} | at '/image/digest': '00' does not match pattern",
        "agent: {startupProbe: {failureThreshold: 0}} | at '/agent/startupProbe/failureThreshold': minimum",
        "image: {pullPolicy: always} | must be one of 'Always', 'IfNotPresent', 'Never'",
        "podTargets: {runtimeSocket: run/crio.sock} | at '/podTargets/runtimeSocket': 'run/crio.sock'",
        "namedNamespaces: {enabled: 'no'} | at '/namedNamespaces/enabled': got string, want boolean"
      })
  void aMistakeInAValueIsRefusedWithItsPlace(String values, String message) {
    assertThatThrownBy(() -> Chart.render(values)).hasMessageContaining(message);
  }

  @Test
  void valuesBecomeOptionsOfTheAgent() {
    JsonNode agent =
        Chart.render(
                """
                agent:
                  allowBridges: [br0, "br1:10,20-29"]
                  allowHostNetworks: [192.0.2.0/24]
                  reserveNetworks: ["fd00:96::/112"]
                  reserveNames: [ens]
                  allowNames: [cni-]
                  allowSysctls: [net.ipv4.conf.IFNAME.tag]
                  bridges:
                    - {name: br-blue, vlanFiltering: true, mtu: 1450, uplink: {vxlan: {id: 16777215}}}
                  underlay: eth1
                  allowSharedNetns: true
                  resyncSeconds: 86400
                  listenAddress: "::"
                  port: 19470
                podTargets: {runtimeSocket: /var/run/cri/own.sock}
                logFormat: json
                """)
            .agent();

    assertThat(ClusterObjects.args(agent))
        .containsExactly(
            "agent",
            "--listen=:::19470",
            "--resync=86400",
            "--log-format=json",
            "--allow-bridge=br0",
            "--allow-bridge=br1:10,20-29",
            "--allow-host-network=192.0.2.0/24",
            "--reserve-network=fd00:96::/112",
            "--reserve-name=ens",
            "--allow-name=cni-",
            "--allow-sysctl=net.ipv4.conf.IFNAME.tag",
            "--bridge={\"mtu\":1450,\"name\":\"br-blue\",\"uplink\":{\"vxlan\":{\"id\":16777215}},"
                + "\"vlanFiltering\":true}",
            "--underlay=eth1",
            "--allow-shared-netns",
            "--runtime-socket=/var/run/cri/own.sock");
  }

  @Test
  void ofARuntimesSocketThatIsNamedOnlyItsFolderIsMounted() {
    JsonNode agent = Chart.render("podTargets: {runtimeSocket: /var/run/cri/own.sock}").agent();

    assertThat(hostPaths(agent)).containsExactly("/run/netns", "/var/run/cri");
    assertThat(ClusterObjects.container(agent).at("/volumeMounts/1/mountPath").asText())
        .isEqualTo("/var/run/cri");
  }

  @Test
  void withoutPodTargetsTheContainerRuntimeIsOutOfReach() {
    JsonNode agent = Chart.render("podTargets: {enabled: false, runtimeSocket: /a/b.sock}").agent();

    assertThat(hostPaths(agent)).containsExactly("/run/netns");
    assertThat(ClusterObjects.args(agent)).noneMatch(arg -> arg.contains("runtime-socket"));
  }

  private static List<String> hostPaths(JsonNode agent) {
    return agent
        .at("/spec/template/spec/volumes")
        .valueStream()
        .map(volume -> volume.at("/hostPath/path").asText())
        .filter(path -> !path.isEmpty())
        .toList();
  }

  @Test
  void valuesBecomeOptionsOfTheController() {
    JsonNode controller =
        Chart.render(
                "controller: {replicas: 3, nodeGraceSeconds: 86400, silentAfterSeconds: 90, port:"
                    + " 8080}\nlogFormat: json")
            .controller();

    assertThat(controller.at("/spec/replicas").asInt()).isEqualTo(3);
    assertThat(ClusterObjects.args(controller))
        .containsExactly(
            "controller",
            "--listen=0.0.0.0:8080",
            "--node-grace=86400",
            "--silent-after=90",
            "--log-format=json");
  }

  @Test
  void withoutNamedNamespacesTheAgentIsNotPrivileged() {
    JsonNode agent = Chart.render("namedNamespaces: {enabled: false}").agent();
    JsonNode context = ClusterObjects.container(agent).path("securityContext");

    assertThat(agent.toString()).doesNotContain("\"privileged\":true", "Bidirectional");
    assertThat(context.at("/capabilities/drop")).hasToString("[\"ALL\"]");
    assertThat(context.at("/capabilities/add"))
        .hasToString("[\"NET_ADMIN\",\"NET_BROADCAST\",\"NET_RAW\",\"SYS_ADMIN\"]");
    assertThat(context.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(agent.toString()).contains("\"mountPropagation\":\"HostToContainer\"");
  }

  @Test
  void itsPodMonitorsAreThoseOfTheManifests() {
    ClusterObjects rendered =
        Chart.render("{monitoring: {podMonitors: true}, agent: {listenAddress: 0.0.0.0}}");
    ClusterObjects manifests =
        ClusterObjects.of(ClusterObjects.read(Path.of("k8s/monitoring/podmonitors.yaml")));

    for (String name : List.of("netattach-agent", "netattach-controller")) {
      JsonNode monitor = rendered.get("PodMonitor", name);
      assertThat(monitor.path("spec")).isEqualTo(manifests.get("PodMonitor", name).path("spec"));
      JsonNode workload = name.endsWith("agent") ? rendered.agent() : rendered.controller();
      assertThat(monitor.at("/spec/selector")).isEqualTo(workload.at("/spec/selector"));
      assertThat(ClusterObjects.container(workload).at("/ports/0/name"))
          .isEqualTo(monitor.at("/spec/podMetricsEndpoints/0/port"));
    }
    assertThat(Chart.render("agent: {listenAddress: 0.0.0.0}").ofKind("PodMonitor")).isEmpty();
  }

  @Test
  void servicesFindTheSamePodsForWhoeverTakesServiceMonitorsOnly() {
    ClusterObjects rendered =
        Chart.render(
            "{monitoring: {serviceMonitors: true, namespace: watch, labels: {release: prom}},"
                + " agent: {listenAddress: 0.0.0.0}}");

    for (String name : List.of("netattach-agent", "netattach-controller")) {
      JsonNode workload = name.endsWith("agent") ? rendered.agent() : rendered.controller();
      JsonNode service = rendered.get("Service", name);
      assertThat(service.at("/spec/selector")).isEqualTo(workload.at("/spec/selector/matchLabels"));
      assertThat(service.at("/spec/ports/0/targetPort"))
          .isEqualTo(ClusterObjects.container(workload).at("/ports/0/name"));
      assertThat(service.at("/spec/clusterIP").asText()).isEqualTo("None");
      JsonNode monitor = rendered.get("ServiceMonitor", name);
      assertThat(monitor.at("/metadata/namespace").asText()).isEqualTo("watch");
      assertThat(monitor.at("/metadata/labels/release").asText()).isEqualTo("prom");
      assertThat(monitor.at("/spec/namespaceSelector/matchNames"))
          .hasToString("[\"netattach-system\"]");
      assertThat(monitor.at("/spec/selector")).isEqualTo(workload.at("/spec/selector"));
      assertThat(monitor.at("/spec/endpoints/0/port")).isEqualTo(service.at("/spec/ports/0/name"));
    }
    ClusterObjects services =
        Chart.render("{monitoring: {service: true}, agent: {listenAddress: 0.0.0.0}}");
    assertThat(services.ofKind("Service")).hasSize(2);
    assertThat(services.ofKind("ServiceMonitor")).isEmpty();
    assertThat(Chart.render("agent: {listenAddress: 0.0.0.0}").ofKind("Service")).isEmpty();
  }

  @Test
  void itsAlertsAndItsDashboardAreThoseOfTheManifests() {
    for (String file : List.of("alerts.yaml", "dashboard.json")) {
      assertThat(Chart.FOLDER.resolve("files").resolve(file))
          .hasSameTextualContentAs(Path.of("k8s/monitoring", file));
    }
    JsonNode alerts =
        ClusterObjects.of(ClusterObjects.read(Path.of("k8s/monitoring/alerts.yaml")))
            .get("PrometheusRule", "netattach");
    ClusterObjects rendered =
        Chart.render("monitoring: {alerts: true, dashboard: true, labels: {release: prom}}");

    JsonNode rule = rendered.get("PrometheusRule", "netattach");
    assertThat(rule.path("spec")).isEqualTo(alerts.path("spec"));
    assertThat(rule.at("/metadata/labels/release").asText()).isEqualTo("prom");
    JsonNode dashboard = rendered.get("ConfigMap", "netattach-dashboard");
    assertThat(dashboard.at("/metadata/labels/grafana_dashboard").asText()).isEqualTo("1");
    assertThat(dashboard.path("data").path("dashboard.json").asText())
        .isEqualTo(ClusterObjects.read(Path.of("k8s/monitoring/dashboard.json")));
    assertThat(
            Chart.render("other", "monitoring: {alerts: true}")
                .get("PrometheusRule", "netattach")
                .toString())
        .contains("kubectl -n other")
        .doesNotContain(Chart.NAMESPACE);
    assertThat(Chart.render().ofKind("PrometheusRule")).isEmpty();
    assertThat(Chart.render().ofKind("ConfigMap")).isEmpty();
  }

  @Test
  void aSingleControllerCanBeDrained() {
    assertThat(
            Chart.render("controller: {podDisruptionBudget: {maxUnavailable: 50%}}")
                .get("PodDisruptionBudget", "netattach-controller")
                .at("/spec/maxUnavailable")
                .asText())
        .isEqualTo("50%");
    assertThat(Chart.render("controller: {replicas: 1}").ofKind("PodDisruptionBudget")).isEmpty();
    assertThat(
            Chart.render("controller: {podDisruptionBudget: {enabled: false}}")
                .ofKind("PodDisruptionBudget"))
        .isEmpty();
  }

  @Test
  void probesAreAsPatientAsTheValuesSay() {
    ClusterObjects objects =
        Chart.render(
            """
            agent: &patient
              startupProbe: {failureThreshold: 300}
              livenessProbe: {timeoutSeconds: 10, failureThreshold: 6}
            controller: *patient
            """);

    for (JsonNode workload : List.of(objects.agent(), objects.controller())) {
      JsonNode container = ClusterObjects.container(workload);
      assertThat(container.at("/startupProbe/failureThreshold").asInt()).isEqualTo(300);
      assertThat(container.at("/livenessProbe/timeoutSeconds").asInt()).isEqualTo(10);
      assertThat(container.at("/livenessProbe/failureThreshold").asInt()).isEqualTo(6);
    }
  }

  @Test
  void theImageIsWhereTheValuesSay() {
    ClusterObjects objects =
        Chart.render(
            "image: {repository: registry.example.org/net/netattach, tag: 1.2.3, pullPolicy: Always,"
                + " pullSecrets: [a, b]}");

    for (JsonNode workload : List.of(objects.agent(), objects.controller())) {
      JsonNode container = ClusterObjects.container(workload);
      assertThat(container.path("image").asText())
          .isEqualTo("registry.example.org/net/netattach:1.2.3");
      assertThat(container.path("imagePullPolicy").asText()).isEqualTo("Always");
      assertThat(workload.at("/spec/template/spec/imagePullSecrets"))
          .hasToString("[{\"name\":\"a\"},{\"name\":\"b\"}]");
    }
  }

  @Test
  void theImageIsThatOfADigestWhereOneIsGiven() {
    String digest = "sha256:" + "0123456789abcdef".repeat(4);
    String values =
        "image: {repository: 'localhost:5000/netattach', tag: 1.2.3, digest: '" + digest + "'}";
    ClusterObjects objects = Chart.render(values);

    for (JsonNode workload : List.of(objects.agent(), objects.controller())) {
      assertThat(ClusterObjects.container(workload).path("image").asText())
          .isEqualTo("localhost:5000/netattach@" + digest);
    }
    assertThat(HookTest.pod(Chart.hooks("pre-delete", values)).at("/containers/0/image").asText())
        .isEqualTo("localhost:5000/netattach@" + digest);
  }

  @Test
  void podsGoWhereTheValuesSay() {
    ClusterObjects objects =
        Chart.render(
            """
            agent:
              tolerations: []
              nodeSelector: {disk: ssd}
              affinity: {nodeAffinity: {}}
              priorityClassName: ""
              updateStrategy: {type: OnDelete}
              podAnnotations: {a: b}
            controller:
              tolerations: [{operator: Exists}]
              priorityClassName: own
              affinity: {nodeAffinity: {}}
              updateStrategy: {type: Recreate}
            """);
    JsonNode agent = objects.agent().path("spec");
    JsonNode pod = agent.at("/template/spec");

    assertThat(pod.has("tolerations") || pod.has("priorityClassName")).isFalse();
    assertThat(pod.path("nodeSelector"))
        .hasToString("{\"disk\":\"ssd\",\"kubernetes.io/os\":\"linux\"}");
    assertThat(pod.path("affinity")).hasToString("{\"nodeAffinity\":{}}");
    assertThat(agent.path("updateStrategy")).hasToString("{\"type\":\"OnDelete\"}");
    assertThat(agent.at("/template/metadata/annotations")).hasToString("{\"a\":\"b\"}");
    JsonNode controller = objects.controller().at("/spec/template/spec");
    assertThat(controller.path("tolerations")).hasToString("[{\"operator\":\"Exists\"}]");
    assertThat(controller.path("priorityClassName").asText()).isEqualTo("own");
    assertThat(controller.path("affinity")).hasToString("{\"nodeAffinity\":{}}");
    assertThat(objects.controller().at("/spec/strategy")).hasToString("{\"type\":\"Recreate\"}");
  }

  @Test
  void afterwardsItSaysWhatToDoNext() {
    assertThat(Chart.notes("{}"))
        .contains("is installed in namespace netattach-system")
        .contains("kubectl label namespace netattach-system")
        .contains("create: true")
        .contains("helm test netattach --namespace netattach-system --logs")
        .contains("helm uninstall deletes all Sets, attachments and pools")
        .doesNotContain("namedNamespaces.enabled is false");
    assertThat(Chart.notes("{podSecurity: {labelNamespace: true}, uninstall: {policy: Keep}}"))
        .contains("helm uninstall leaves attachments and links as they are")
        .doesNotContain("kubectl label namespace");
    assertThat(Chart.notes("namedNamespaces: {enabled: false}"))
        .contains("namedNamespaces.enabled is false: the agent is not privileged")
        .contains("create: false");
  }
}
