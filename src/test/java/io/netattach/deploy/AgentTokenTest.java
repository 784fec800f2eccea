package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.netattach.api.ApiObjects;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.AgentLease;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an agent's token can write, such as in the hands of one who has taken its node over. */
@NeedsApiServer
@NullUnmarked
class AgentTokenTest {
  private static final String RELEASE = "netattach-system";
  private static final String AGENT = "netattach-agent";
  private static final String NAMESPACE = "tokens";
  private static final String[] FILES = {"k8s/rbac.yaml", "k8s/admission.yaml"};

  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
  private static final PatchContext TRIAL =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON_MERGE)
          .withDryRun(List.of("All"))
          .build();
  private static final String FINALIZER =
      "{\"metadata\":{\"finalizers\":[\"netattach.io/detach\"]}}";
  private static final String STATUS = "{\"status\":{\"observedGeneration\":1}}";

  private static final String ATTACHMENTS =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: mine, namespace: tokens}
      spec:
        nodeName: worker-1
        target: {netns: {name: blue}}
        container: {interface: net1}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: theirs, namespace: tokens}
      spec:
        nodeName: worker-2
        target: {netns: {name: blue}}
        container: {interface: net1}
      ---
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: nobodys, namespace: tokens}
      spec:
        target: {pod: {name: db-0}}
        container: {interface: net1}
      """;

  private static KubernetesClient agent;

  @BeforeAll
  static void install(ApiServer server) {
    ApiObjects.install(server);
    server.kubectl("apply", "--server-side", "-f", "k8s/namespace.yaml");
    for (String file : FILES) {
      assertThat(server.kubectl("apply", "--server-side", "-f", file).err()).isEmpty();
    }
    server.kubectl("create", "namespace", NAMESPACE);
    assertThat(server.kubectlWithInput(ATTACHMENTS, "apply", "-f", "-").err()).isEmpty();
    server
        .client()
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("agent-1")
                .withNamespace(RELEASE)
                .endMetadata()
                .withNewSpec()
                .withNodeName("worker-1")
                .withServiceAccountName(AGENT)
                .addNewContainer()
                .withName("agent")
                .withImage("netattach")
                .endContainer()
                .endSpec()
                .build())
        .create();
    agent = ApiServer.client(server.serviceAccountKubeconfig(RELEASE, AGENT, "agent-1"));
    // The server takes a policy up in its own time; until then it would write what is tried.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            refused(
                () -> named(agent, "theirs").patch(TRIAL, FINALIZER), "is not of node worker-1"));
  }

  @AfterAll
  static void uninstall(ApiServer server) {
    agent.close();
    for (String file : FILES) {
      server.kubectl("delete", "-f", file);
    }
    server.kubectl("-n", RELEASE, "delete", "pod", "agent-1", "--force");
    server.client().leases().inNamespace(RELEASE).delete();
    server.kubectl(
        "-n",
        NAMESPACE,
        "patch",
        "natt",
        "mine",
        "--type=merge",
        "-p",
        "{\"metadata\":{\"finalizers\":[]}}");
    server.kubectl("-n", NAMESPACE, "delete", "natt", "--all");
  }

  private static NetworkAttachment write(String name, String patch) {
    return named(agent, name).patch(MERGE, patch);
  }

  private static NetworkAttachment tell(String name, String patch) {
    return named(agent, name).subresource("status").patch(MERGE, patch);
  }

  private static Resource<NetworkAttachment> named(KubernetesClient client, String name) {
    return client.resources(NetworkAttachment.class).inNamespace(NAMESPACE).withName(name);
  }

  private static Lease lease(String name, String holder) {
    return new LeaseBuilder()
        .withNewMetadata()
        .withNamespace(RELEASE)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withHolderIdentity(holder)
        .endSpec()
        .build();
  }

  private static void refused(ThrowingCallable write, String why) {
    assertThatThrownBy(write)
        .isInstanceOfSatisfying(
            KubernetesClientException.class,
            e -> assertThat(e.getCode()).isEqualTo(HttpURLConnection.HTTP_FORBIDDEN))
        .hasMessageContaining(why);
  }

  @Test
  void itWritesTheFinalizerAndTheStatusOfItsNodesAttachments() {
    assertThat(write("mine", FINALIZER).getMetadata().getFinalizers())
        .containsExactly("netattach.io/detach");
    assertThat(tell("mine", STATUS).getStatus().observedGeneration()).isEqualTo(1L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"theirs", "nobodys"})
  void itWritesNothingOfOtherAttachments(String name) {
    refused(() -> write(name, FINALIZER), "this attachment is not of node worker-1");
    refused(() -> tell(name, STATUS), "this attachment is not of node worker-1");
  }

  @Test
  void itWritesNoSpec() {
    refused(
        () -> write("mine", "{\"spec\":{\"container\":{\"mtu\":1400}}}"),
        "an agent carries out what a spec asks for, and does not write it");
    refused(
        () -> write("nobodys", "{\"spec\":{\"nodeName\":\"worker-1\"}}"),
        "an agent carries out what a spec asks for, and does not write it");
  }

  @Test
  void itKeepsItsOwnLease() {
    String name = AgentLease.name("worker-1");

    Lease made = agent.resource(lease(name, "agent-1")).create();
    made.getSpec().setHolderIdentity("agent-1b");

    assertThat(agent.resource(made).update().getSpec().getHolderIdentity()).isEqualTo("agent-1b");
  }

  @Test
  void itWritesNoOtherLease(ApiServer server) {
    String theirs = AgentLease.name("worker-2");
    refused(
        () -> agent.resource(lease(theirs, "agent-1")).create(),
        "this Lease is not that of the agent on node worker-1, which is netattach-agent-worker-1");
    Lease made = server.client().resource(lease(theirs, "agent-2")).create();
    Objects.requireNonNull(made.getSpec()).setHolderIdentity("agent-1");

    refused(() -> agent.resource(made).update(), "this Lease is not that of the agent on node");
  }

  @ParameterizedTest
  @ValueSource(strings = {"theirs", "mine"})
  void aTokenThatNamesNoNodeWritesNothing(String name, ApiServer server) {
    try (KubernetesClient nowhere =
        ApiServer.client(server.serviceAccountKubeconfig(RELEASE, AGENT))) {
      refused(() -> named(nowhere, name).patch(MERGE, FINALIZER), "this token names no node");
    }
  }

  @Test
  void itMakesAndDeletesNoAttachment() {
    refused(() -> named(agent, "mine").delete(), "cannot delete resource");
  }

  @Test
  void othersWriteAsTheirRolesSay(ApiServer server) {
    assertThat(
            server
                .kubectl("-n", NAMESPACE, "label", "natt", "theirs", "any=1", "--overwrite")
                .exitCode())
        .isZero();
  }
}
