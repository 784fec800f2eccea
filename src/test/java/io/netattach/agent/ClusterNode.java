package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.netattach.Ip;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.cli.Node;
import io.netattach.kube.ApiProxy;
import io.netattach.kube.ApiServer;
import io.netattach.kube.AuditLog;
import io.netattach.kube.Conditions;
import io.netattach.kube.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The node that the sandbox is, in a cluster of its own that is a real API server: for tests that
 * start and end agents.
 */
final class ClusterNode implements AutoCloseable {
  private static final String SYSTEM = "netattach-system";
  private static final String AGENT = "netattach-agent";
  private static final Duration INTERVAL = Duration.ofMillis(20);

  private final ApiServer server = ApiServer.startWithAudit();
  private final Path kubeconfig;

  ClusterNode() {
    for (String name : List.of(SYSTEM, AgentSuite.NAMESPACE)) {
      server
          .client()
          .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
          .create();
    }
    server.install(
        Path.of("k8s", "crds", "networkattachments.netattach.io.yaml"),
        Path.of("k8s", "rbac.yaml"));
    kubeconfig = server.serviceAccountKubeconfig(SYSTEM, AGENT);
  }

  /** An agent that does its work. */
  Program agent(String... options) {
    return agent(kubeconfig, options);
  }

  ApiProxy proxy() {
    return new ApiProxy(server.url());
  }

  /** One whose requests a test sees. */
  Program agentBehind(ApiProxy proxy, String... options) {
    return agent(server.serviceAccountKubeconfig(SYSTEM, AGENT, proxy), options);
  }

  private static Program agent(Path kubeconfig, String... options) {
    Map<String, String> environment =
        Map.of("NODE_NAME", AgentSuite.NODE, "POD_NAME", "agent-x", "POD_NAMESPACE", SYSTEM);
    List<String> all = new ArrayList<>(List.of(options));
    if (!all.contains("--resync")) {
      all.addAll(List.of("--resync", "0"));
    }
    return Program.start("agent", kubeconfig, environment, all.toArray(String[]::new)).awaitReady();
  }

  /** Kills the API server; what it knows stays. */
  void stopServer() {
    server.stopApiServer();
  }

  void startServer() {
    server.startApiServer();
  }

  /** A client that may do everything. */
  KubernetesClient client() {
    return server.client();
  }

  /** Processor time of the API server and its etcd so far. */
  Duration serverCpu() {
    return server.cpu();
  }

  void create(NetworkAttachment attachment) {
    server.client().resource(attachment).create();
  }

  NonNamespaceOperation<
          NetworkAttachment, KubernetesResourceList<NetworkAttachment>, Resource<NetworkAttachment>>
      attachments() {
    return client().resources(NetworkAttachment.class).inNamespace(AgentSuite.NAMESPACE);
  }

  Resource<NetworkAttachment> attachment(String name) {
    return attachments().withName(name);
  }

  /** The names of those that are not Ready for their spec as it is now. */
  List<String> unattached() {
    return attachments().list().getItems().stream()
        .filter(attachment -> !isAttached(attachment))
        .map(attachment -> attachment.getMetadata().getName())
        .toList();
  }

  /** What agents have written to the API server so far, but for their Lease. */
  List<AuditLog.Request> writes() {
    return AuditLog.read(server.auditLog()).requests().stream()
        .filter(request -> request.user().endsWith(":" + AGENT))
        .filter(request -> !List.of("get", "list", "watch").contains(request.verb()))
        .filter(request -> !request.resource().equals("leases"))
        .toList();
  }

  /** As {@code kubectl patch --type merge} does (RFC 7396). */
  void merge(String name, String json) {
    attachment(name).patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  /** Waits until its status says that the spec as it is now is attached. */
  NetworkAttachmentStatus awaitAttached(String name) {
    return Objects.requireNonNull(
        await(name)
            .atMost(AgentSuite.PATIENCE)
            .pollInterval(INTERVAL)
            .until(() -> attachment(name).get(), ClusterNode::isAttached)
            .getStatus());
  }

  static boolean isAttached(NetworkAttachment now) {
    NetworkAttachmentStatus status = now.getStatus();
    return status != null
        && Objects.equals(status.observedGeneration(), now.getMetadata().getGeneration())
        && Conditions.is(status.conditions(), Conditions.READY, Conditions.TRUE);
  }

  /** Whether there is an event of that reason about the attachment that is there. */
  boolean isTold(String name, String reason) {
    return timesTold(name, reason) > 0;
  }

  /** How many there are. */
  long timesTold(String name, String reason) {
    NetworkAttachment now = attachment(name).get();
    return now == null
        ? 0
        : server.client().v1().events().inNamespace(AgentSuite.NAMESPACE).list().getItems().stream()
            .filter(event -> reason.equals(event.getReason()))
            .filter(event -> now.getMetadata().getUid().equals(event.getInvolvedObject().getUid()))
            .count();
  }

  void awaitGone(String name) {
    await(name)
        .atMost(AgentSuite.PATIENCE)
        .pollInterval(INTERVAL)
        .until(() -> attachment(name).get() == null);
  }

  /** Takes the object away without anybody's carrying that out; one that is gone already, too. */
  void forget(String name) {
    if (attachment(name).get() != null) {
      merge(name, "{\"metadata\":{\"finalizers\":null}}");
      attachment(name).delete();
      awaitGone(name);
    }
  }

  /** That the status of an attachment is of its spec as it is now, and of what {@code ip} shows. */
  void statusIsTrue(String name) {
    NetworkAttachment now = attachment(name).get();
    assertThat(isAttached(now)).as("%s", now.getStatus()).isTrue();
    NetworkAttachmentStatus status = Objects.requireNonNull(now.getStatus());
    var saysHost = AgentSuite.host(status);
    var saysContainer = AgentSuite.container(status);
    String netns = Objects.requireNonNull(status.target()).replace("netns/", "");
    JsonNode host = Ip.here().link("netattach-" + now.getMetadata().getUid());
    JsonNode inside = AgentSuite.inside(netns, "addr show dev " + saysContainer.interfaceName());
    JsonNode container = inside.get(0);
    assertThat(saysHost.interfaceName()).isEqualTo(host.path("ifname").asText());
    assertThat(saysHost.index()).isEqualTo(host.path("ifindex").asInt());
    assertThat(saysHost.mac()).isEqualTo(host.path("address").asText());
    assertThat(saysHost.mtu()).isEqualTo(host.path("mtu").asInt());
    assertThat(saysContainer.index()).isEqualTo(container.path("ifindex").asInt());
    assertThat(saysContainer.mac()).isEqualTo(container.path("address").asText());
    assertThat(saysContainer.mtu()).isEqualTo(container.path("mtu").asInt());
    assertThat(saysContainer.addresses())
        .containsExactlyInAnyOrderElementsOf(AgentSuite.addresses(inside));
    assertThat(String.valueOf(AgentSuite.netns(status).inode()))
        .isEqualTo(Ip.here().command("stat -L -c %i /run/netns/" + netns).strip());
  }

  /** What a test that failed has left on the node is no other's. */
  @Override
  public void close() {
    server.close();
    Node.clear();
  }
}
