package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBindingBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.ApiObjects;
import io.netattach.api.Condition;
import io.netattach.api.ContainerStatus;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetSpec;
import io.netattach.api.NetworkAttachmentSetStatus;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.AgentLease;
import io.netattach.kube.ApiProxy;
import io.netattach.kube.ApiServer;
import io.netattach.kube.AuditLog;
import io.netattach.kube.Conditions;
import io.netattach.kube.Program;
import io.netattach.kube.StatusWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/** An API server with what a release installs; the test itself plays nodes and agents. */
final class Cluster implements AutoCloseable {
  static final String RELEASE = "netattach-system";
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final Path ROLES = Path.of("k8s/rbac.yaml");

  private static final String CONTROLLER =
      "system:serviceaccount:" + RELEASE + ":netattach-controller";

  private final ApiServer server;
  private final boolean audited;
  private final KubernetesClient client;
  private final StatusWriter<NetworkAttachment> statuses;

  private Cluster(ApiServer server, boolean audited) {
    this.server = server;
    this.audited = audited;
    client = server.client();
    statuses = new StatusWriter<>(client);
  }

  static Cluster start() {
    return install(new Cluster(ApiServer.startWithAudit(), true));
  }

  /** One whose API server writes no log of what it is asked, for measurements. */
  static Cluster startUnaudited() {
    return install(new Cluster(ApiServer.start(), false));
  }

  private static Cluster install(Cluster cluster) {
    cluster.namespace(RELEASE);
    ApiObjects.install(cluster.server);
    cluster.server.install(ROLES);
    return cluster;
  }

  ApiServer server() {
    return server;
  }

  KubernetesClient client() {
    return client;
  }

  /** One that may do what the release lets it do, and nothing else. */
  Program controller(String pod, String... options) {
    Path kubeconfig = server.serviceAccountKubeconfig(RELEASE, "netattach-controller");
    return controller(pod, kubeconfig, options);
  }

  /** The same by way of a proxy. */
  Program controller(String pod, ApiProxy proxy) {
    return controller(pod, server.serviceAccountKubeconfig(RELEASE, "netattach-controller", proxy));
  }

  /** A controller by the name of its pod. */
  static Program controller(String pod, Path kubeconfig, String... options) {
    return Program.start(
        "controller", kubeconfig, Map.of("POD_NAME", pod, "POD_NAMESPACE", RELEASE), options);
  }

  void namespace(String name) {
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }

  void node(String name, Map<String, String> labels) {
    client.resource(Samples.node(name, labels)).create();
  }

  void label(String node, @Nullable Map<String, String> labels) {
    client
        .nodes()
        .withName(node)
        .edit(found -> found.edit().editMetadata().withLabels(labels).endMetadata().build());
  }

  void deleteNode(String name) {
    client.nodes().withName(name).delete();
  }

  /** What an agent does every ten seconds. */
  void beat(String node) {
    var leases = client.leases().inNamespace(RELEASE);
    String name = AgentLease.name(node);
    Lease found = leases.withName(name).get();
    LeaseBuilder builder = found == null ? new LeaseBuilder() : new LeaseBuilder(found);
    Lease lease =
        builder
            .editOrNewMetadata()
            .withNamespace(RELEASE)
            .withName(name)
            .withLabels(AgentLease.LABELS)
            .endMetadata()
            .editOrNewSpec()
            .withHolderIdentity("agent-of-" + node)
            .withLeaseDurationSeconds(40)
            .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
            .endSpec()
            .build();
    if (found == null) {
      client.resource(lease).create();
    } else {
      client.resource(lease).update();
    }
  }

  /**
   * Has the API server refuse requests for attachments, as a webhook would.
   *
   * @param which in the Common Expression Language, over {@code request}
   */
  void refuse(String name, String which) {
    String probe = "probe-" + name;
    client
        .resource(
            new ValidatingAdmissionPolicyBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withFailurePolicy("Fail")
                .withNewMatchConstraints()
                .addNewResourceRule()
                .withApiGroups("netattach.io")
                .withApiVersions("*")
                .withOperations("CREATE", "UPDATE", "DELETE")
                .withResources("networkattachments", "networkattachments/status")
                .endResourceRule()
                .endMatchConstraints()
                .addNewValidation()
                .withExpression("!(request.name == '" + probe + "' || (" + which + "))")
                .withMessage("not today")
                .withReason("Forbidden")
                .endValidation()
                .endSpec()
                .build())
        .create();
    client
        .resource(
            new ValidatingAdmissionPolicyBindingBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withPolicyName(name)
                .withValidationActions("Deny")
                .endSpec()
                .build())
        .create();
    NetworkAttachment refused = Samples.attachment("default", probe, "n1");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThatThrownBy(() -> client.resource(refused).dryRun().create())
                .hasMessageContaining("not today"));
  }

  /** Has it refuse them no more. */
  void refuseNoMore(String name) {
    client.admissionRegistration().v1().validatingAdmissionPolicyBindings().withName(name).delete();
    client.admissionRegistration().v1().validatingAdmissionPolicies().withName(name).delete();
  }

  NetworkAttachmentSet create(NetworkAttachmentSet set) {
    return client.resource(set).create();
  }

  NetworkAttachment create(NetworkAttachment attachment) {
    return client.resource(attachment).create();
  }

  /** A user's edit of a Set. */
  void edit(NetworkAttachmentSet set, UnaryOperator<NetworkAttachmentSetSpec> change) {
    change(set, found -> found.setSpec(change.apply(found.getSpec())));
  }

  /** A user's edit, made again where something else was quicker. */
  <T extends HasMetadata> void change(T object, Consumer<T> change) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> {
          T found = client.resource(object).get();
          client
              .resource(found)
              .edit(copy -> {
                change.accept(copy);
                return copy;
              });
          return true;
        });
  }

  List<NetworkAttachment> attachments(String namespace) {
    return client.resources(NetworkAttachment.class).inNamespace(namespace).list().getItems();
  }

  Optional<NetworkAttachment> attachmentOf(String namespace, String node) {
    return attachments(namespace).stream()
        .filter(attachment -> node.equals(attachment.getSpec().nodeName()))
        .findFirst();
  }

  /** As it is now. */
  <T extends HasMetadata> @Nullable T fresh(T object) {
    return client.resource(object).get();
  }

  NetworkAttachmentSetStatus status(NetworkAttachmentSet set) {
    return client.resource(set).get().getStatus();
  }

  static Condition ready(NetworkAttachment attachment) {
    return Conditions.find(attachment.getStatus().conditions(), Conditions.READY).orElseThrow();
  }

  /** What an agent writes that has attached everything. */
  void attached(NetworkAttachment attachment) {
    report(attachment, Conditions.TRUE, "Attached", "net1 is linked");
  }

  /** The same with what it has made of it. */
  void attachedTo(NetworkAttachment attachment, String address) {
    report(attachment, Conditions.TRUE, "Attached", "net1 is linked", end(address));
  }

  /** What a controller writes of an agent that has attached it and is not heard. */
  void silentAt(NetworkAttachment attachment, String address) {
    report(attachment, Conditions.UNKNOWN, "AgentSilent", "not heard", end(address));
  }

  private static ContainerStatus end(String address) {
    return new ContainerStatus("net1", 2, "02:00:5e:00:00:01", 1500, List.of(address), List.of());
  }

  /** What an agent writes. */
  void report(NetworkAttachment attachment, String status, String reason, String message) {
    report(attachment, status, reason, message, null);
  }

  private void report(
      NetworkAttachment attachment,
      String status,
      String reason,
      String message,
      @Nullable ContainerStatus end) {
    Long generation = attachment.getMetadata().getGeneration();
    Condition ready =
        Conditions.of(
            List.of(), Conditions.READY, status, reason, message, generation, Instant.now());
    statuses.write(
        attachment,
        new NetworkAttachmentStatus(
            generation, List.of(ready), null, "netns/blue", null, null, end, null));
  }

  List<Event> events(String namespace, Predicate<Event> which) {
    return client.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(which)
        .toList();
  }

  /** An API server that has just started may answer that it is not there yet. */
  static void eventually(ThrowingRunnable assertion) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .untilAsserted(assertion);
  }

  @Override
  public void close() {
    try {
      if (audited) {
        assertThat(AuditLog.granted(ROLES, "netattach-controller"))
            .as("what controllers may do, and so all that they asked for")
            .containsAll(AuditLog.read(server.auditLog()).used(CONTROLLER));
      }
    } finally {
      server.close();
    }
  }
}
