package io.netattach.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.netattach.api.AddressPool;
import io.netattach.api.ApiObjects;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What happens to all that there is before an uninstallation, and after one. */
@NeedsApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TeardownTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofSeconds(2);
  private static final String RELEASE = "netattach-system";
  private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  private static final String POD =
      """
      {apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: netattach-system, labels: {
        app.kubernetes.io/name: netattach, app.kubernetes.io/component: %s}},
        spec: {containers: [{name: one, image: netattach}]}}
      """;

  private static final String NAMES =
      "go-template={{range .items}}{{or .metadata.namespace \"default\"}} {{.metadata.name}}\n{{end}}";

  private static final String NO_FINALIZERS = "{\"metadata\":{\"finalizers\":[]}}";

  private final ApiServer server;
  private final KubernetesClient client;
  private final List<String> out = new CopyOnWriteArrayList<>();

  TeardownTest() {
    server = ApiServer.start();
    client = server.client();
  }

  @BeforeAll
  void install() {
    for (String namespace : List.of(RELEASE, "shop", "lab")) {
      assertThat(server.kubectl("create", "namespace", namespace).err()).isEmpty();
    }
    // No controller makes it here, and without it no pod is taken.
    server.kubectl("create", "serviceaccount", "default", "-n", RELEASE);
  }

  @BeforeEach
  void define() {
    out.clear();
    ApiObjects.install(server);
  }

  @AfterEach
  void empty() throws InterruptedException {
    server.kubectl("-n", RELEASE, "delete", "pods", "--all", "--force");
    for (String kind : List.of("natt", "nattset", "addresspools")) {
      String all = server.kubectl("get", kind, "-A", "-o", NAMES).out();
      all.lines()
          .forEach(line -> {
            String[] names = line.split(" ", -1);
            server.kubectl(
                "patch", kind, names[1], "-n", names[0], "--type=merge", "-p", NO_FINALIZERS);
          });
      server.kubectl("delete", kind, "--all", "-A");
    }
  }

  @AfterAll
  void close() {
    server.close();
  }

  private void attachment(String namespace, String name, String... finalizers) {
    create(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: %s, namespace: %s, finalizers: %s}
        spec:
          nodeName: worker-1
          target: {netns: {name: blue}}
          container: {interface: net1}
        """
            .formatted(name, namespace, List.of(finalizers)));
  }

  private void create(String yaml) {
    assertThat(server.kubectlWithInput(yaml, "create", "-f", "-").err()).isEmpty();
  }

  private void tell(String name, String reason) {
    client
        .resources(NetworkAttachment.class)
        .inNamespace("shop")
        .withName(name)
        .subresource("status")
        .patch(
            MERGE,
            """
            {"status": {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "%s",
              "message": "told by the test", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}
            """
                .formatted(reason));
  }

  private void letGo(String namespace, String name) {
    client
        .resources(NetworkAttachment.class)
        .inNamespace(namespace)
        .withName(name)
        .patch(MERGE, NO_FINALIZERS);
  }

  private List<String> finalizers(String namespace, String name) {
    return client
        .resources(NetworkAttachment.class)
        .inNamespace(namespace)
        .withName(name)
        .require()
        .getMetadata()
        .getFinalizers();
  }

  private Detachment detachment(Duration time) {
    return new Detachment(client, time, out::add);
  }

  private FinalizerRemoval removal(Duration time) {
    return new FinalizerRemoval(client, RELEASE, time, out::add);
  }

  @Test
  void setsAttachmentsAndPoolsOfAllNamespacesAreDeleted() throws InterruptedException {
    attachment("shop", "a");
    attachment("lab", "b");
    create(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachmentSet
        metadata: {name: every, namespace: lab}
        spec:
          nodeSelector: {}
          template: {spec: {target: {netns: {name: blue}}, container: {interface: net1}}}
        ---
        apiVersion: netattach.io/v1alpha1
        kind: AddressPool
        metadata: {name: blue}
        spec: {ranges: [{subnet: 10.10.0.0/24}]}
        """);

    detachment(LONG).detach();

    assertThat(client.resources(NetworkAttachmentSet.class).inAnyNamespace().list().getItems())
        .isEmpty();
    assertThat(client.resources(NetworkAttachment.class).inAnyNamespace().list().getItems())
        .isEmpty();
    assertThat(client.resources(AddressPool.class).list().getItems()).isEmpty();
    assertThat(out)
        .containsSubsequence(
            "waiting for 1 NetworkAttachmentSet to be taken down",
            "0 NetworkAttachmentSets left",
            "waiting for 2 NetworkAttachments to be taken down",
            "0 NetworkAttachments left",
            "0 AddressPools left");
  }

  @Test
  void detachingWaitsForTheAgents() {
    attachment("shop", "a", "netattach.io/detach");
    attachment("lab", "b", "netattach.io/detach");

    CompletableFuture<Void> detached = inBackground();
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(out).contains("waiting for 2 NetworkAttachments to be taken down"));
    letGo("shop", "a");
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(out).contains("waiting for 1 NetworkAttachment to be taken down"));
    assertThat(detached).isNotDone();
    letGo("lab", "b");

    assertThat(detached).succeedsWithin(LONG);
  }

  @Test
  void whatIsCreatedMeanwhileIsDeletedToo() {
    attachment("shop", "a", "netattach.io/detach");
    CompletableFuture<Void> detached = inBackground();
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(out).contains("waiting for 1 NetworkAttachment to be taken down"));
    attachment("lab", "late");
    letGo("shop", "a");

    assertThat(detached).succeedsWithin(LONG);
    assertThat(client.resources(NetworkAttachment.class).inAnyNamespace().list().getItems())
        .isEmpty();
  }

  private CompletableFuture<Void> inBackground() {
    return CompletableFuture.runAsync(() -> {
      try {
        detachment(LONG).detach();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  @Test
  void whatIsLeftIsToldWithItsNodeAndWhy() {
    attachment("shop", "a", "netattach.io/detach");
    attachment("shop", "b", "netattach.io/detach");
    attachment("shop", "c", "netattach.io/detach", "example.com/backup");
    tell("a", "AgentSilent");
    tell("b", "AgentSilent");

    assertThatThrownBy(() -> detachment(SHORT).detach())
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith(
            "after 2 s 3 NetworkAttachments are left: 2 such as shop/a (node worker-1,"
                + " AgentSilent); shop/c (held by finalizer example.com/backup). ")
        .hasMessageContaining("Bring the agents")
        .hasMessageContaining("policy Keep");
  }

  @Test
  void aPoolThatThePolicyDoesNotLetGoYetIsToldWithWhoUsesIt() {
    server.install(Path.of("k8s/admission.yaml"));
    create(
        """
        apiVersion: netattach.io/v1alpha1
        kind: AddressPool
        metadata: {name: green}
        spec: {ranges: [{subnet: 10.10.0.0/24}]}
        """);
    var pool = client.resources(AddressPool.class).withName("green");
    pool.subresource("status").patch(MERGE, "{\"status\":{\"used\":1,\"inUse\":\"shop/a\"}}");
    // The server takes a policy up in its own time.
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(server.kubectl("delete", "addresspool", "green", "--dry-run=server").err())
                .contains("is in use"));

    assertThatThrownBy(() -> detachment(SHORT).detach())
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("1 AddressPool is left: green (not deleted: ")
        .hasMessageContaining("pool green is in use by 1 attachment: shop/a")
        .hasMessageContaining("The API server refuses to delete addresspools.netattach.io")
        .message()
        .doesNotContain("Bring the agents");

    out.clear();
    CompletableFuture<Void> detached = inBackground();
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(out).contains("waiting for 1 AddressPool to be taken down"));
    attachment("lab", "late");
    pool.subresource("status").patch(MERGE, "{\"status\":{\"used\":0,\"inUse\":null}}");
    assertThat(detached).succeedsWithin(LONG);
    assertThat(client.resources(NetworkAttachment.class).inAnyNamespace().list().getItems())
        .isEmpty();
  }

  @Test
  void lettingGoTakesOurFinalizersAndLeavesThoseOfOthers() throws InterruptedException {
    attachment("shop", "a", "example.com/one", "netattach.io/detach", "example.com/two");
    attachment("lab", "b", "netattach.io/detach");
    attachment("lab", "leaving", "netattach.io/detach");
    attachment("lab", "others", "example.com/one");
    server.kubectl("-n", "lab", "delete", "natt", "leaving", "--wait=false");
    create(
        """
        apiVersion: netattach.io/v1alpha1
        kind: AddressPool
        metadata: {name: blue, finalizers: [netattach.io/in-use]}
        spec: {ranges: [{subnet: 10.10.0.0/24}]}
        """);

    removal(LONG).remove();

    assertThat(finalizers("shop", "a")).containsExactly("example.com/one", "example.com/two");
    assertThat(finalizers("lab", "b")).isEmpty();
    assertThat(finalizers("lab", "others")).containsExactly("example.com/one");
    assertThat(
            client.resources(NetworkAttachment.class).inNamespace("lab").withName("leaving").get())
        .isNull();
    assertThat(
            client
                .resources(AddressPool.class)
                .withName("blue")
                .require()
                .getMetadata()
                .getFinalizers())
        .isEmpty();
    assertThat(out)
        .contains(
            "no pod of an agent or a controller runs in namespace netattach-system",
            "3 NetworkAttachments let go",
            "1 AddressPool let go");

    out.clear();
    removal(LONG).remove();
    assertThat(out).contains("0 NetworkAttachments let go", "0 AddressPools let go");
  }

  @Test
  void lettingGoWaitsForTheEndOfAgentsSinceTheyPutTheirFinalizersBack() throws Exception {
    attachment("shop", "a", "netattach.io/detach");
    create(POD.formatted("netattach-agent-x", "agent"));
    create(POD.formatted("netattach-uninstall-x", "uninstall"));
    CompletableFuture<Void> gone =
        CompletableFuture.runAsync(() -> {
          try {
            removal(LONG).remove();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(out).containsExactly("waiting for the end of pods: netattach-agent-x"));
    assertThat(finalizers("shop", "a")).containsExactly("netattach.io/detach");

    server.kubectl("-n", RELEASE, "delete", "pod", "netattach-agent-x", "--force");

    assertThat(gone).succeedsWithin(LONG);
    assertThat(finalizers("shop", "a")).isEmpty();
  }

  @Test
  void aPodThatDoesNotEndHoldsNothingUpForEver() throws InterruptedException {
    attachment("shop", "a", "netattach.io/detach");
    create(POD.formatted("netattach-agent-y", "agent"));

    removal(Duration.ofSeconds(20)).remove();

    assertThat(finalizers("shop", "a")).isEmpty();
    assertThat(out).contains("going on although there are still pods: netattach-agent-y");
  }

  @Test
  void whatEndsTooLateAndLeavesNothingIsNoFailure() throws InterruptedException {
    attachment("shop", "a", "netattach.io/detach");

    removal(Duration.ZERO).remove();

    assertThat(finalizers("shop", "a")).isEmpty();
    assertThat(out).contains("1 NetworkAttachment let go");
  }

  @Test
  void moreThanOnePageIsLetGoAndThenDeleted() throws InterruptedException {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < 520; i++) {
      yaml.append(
          """
          ---
          {apiVersion: netattach.io/v1alpha1, kind: NetworkAttachment,
            metadata: {name: n%d, namespace: shop, finalizers: [netattach.io/detach]},
            spec: {nodeName: worker-1, target: {netns: {name: blue}}, container: {interface: net1}}}
          """
              .formatted(i));
    }
    create(yaml.toString());

    removal(LONG).remove();
    assertThat(out).contains("520 NetworkAttachments let go");

    detachment(LONG).detach();
    assertThat(client.resources(NetworkAttachment.class).inAnyNamespace().list().getItems())
        .isEmpty();
  }

  @Test
  void withoutDefinitionsThereIsNothingToDo() throws InterruptedException {
    assertThat(server.kubectl("delete", "-f", "k8s/crds").exitCode()).isZero();

    detachment(LONG).detach();
    removal(LONG).remove();

    assertThat(out).contains("0 NetworkAttachments left", "0 AddressBlocks let go");
  }
}
