package io.netattach.controller;

import static io.netattach.controller.Cluster.eventually;
import static io.netattach.controller.Cluster.ready;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.netattach.api.AttachmentTemplate;
import io.netattach.api.ContainerEnd;
import io.netattach.api.LabelSelector;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetSpec;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.PodTarget;
import io.netattach.api.Target;
import io.netattach.api.UpdateStrategy;
import io.netattach.kube.ApiServer;
import io.netattach.kube.Conditions;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What becomes of attachments to pods, and what pods are told of them, on a real API server with
 * the rights of the release. The test plays scheduler, kubelet and agents.
 */
@NeedsApiServer
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PodIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Cluster cluster;
  private Program controller;

  @BeforeAll
  void start() {
    cluster = Cluster.start();
    cluster.node("n1", Map.of());
    cluster.node("n2", Map.of());
    holdPolicies();
    controller = cluster.controller("c-0", "--silent-after", "86400");
    controller.awaitLine("leading as c-0");
  }

  @AfterAll
  void end() {
    if (controller != null) {
      controller.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  /** Waits for the API server to take the release's policies up, which it does in its own time. */
  private void holdPolicies() {
    cluster.server().install(Path.of("k8s/admission.yaml"));
    namespace("probe");
    Pod probe = create(podOf("probe", "probe", Map.of()));
    Path kubeconfig =
        cluster.server().serviceAccountKubeconfig(Cluster.RELEASE, "netattach-controller");
    // A label that was written would be no news the next time, and pass.
    PatchContext trial =
        new PatchContext.Builder()
            .withPatchType(PatchType.STRATEGIC_MERGE)
            .withDryRun(List.of("All"))
            .build();
    try (KubernetesClient token = ApiServer.client(kubeconfig)) {
      eventually(() ->
          assertThatThrownBy(() ->
                  token
                      .pods()
                      .resource(probe)
                      .subresource("status")
                      .patch(trial, "{\"metadata\": {\"labels\": {\"tried\": \"yes\"}}}"))
              .hasMessageContaining("netattach-controllers-pods"));
    }
  }

  /** The namespace of a test. Pods cannot be made without an account. */
  private String namespace(String test) {
    cluster.namespace(test);
    cluster
        .client()
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(test)
                .withName("default")
                .endMetadata()
                .build())
        .serverSideApply();
    return test;
  }

  private static PodBuilder podOf(String namespace, String name, Map<String, String> labels) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withLabels(labels)
        .endMetadata()
        .withNewSpec()
        .withAutomountServiceAccountToken(false)
        .addNewContainer()
        .withName("main")
        .withImage("none")
        .endContainer()
        .endSpec();
  }

  private Pod create(PodBuilder pod) {
    return cluster.client().resource(pod.build()).create();
  }

  /** What a scheduler does. */
  private Pod running(String namespace, String name, String node) {
    return create(
        podOf(namespace, name, Map.of("app", namespace)).editSpec().withNodeName(node).endSpec());
  }

  /** What kubelet does at the end. */
  private void gone(Pod pod) {
    cluster.client().resource(pod).withGracePeriod(0).delete();
  }

  private static ContainerEnd net1(String address) {
    return new ContainerEnd("net1", null, null, List.of(address), null, List.of(), Map.of());
  }

  private NetworkAttachment attachmentTo(String namespace, String pod) {
    return attachmentTo(namespace, pod, null);
  }

  private NetworkAttachment attachmentTo(String namespace, String pod, String uid) {
    NetworkAttachment attachment = new NetworkAttachment();
    attachment.getMetadata().setNamespace(namespace);
    attachment.getMetadata().setName("to-" + pod);
    attachment.setSpec(
        new NetworkAttachmentSpec(
            null, new Target(null, new PodTarget(pod, uid)), net1("10.10.0.2/24"), null));
    return cluster.create(attachment);
  }

  private NetworkAttachmentSet set(String namespace, String address, UpdateStrategy strategy) {
    NetworkAttachmentSet set = new NetworkAttachmentSet();
    set.getMetadata().setNamespace(namespace);
    set.getMetadata().setName("web");
    set.setSpec(
        new NetworkAttachmentSetSpec(
            null,
            new LabelSelector(Map.of("app", namespace), List.of()),
            strategy,
            template(address)));
    return cluster.create(set);
  }

  private static AttachmentTemplate template(String address) {
    return new AttachmentTemplate(null, new NetworkAttachmentSpec(null, null, net1(address), null));
  }

  private List<String> podsWithAttachment(String namespace) {
    return cluster.attachments(namespace).stream()
        .map(attachment -> attachment.getSpec().target().pod().name())
        .sorted()
        .toList();
  }

  private Optional<PodCondition> gate(Pod pod) {
    return cluster.fresh(pod).getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals("netattach.io/attached"))
        .findFirst();
  }

  private String networks(Pod pod) {
    return cluster.fresh(pod).getMetadata().getAnnotations().get(NetworkStatus.ANNOTATION);
  }

  @Test
  void anAttachmentGetsTheNodeAndTheUidOfItsPod() {
    namespace("bind");
    NetworkAttachment attachment = attachmentTo("bind", "db-0");
    eventually(() ->
        assertThat(ready(cluster.fresh(attachment)).message())
            .isEqualTo(
                "no pod is named db-0 in namespace bind yet; it is attached when there is one"));
    Pod pod = create(podOf("bind", "db-0", Map.of()));
    assertThat(cluster.fresh(attachment).getSpec().nodeName()).isNull();
    gone(pod);
    Pod scheduled = running("bind", "db-0", "n2");

    eventually(() -> {
      NetworkAttachmentSpec spec = cluster.fresh(attachment).getSpec();
      assertThat(spec.nodeName()).isEqualTo("n2");
      assertThat(spec.target().pod().uid()).isEqualTo(scheduled.getMetadata().getUid());
    });
  }

  @Test
  void anAttachmentWithTheUidOfItsPodGetsItsNodeAndWithAnotherWaits() {
    namespace("uid");
    Pod pod = running("uid", "db-0", "n1");
    NetworkAttachment meant = attachmentTo("uid", "db-0", pod.getMetadata().getUid());
    eventually(() -> assertThat(cluster.fresh(meant).getSpec().nodeName()).isEqualTo("n1"));
    cluster.client().resource(meant).delete();

    NetworkAttachment other = attachmentTo("uid", "db-0", "another");

    eventually(() -> assertThat(ready(cluster.fresh(other)).reason()).isEqualTo("TargetNotFound"));
    assertThat(ready(cluster.fresh(other)).message())
        .startsWith(
            "pod db-0 in namespace uid has the uid "
                + pod.getMetadata().getUid()
                + ", not that of target.pod.uid");
    assertThat(cluster.fresh(other).getSpec().nodeName()).isNull();
  }

  /** An agent that is being replaced is no reason to take traffic from what is attached. */
  @Test
  void aSilentAgentClosesNoGateAndOpensNone() throws Exception {
    namespace("silent");
    Pod pod =
        create(
            podOf("silent", "a", Map.of("app", "silent"))
                .editSpec()
                .withNodeName("n1")
                .addNewReadinessGate("netattach.io/attached")
                .endSpec());
    set("silent", "10.10.0.2/24", null);
    eventually(() -> assertThat(cluster.attachments("silent")).hasSize(1));
    NetworkAttachment child = cluster.attachments("silent").getFirst();
    cluster.report(child, Conditions.FALSE, "Conflict", "taken");
    eventually(() ->
        assertThat(gate(pod).map(PodCondition::getMessage)).get(STRING).endsWith(": Conflict"));

    cluster.silentAt(child, "10.10.0.2/24");
    eventually(() -> assertThat(networks(pod)).contains("10.10.0.2"));
    assertThat(gate(pod).map(PodCondition::getStatus)).hasValue("False");

    cluster.attachedTo(child, "10.10.0.2/24");
    eventually(() -> assertThat(gate(pod).map(PodCondition::getStatus)).hasValue("True"));
    cluster.silentAt(child, "10.10.0.3/24");
    eventually(() -> assertThat(networks(pod)).contains("10.10.0.3"));
    assertThat(gate(pod).map(PodCondition::getStatus)).hasValue("True");
  }

  @Test
  void anAttachmentGoesWithItsPodAndNotWithAnotherOfItsName() {
    namespace("goes");
    Pod pod = running("goes", "db-0", "n1");
    NetworkAttachment attachment = attachmentTo("goes", "db-0");
    eventually(() -> assertThat(cluster.fresh(attachment).getSpec().nodeName()).isEqualTo("n1"));

    gone(pod);
    running("goes", "db-0", "n2");

    eventually(() -> assertThat(cluster.attachments("goes")).isEmpty());
  }

  @Test
  void aPodThatHasEndedLosesItsAttachment() {
    namespace("ended");
    Pod pod = running("ended", "job", "n1");
    NetworkAttachment attachment = attachmentTo("ended", "job");
    eventually(() -> assertThat(cluster.fresh(attachment).getSpec().nodeName()).isEqualTo("n1"));

    cluster
        .client()
        .pods()
        .resource(pod)
        .editStatus(now ->
            new PodBuilder(now).editOrNewStatus().withPhase("Succeeded").endStatus().build());

    eventually(() -> assertThat(cluster.attachments("ended")).isEmpty());
  }

  @Test
  void podsOfASetGetAttachmentsAndLoseThem() {
    namespace("pods");
    set("pods", "10.10.0.2/24", null);
    Pod first = running("pods", "a", "n1");
    Pod second = running("pods", "b", "n2");
    create(podOf("pods", "other", Map.of("app", "other")));
    create(podOf("pods", "unscheduled", Map.of("app", "pods")));

    eventually(() -> assertThat(podsWithAttachment("pods")).containsExactly("a", "b"));
    NetworkAttachment child = cluster.attachmentOf("pods", "n1").orElseThrow();
    assertThat(child.getSpec().target().pod().uid()).isEqualTo(first.getMetadata().getUid());
    assertThat(child.getMetadata().getLabels())
        .containsEntry("netattach.io/set", "web")
        .containsEntry("netattach.io/pod", "a");

    cluster.change(first, pod -> pod.getMetadata().setLabels(Map.of("app", "else")));
    eventually(() -> assertThat(podsWithAttachment("pods")).containsExactly("b"));
    gone(second);
    eventually(() -> assertThat(podsWithAttachment("pods")).isEmpty());
    cluster.change(first, pod -> pod.getMetadata().setLabels(Map.of("app", "pods")));
    eventually(() -> assertThat(podsWithAttachment("pods")).containsExactly("a"));
  }

  @Test
  void aPodOnTheNodesNetworkIsRefusedInTheSetsStatus() {
    namespace("hostnet");
    create(
        podOf("hostnet", "a", Map.of("app", "hostnet"))
            .editSpec()
            .withNodeName("n1")
            .withHostNetwork(true)
            .endSpec());
    NetworkAttachmentSet set = set("hostnet", "10.10.0.2/24", null);

    eventually(() -> {
      assertThat(cluster.status(set).failures())
          .singleElement()
          .satisfies(failure -> {
            assertThat(failure.pod()).isEqualTo("a");
            assertThat(failure.reason()).isEqualTo("Refused");
            assertThat(failure.message()).contains("uses the node's own network");
          });
      assertThat(cluster.attachments("hostnet")).isEmpty();
    });
  }

  @Test
  void aChangeOfTheTemplateDisturbsNoMoreThanItMay() {
    namespace("rolling");
    for (String name : List.of("a", "b", "c", "d")) {
      running("rolling", name, "n1");
    }
    NetworkAttachmentSet set =
        set("rolling", "10.10.0.2/24", new UpdateStrategy(new IntOrString(1)));
    eventually(() -> assertThat(cluster.attachments("rolling")).hasSize(4));
    cluster.attachments("rolling").forEach(cluster::attached);
    eventually(() -> assertThat(cluster.status(set).ready()).isEqualTo(4));

    cluster.edit(
        set,
        spec ->
            new NetworkAttachmentSetSpec(
                null, spec.podSelector(), spec.updateStrategy(), template("10.10.0.3/24")));

    for (int done = 1; done <= 4; done++) {
      int expected = done;
      eventually(() -> assertThat(cluster.status(set).updated()).isEqualTo(expected));
      List<NetworkAttachment> changed =
          cluster.attachments("rolling").stream()
              .filter(attachment -> !Readiness.isReady(attachment))
              .toList();
      assertThat(changed).hasSize(1);
      cluster.attached(changed.getFirst());
    }
    eventually(() -> assertThat(cluster.status(set).ready()).isEqualTo(4));
  }

  @Test
  void aPodThatAsksForItIsToldOfItsAttachmentsAndOthersAreLeftAlone() throws Exception {
    namespace("told");
    String others = "[{\"name\":\"cbr0\",\"interface\":\"eth0\",\"default\":true}]";
    Pod pod =
        create(
            podOf("told", "a", Map.of("app", "told"))
                .editMetadata()
                .withAnnotations(Map.of(NetworkStatus.ANNOTATION, others, "mine", "x"))
                .endMetadata()
                .editSpec()
                .withNodeName("n1")
                .addNewReadinessGate("netattach.io/attached")
                .endSpec());
    eventually(() -> assertThat(gate(pod).map(PodCondition::getReason)).hasValue("NoAttachment"));
    NetworkAttachmentSet set = set("told", "10.10.0.2/24", null);
    eventually(() -> {
      assertThat(gate(pod).map(PodCondition::getStatus)).hasValue("False");
      assertThat(gate(pod).map(PodCondition::getMessage))
          .get(STRING)
          .endsWith("is not ready: Pending");
    });

    NetworkAttachment child = cluster.attachments("told").getFirst();
    cluster.attachedTo(child, "10.10.0.2/24");

    eventually(() -> {
      assertThat(gate(pod).map(PodCondition::getStatus)).hasValue("True");
      var networks = JSON.readTree(networks(pod));
      assertThat(networks).hasSize(2);
      assertThat(networks.get(0)).isEqualTo(JSON.readTree(others).get(0));
      assertThat(networks.get(1).get("ips").get(0).asText()).isEqualTo("10.10.0.2");
    });
    assertThat(cluster.fresh(pod).getMetadata().getAnnotations()).containsEntry("mine", "x");

    cluster.report(cluster.fresh(child), Conditions.FALSE, "Conflict", "taken");
    eventually(() ->
        assertThat(gate(pod).map(PodCondition::getMessage))
            .get(STRING)
            .endsWith("is not ready: Conflict"));
    cluster.client().resource(set).delete();
    eventually(() -> {
      // As the garbage collector does, also with what is made before the controller hears of that.
      cluster.attachments("told").forEach(each -> cluster.client().resource(each).delete());
      assertThat(JSON.readTree(networks(pod))).isEqualTo(JSON.readTree(others));
      assertThat(gate(pod).map(PodCondition::getReason)).hasValue("NoAttachment");
    });
  }

  @Test
  void aListThatCannotBeReadIsLeftAndSaidOnce() {
    Pod pod = attached("unreadable", NetworkStatus.ANNOTATION, "[{");

    saidOnce("unreadable", "NetworkStatusUnreadable");
    assertThat(networks(pod)).isEqualTo("[{");
  }

  @Test
  void theGateOpensThoughTheAnnotationsHaveNoRoom() {
    Pod pod = attached("full", "example.org/long", "x".repeat(262_110));

    saidOnce("full", "NetworkStatusTooLong");
    eventually(() -> assertThat(gate(pod).map(PodCondition::getReason)).hasValue("Attached"));
    assertThat(networks(pod)).isNull();
  }

  /** A pod of a Set, with an annotation, whose attachment is said to be attached. */
  private Pod attached(String namespace, String annotation, String value) {
    namespace(namespace);
    Pod pod =
        create(
            podOf(namespace, "a", Map.of("app", namespace))
                .editMetadata()
                .withAnnotations(Map.of(annotation, value))
                .endMetadata()
                .editSpec()
                .withNodeName("n1")
                .addNewReadinessGate("netattach.io/attached")
                .endSpec());
    set(namespace, "10.10.0.2/24", null);
    eventually(() -> assertThat(cluster.attachments(namespace)).hasSize(1));
    cluster.attachedTo(cluster.attachments(namespace).getFirst(), "10.10.0.2/24");
    return pod;
  }

  private void saidOnce(String namespace, String reason) {
    eventually(() ->
        assertThat(cluster.events(namespace, event -> Objects.equals(event.getReason(), reason)))
            .hasSize(1));
  }
}
