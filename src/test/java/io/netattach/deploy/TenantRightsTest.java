package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ResourceQuotaStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.api.ApiObjects;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ApiServer;
import io.netattach.kube.Conditions;
import io.netattach.kube.NeedsApiServer;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the API server keeps from who may write attachments in a Kubernetes namespace;
 * docs/security.md refers to it.
 */
@NeedsApiServer
@NullUnmarked
class TenantRightsTest {
  private static final String NAMESPACE = "tenant";
  private static final String BOUNDED = "tenant-bounded";
  private static final String COUNT = "count/networkattachments.netattach.io";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What an administrator may give to a tenant. */
  private static final String ROLE =
      """
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: tenant, namespace: tenant}
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata: {name: tenant, namespace: tenant}
      rules:
        - apiGroups: [netattach.io]
          resources: [networkattachments, networkattachmentsets]
          verbs: [get, list, watch, create, update, patch, delete]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: tenant, namespace: tenant}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant}
      subjects: [{kind: ServiceAccount, name: tenant, namespace: tenant}]
      """;

  private static final String STATUS =
      """
      {"status": {"assigned": {"pool": "blue", "addresses": ["10.0.0.1/24"]},
       "conditions": [{"type": "Ready", "status": "True", "reason": "Attached"}]}}\
      """;

  private static KubernetesClient tenant;

  @BeforeAll
  static void install(ApiServer server) {
    ApiObjects.install(server);
    server.kubectl("create", "namespace", NAMESPACE);
    assertThat(server.kubectlWithInput(ROLE, "apply", "-f", "-").err()).isEmpty();
    tenant = ApiServer.client(server.serviceAccountKubeconfig(NAMESPACE, "tenant"));
    // The server takes roles up in its own time; until then it refuses everything.
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> tenant.resource(attachment("tried")).dryRun().create() != null);
  }

  @AfterAll
  static void uninstall(ApiServer server) {
    tenant.close();
    server.kubectl("-n", BOUNDED, "delete", "resourcequota", "--all");
    server.kubectl("-n", NAMESPACE, "delete", "natt", "--all");
  }

  private static NetworkAttachment attachment(String name) {
    return Serialization.unmarshal(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: %s, namespace: tenant}
        spec:
          nodeName: worker-1
          target: {netns: {name: blue}}
          container: {interface: net1, addressPool: {name: blue}}
        """
            .formatted(name),
        NetworkAttachment.class);
  }

  @Test
  void aStatusThatIsWrittenWithTheObjectIsNotTaken() {
    tenant.resource(attachment("said")).create();
    var named = tenant.resources(NetworkAttachment.class).inNamespace(NAMESPACE).withName("said");

    NetworkAttachment now = named.patch(PatchContext.of(PatchType.JSON_MERGE), STATUS);

    assertThat(now.getStatus().assigned()).isNull();
    assertThat(Conditions.find(now.getStatus().conditions(), Conditions.READY).orElseThrow())
        .satisfies(ready -> assertThat(ready.reason()).isEqualTo("Pending"));
    assertThatThrownBy(
            () -> named.subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), STATUS))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("cannot patch resource \"networkattachments/status\"");
  }

  @Test
  void noOtherKubernetesNamespaceIsItsOwn() {
    NetworkAttachment elsewhere = attachment("elsewhere");
    elsewhere.getMetadata().setNamespace("default");

    assertThatThrownBy(() -> tenant.resource(elsewhere).create())
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("in the namespace \"default\"");
  }

  /** The count is kept by a controller of Kubernetes, which does not run here. */
  @Test
  void aQuotaBoundsHowManyThereAre(ApiServer server) {
    server.kubectl("create", "namespace", BOUNDED);
    Map<String, Quantity> most = Map.of(COUNT, new Quantity("100"));
    ResourceQuota quota =
        new ResourceQuotaBuilder()
            .withNewMetadata()
            .withName("attachments")
            .withNamespace(BOUNDED)
            .endMetadata()
            .withNewSpec()
            .withHard(most)
            .endSpec()
            .build();
    ResourceQuota made = server.client().resource(quota).create();
    made.setStatus(new ResourceQuotaStatusBuilder().withHard(most).withUsed(most).build());
    server.client().resource(made).updateStatus();
    NetworkAttachment more = attachment("more");
    more.getMetadata().setNamespace(BOUNDED);

    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThatThrownBy(() -> server.client().resource(more).dryRun().create())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("exceeded quota: attachments"));
  }
}
