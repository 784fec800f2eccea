package io.netattach.agent;

import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ApiServer;
import io.netattach.kube.AuditLog;
import io.netattach.kube.Conditions;
import io.netattach.kube.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An agent of {@code node-1} that does its work, as the service account that the manifests give it,
 * with an API server of its own. The sandbox that the test runs in is the node.
 */
final class ServedAgent implements AutoCloseable {
  private static final String SYSTEM = "netattach-system";

  private final ApiServer server;
  private final String namespace;
  private final Program agent;

  private ServedAgent(ApiServer server, String namespace, String... options) {
    this.server = server;
    this.namespace = namespace;
    for (String name : List.of(SYSTEM, namespace)) {
      server
          .client()
          .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
          .create();
    }
    server.install(
        Path.of("k8s", "crds", "networkattachments.netattach.io.yaml"),
        Path.of("k8s", "rbac.yaml"));
    agent =
        Program.start(
                "agent",
                server.serviceAccountKubeconfig(SYSTEM, "netattach-agent"),
                Map.of("NODE_NAME", "node-1", "POD_NAME", "agent-x", "POD_NAMESPACE", SYSTEM),
                options)
            .awaitReady();
  }

  /**
   * @param namespace of Kubernetes, in which the attachments are to be
   */
  static ServedAgent start(String namespace, String... options) {
    ApiServer server = ApiServer.startWithAudit();
    try {
      return new ServedAgent(server, namespace, options);
    } catch (RuntimeException | AssertionError e) {
      server.close();
      throw e;
    }
  }

  Program agent() {
    return agent;
  }

  /** A client that may do everything. */
  KubernetesClient client() {
    return server.client();
  }

  NonNamespaceOperation<
          NetworkAttachment, KubernetesResourceList<NetworkAttachment>, Resource<NetworkAttachment>>
      attachments() {
    return client().resources(NetworkAttachment.class).inNamespace(namespace);
  }

  static boolean isReady(NetworkAttachment attachment) {
    return attachment.getStatus() != null
        && Conditions.is(attachment.getStatus().conditions(), Conditions.READY, Conditions.TRUE);
  }

  /** The names of those that are not Ready. */
  List<String> unready() {
    return attachments().list().getItems().stream()
        .filter(attachment -> !isReady(attachment))
        .map(attachment -> attachment.getMetadata().getName())
        .toList();
  }

  /** What the agent has written to the API server so far, but for its own lease. */
  List<AuditLog.Request> writes() {
    return AuditLog.read(server.auditLog()).requests().stream()
        .filter(request -> request.user().endsWith(":netattach-agent"))
        .filter(request -> !List.of("get", "list", "watch").contains(request.verb()))
        .filter(request -> !request.resource().equals("leases"))
        .toList();
  }

  @Override
  public void close() {
    agent.close();
    server.close();
  }
}
