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
import io.fabric8.kubernetes.client.dsl.Resource;
import io.netattach.api.AddressBlock;
import io.netattach.api.ApiObjects;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.kube.ApiProxy;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Answers of the API server that do not come, or that say that somebody was quicker. */
@NeedsApiServer
@NullUnmarked
class LostAnswerIT {
  private static final ApiProxy.Fate PASSED = new ApiProxy.Fate.Passed();
  private static final ApiProxy.Fate CONFLICT = new ApiProxy.Fate.Answered(409, 0);

  private final List<String> lost = new CopyOnWriteArrayList<>();
  private KubernetesClient client;
  private ApiProxy proxy;
  private KubernetesClient unlucky;
  private TestKeeper keeper;
  private String name;

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
      return PASSED;
    }
    lost.add(kind);
    return new ApiProxy.Fate.AnswerLost();
  }

  private static boolean isWriteOfBlock(String request) {
    return request.contains("/addressblocks") && !request.startsWith("GET");
  }

  @BeforeEach
  void start(ApiServer server, TestInfo test) {
    ApiObjects.install(server);
    client = server.client();
    name = "l" + Integer.toHexString(test.getDisplayName().hashCode());
    namespace(client, name);
    pool(client, name, "10.10.0.0/24");
    proxy = new ApiProxy(server.url());
    unlucky = unlucky(server);
    awaitRights(unlucky);
    keeper = new TestKeeper(unlucky);
  }

  @AfterEach
  void end() {
    keeper.close();
    unlucky.close();
    proxy.close();
  }

  @Test
  void whatWasWrittenIsFoundAndNotWrittenAgain() throws Exception {
    proxy.judge(this::judge);
    NetworkAttachment first = attachment(client, name, "a", name);
    keep();
    NetworkAttachment second = attachment(client, name, "b", name);
    keep();

    assertThat(assigned(client, first).addresses()).containsExactly("10.10.0.1/24");
    assertThat(assigned(client, second).addresses()).containsExactly("10.10.0.2/24");
    assertThat(holders(client, name)).containsOnlyKeys("10.10.0.1", "10.10.0.2");

    client.resource(first).delete();
    client.resource(second).delete();
    keeper.later();
    keep();

    assertThat(holders(client, name)).isEmpty();
    assertThat(lost).containsExactly("create block", "assign", "change block", "delete block");
  }

  /** However often others are quicker: what looks free may be somebody's. */
  @Test
  void nothingIsGivenUntilWhatWasLostIsRecordedAgain() throws Exception {
    NetworkAttachment first = attachment(client, name, "a", name);
    keep();
    client.resources(AddressBlock.class).withName(name + "-0a0a0000").delete();
    NetworkAttachment late = attachment(client, name, "b", name);
    // The first look finds that the block is gone, the second cannot record again what was in it.
    AtomicInteger writes = new AtomicInteger();
    proxy.judge(request ->
        isWriteOfBlock(request) && writes.incrementAndGet() <= 1 + Ledger.ATTEMPTS
            ? CONFLICT
            : PASSED);

    keep();

    assertThat(writes).hasValueGreaterThan(1 + Ledger.ATTEMPTS);
    assertThat(assigned(client, first).addresses()).containsExactly("10.10.0.1/24");
    assertThat(assigned(client, late).addresses()).containsExactly("10.10.0.2/24");
    assertThat(holders(client, name)).containsOnlyKeys("10.10.0.1", "10.10.0.2");
  }

  /** Between two questions about it, as when it is deleted by force. */
  @Test
  void aPodKeepsItsAddressWhoseFormerAttachmentGoesWhileItIsAskedFor() throws Exception {
    NetworkAttachmentSet set = PoolObjects.set(client, name);
    NetworkAttachment former = PoolObjects.ofPod(client, set, name, "db-0", "db-0", "u-1");
    keep();
    named("db-0").edit(each -> each.addFinalizer(NetworkAttachment.FINALIZER) ? each : each);
    client.resource(former).delete();
    NetworkAttachment again = PoolObjects.ofPod(client, set, name, "db-0-again", "db-0", "u-2");
    keeper.hearAttachments();
    AtomicInteger questions = new AtomicInteger();
    proxy.judge(request -> {
      if (request.contains("metadata.name%3Ddb-0&") || request.contains("metadata.name%3Ddb-0 ")) {
        if (questions.incrementAndGet() == 2) {
          named("db-0")
              .edit(each -> each.removeFinalizer(NetworkAttachment.FINALIZER) ? each : each);
        }
      }
      return PASSED;
    });

    keeper.keep(name);
    keeper.hearAttachments().keep(name);

    assertThat(questions).hasValueGreaterThan(1);
    assertThat(assigned(client, again).addresses()).containsExactly("10.10.0.1/24");
  }

  private Resource<NetworkAttachment> named(String attachment) {
    return client.resources(NetworkAttachment.class).inNamespace(name).withName(attachment);
  }

  /** The API server learns of a binding a moment after it has taken it. */
  private static void awaitRights(KubernetesClient client) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .until(() -> client.resources(NetworkAttachment.class).inAnyNamespace().list() != null);
  }

  /** As often as a controller would come back to it. */
  private void keep() throws InterruptedException {
    int failures = 0;
    while (true) {
      try {
        keeper.hearAttachments().keep(name);
        return;
      } catch (KubernetesClientException e) {
        assertThat(++failures).as("%s", e.getMessage()).isLessThan(3);
      }
    }
  }

  private KubernetesClient unlucky(ApiServer server) {
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(name)
                .withName("controller")
                .endMetadata()
                .build())
        .create();
    client
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
                .addNewSubject("", "ServiceAccount", "controller", name)
                .build())
        .create();
    Path kubeconfig = server.serviceAccountKubeconfig(name, "controller", proxy);
    return ApiServer.client(kubeconfig);
  }
}
