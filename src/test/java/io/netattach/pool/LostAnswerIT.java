package io.netattach.pool;

import static io.netattach.pool.PoolObjects.assigned;
import static io.netattach.pool.PoolObjects.attachment;
import static io.netattach.pool.PoolObjects.holders;
import static io.netattach.pool.PoolObjects.namespace;
import static io.netattach.pool.PoolObjects.pool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ApiProxy;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Requests that are carried out and whose answers do not come. */
@NeedsApiServer
@NullUnmarked
class LostAnswerIT {
  private final List<String> lost = new CopyOnWriteArrayList<>();

  /** The first of each kind of write. */
  private ApiProxy.Fate judge(String request) {
    String kind =
        request.startsWith("POST") && request.contains("/addressblocks")
            ? "create block"
            : request.startsWith("PATCH") && request.contains("/addressblocks/")
                ? "change block"
                : request.startsWith("PATCH") && request.contains("/networkattachments/")
                    ? "assign"
                    : request.startsWith("DELETE") && request.contains("/addressblocks/")
                        ? "delete block"
                        : "";
    if (kind.isEmpty() || lost.contains(kind)) {
      return new ApiProxy.Fate.Passed();
    }
    lost.add(kind);
    return new ApiProxy.Fate.AnswerLost();
  }

  @Test
  void whatWasWrittenIsFoundAndNotWrittenAgain() throws Exception {
    try (ApiServer server = ApiServer.start();
        ApiProxy proxy = new ApiProxy(server.url())) {
      server.install(
          Path.of("k8s/crds/networkattachments.netattach.io.yaml"),
          Path.of("k8s/crds/networkattachmentsets.netattach.io.yaml"),
          Path.of("k8s/crds/addresspools.netattach.io.yaml"),
          Path.of("k8s/crds/addressblocks.netattach.io.yaml"));
      KubernetesClient client = server.client();
      namespace(client, "shop");
      pool(client, "blue", "10.10.0.0/24");
      try (KubernetesClient unlucky = unlucky(server, proxy);
          TestKeeper keeper = new TestKeeper(unlucky)) {
        awaitRights(unlucky);
        proxy.judge(this::judge);
        NetworkAttachment first = attachment(client, "shop", "a", "blue");
        keep(keeper);
        NetworkAttachment second = attachment(client, "shop", "b", "blue");
        keep(keeper);

        assertThat(assigned(client, first).addresses()).containsExactly("10.10.0.1/24");
        assertThat(assigned(client, second).addresses()).containsExactly("10.10.0.2/24");
        assertThat(holders(client, "blue")).containsOnlyKeys("10.10.0.1", "10.10.0.2");

        client.resource(first).delete();
        client.resource(second).delete();
        keeper.later();
        keep(keeper);

        assertThat(holders(client, "blue")).isEmpty();
        assertThat(lost).containsExactly("create block", "assign", "change block", "delete block");
      }
    }
  }

  /** The API server learns of a binding a moment after it has taken it. */
  private static void awaitRights(KubernetesClient client) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> client.resources(NetworkAttachment.class).inAnyNamespace().list() != null);
  }

  /** As often as a controller would come back to it. */
  private static void keep(TestKeeper keeper) throws InterruptedException {
    int failures = 0;
    while (true) {
      try {
        keeper.hearAttachments().keep("blue");
        return;
      } catch (KubernetesClientException e) {
        assertThat(++failures).as("%s", e.getMessage()).isLessThan(3);
      }
    }
  }

  private static KubernetesClient unlucky(ApiServer server, ApiProxy proxy) {
    KubernetesClient client = server.client();
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("controller")
                .endMetadata()
                .build())
        .create();
    client
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName("controller")
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
                .addNewSubject("", "ServiceAccount", "controller", "shop")
                .build())
        .create();
    Path kubeconfig = server.serviceAccountKubeconfig("shop", "controller", proxy);
    return ApiServer.client(kubeconfig);
  }
}
