package io.netattach.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.UpgradeCommand;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.netattach.api.AddressPool;
import io.netattach.api.Condition;
import io.netattach.api.LastRepair;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.kube.Conditions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;
import org.junit.jupiter.api.io.TempDir;

/**
 * From the image to an empty cluster again, in the order of a person who installs, uses and removes
 * it. Each step builds on those before it.
 */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(ClusterE2E.KeepLogs.class)
class ClusterE2E {
  private static final String SYSTEM = "netattach-system";
  private static final String RELEASE = "netattach";
  private static final String SET = "every-node";
  private static final String BRIDGE = "br-e2e";
  private static final String TUNNEL_ID = "4242";
  private static final String TUNNEL = "vxlan" + TUNNEL_ID;

  /** What {@link NamespaceProbe} puts before the name of a link that is ours. */
  private static final String OURS = "ours ";

  private static final Path CHART = Path.of("helm", "netattach");
  private static final Path DEFINITIONS = CHART.resolve("crds");

  private final Cluster cluster;
  private final PodNetwork pods;
  private List<String> nodes = List.of();

  ClusterE2E() {
    Path kubeconfig =
        Path.of(Cluster.environment("KUBECONFIG", "the file of the cluster to test on"));
    cluster = new Cluster(kubeconfig, System.getProperty("imageName"));
    pods = new PodNetwork(cluster);
  }

  /** Keeps what helps to understand a failure, and leaves out the steps that build on it. */
  static final class KeepLogs implements TestWatcher, ExecutionCondition {
    private boolean failed;

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return failed
          ? ConditionEvaluationResult.disabled("an earlier step has failed")
          : ConditionEvaluationResult.enabled("all earlier steps went well");
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
      failed = true;
      context
          .getTestInstance()
          .filter(ClusterE2E.class::isInstance)
          .map(ClusterE2E.class::cast)
          .ifPresent(test -> test.cluster.keepLogs());
    }
  }

  private KubernetesClient client() {
    return cluster.client();
  }

  @BeforeAll
  void loadTheImage() throws IOException, InterruptedException {
    nodes = cluster.nodes();
    assertThat(nodes).as("nodes that are ready").isNotEmpty();
    assertThat(client().namespaces().withName(SYSTEM).get())
        .as("netattach is installed in this cluster: use one where it is not")
        .isNull();
    String command =
        Cluster.environment(
                "E2E_LOAD",
                "the command that brings an image archive to every node, such as"
                    + " 'kind load image-archive {tar}'")
            .replace("{tar}", Path.of("target", "netattach-image.tar").toAbsolutePath().toString());
    Process load = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
    String said = new String(load.getInputStream().readAllBytes(), UTF_8);
    assertThat(load.waitFor()).as("%s: %s", command, said).isZero();
    cluster.prepare();
  }

  @AfterAll
  void close() {
    client().namespaces().withName(Cluster.NAMESPACE).delete();
    await()
        .atMost(Cluster.PATIENCE)
        .until(() -> client().namespaces().withName(Cluster.NAMESPACE).get() == null);
    cluster.close();
  }

  @Test
  @Order(10)
  void theChartInstalls() {
    release(Map.of("podSecurity.labelNamespace", "true"));
    awaitRollout();
    assertThat(client().namespaces().withName(SYSTEM).get().getMetadata().getLabels())
        .containsEntry("pod-security.kubernetes.io/enforce", "privileged");
  }

  private void awaitRollout() {
    awaitAgents(nodes.size());
    await("the controller")
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                client()
                    .apps()
                    .deployments()
                    .inNamespace(SYSTEM)
                    .withName("netattach-controller")
                    .get(),
            controllers ->
                Objects.equals(controllers.getStatus().getReadyReplicas(), 2)
                    && Objects.equals(controllers.getStatus().getUpdatedReplicas(), 2)
                    && Objects.equals(controllers.getStatus().getReplicas(), 2)
                    && Objects.equals(
                        controllers.getStatus().getObservedGeneration(),
                        controllers.getMetadata().getGeneration()));
  }

  @Test
  @Order(12)
  void itCanBeTriedOut() {
    Helm.test(RELEASE)
        .withNamespace(SYSTEM)
        .withKubeConfig(cluster.kubeconfig())
        .withTimeout((int) Cluster.PATIENCE.toSeconds())
        .call();
    PodResource selftest = client().pods().inNamespace(SYSTEM).withName("netattach-selftest");
    assertThat(selftest.get().getStatus().getPhase()).isEqualTo("Succeeded");
    assertThat(selftest.getLog())
        .contains(
            "agents: " + nodes.size() + " of " + nodes.size(), "is in this pod", "gone again");
    selftest.delete();
  }

  /** Installs the chart, or upgrades what is there to these values. */
  private void release(Map<String, String> values) {
    release(CHART, values);
  }

  private void release(Path chart, Map<String, String> values) {
    UpgradeCommand upgrade =
        new Helm(chart)
            .upgrade()
            .install()
            .withName(RELEASE)
            .withNamespace(SYSTEM)
            .createNamespace()
            .resetValues()
            .set("controller.silentAfterSeconds", "15")
            .set("controller.nodeGraceSeconds", "5");
    values.forEach(upgrade::set);
    upgrade.withKubeConfig(cluster.kubeconfig()).call();
  }

  private void awaitAgents(int number) {
    await(number + " agents")
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                client().apps().daemonSets().inNamespace(SYSTEM).withName("netattach-agent").get(),
            agents ->
                agents.getStatus().getNumberReady() == number
                    && Objects.equals(agents.getStatus().getUpdatedNumberScheduled(), number)
                    && Objects.equals(
                        agents.getStatus().getObservedGeneration(),
                        agents.getMetadata().getGeneration()));
  }

  @Test
  @Order(20)
  void aSetGivesEachNodeItsLink() throws IOException {
    long start = System.nanoTime();
    cluster.apply(everyNode());
    awaitSet(nodes.size());
    System.out.printf(
        "A Set on %d nodes: %d ms from apply to all Ready%n",
        nodes.size(), Duration.ofNanos(System.nanoTime() - start).toMillis());

    for (String node : nodes) {
      NetworkAttachment child = child(node);
      List<String> inside = cluster.look(node, SET, "10.13.0.1");
      assertThat(inside)
          .contains(
              "address net1 10.13.0.2/30",
              "default via 10.13.0.1 dev net1",
              "reached 10.13.0.1",
              "link net1 mtu 1500 up " + container(child).mac());
      assertThat(cluster.look(node, "-", "10.13.0.2"))
          .contains(OURS + host(child).interfaceName(), "reached 10.13.0.2");
    }
  }

  private static io.netattach.api.ContainerStatus container(NetworkAttachment child) {
    return Objects.requireNonNull(child.getStatus().container());
  }

  private static io.netattach.api.HostStatus host(NetworkAttachment child) {
    return Objects.requireNonNull(child.getStatus().host());
  }

  private static String interfaceName(NetworkAttachment attachment) {
    return Objects.requireNonNull(host(attachment).interfaceName());
  }

  private void awaitSet(int size) {
    await("the Set")
        .atMost(Cluster.PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () ->
                client()
                    .resources(NetworkAttachmentSet.class)
                    .inNamespace("default")
                    .withName(SET)
                    .get(),
            set ->
                set.getStatus() != null
                    && Objects.equals(
                        set.getStatus().observedGeneration(), set.getMetadata().getGeneration())
                    && set.getStatus().ready() == size
                    && set.getStatus().updated() == size);
  }

  private NetworkAttachment child(String node) {
    return children().stream()
        .filter(child -> node.equals(child.getSpec().nodeName()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no attachment for " + node));
  }

  private List<NetworkAttachment> children() {
    return client()
        .resources(NetworkAttachment.class)
        .inNamespace("default")
        .withLabel("netattach.io/set", SET)
        .list()
        .getItems();
  }

  @Test
  @Order(30)
  void anEditOfTheTemplateReachesEachNode() {
    client()
        .resources(NetworkAttachmentSet.class)
        .inNamespace("default")
        .withName(SET)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"template\":{\"spec\":{\"container\":{\"mtu\":1400}}}}}");
    awaitSet(nodes.size());
    for (String node : nodes) {
      assertThat(cluster.look(node, SET, "10.13.0.1"))
          .contains("link net1 mtu 1400 up " + container(child(node)).mac(), "reached 10.13.0.1");
    }
  }

  @Test
  @Order(32)
  void whatSomebodyChangesOnANodeIsRepaired() {
    String node = nodes.getFirst();
    String link = interfaceName(child(node));
    LastRepair before = child(node).getStatus().lastRepair();
    cluster.look(node, "-", "/sys/class/net/" + link + "/mtu=1300");
    await("a repair")
        .atMost(Cluster.PATIENCE)
        .until(
            () -> child(node).getStatus().lastRepair(),
            repair ->
                !Objects.equals(repair, before)
                    && Optional.ofNullable(repair)
                        .map(LastRepair::what)
                        .orElse("")
                        .contains("1400"));
    assertThat(cluster.look(node, "-", "10.13.0.2"))
        .anyMatch(line -> line.startsWith("link " + link + " mtu 1400 up"))
        .contains("reached 10.13.0.2");
  }

  @Test
  @Order(34)
  void noPacketIsLostWhileAnAgentStartsAgain() {
    String node = nodes.getFirst();
    PodResource traffic = cluster.startProbe(node, SET, "10.13.0.1...");
    awaitRounds(traffic, 1);
    Pod agent = agent(node);
    client().pods().resource(agent).delete();
    await("another agent on " + node)
        .atMost(Cluster.PATIENCE)
        .until(
            () -> agents(node),
            agents ->
                agents.size() == 1
                    && !agents
                        .getFirst()
                        .getMetadata()
                        .getUid()
                        .equals(agent.getMetadata().getUid())
                    && Readiness.isPodReady(agents.getFirst()));

    awaitRounds(traffic, awaitRounds(traffic, 1) + 2);
    assertThat(rounds(traffic)).allMatch(line -> line.endsWith(" 100 of 100"));
    traffic.withGracePeriod(0).delete();
  }

  private int awaitRounds(PodResource traffic, int atLeast) {
    return await(atLeast + " rounds")
        .atMost(Cluster.PATIENCE)
        .until(() -> rounds(traffic).size(), rounds -> rounds >= atLeast);
  }

  private static List<String> rounds(PodResource traffic) {
    // Without a log as long as its container has not begun.
    return Readiness.isPodReady(traffic.get())
        ? traffic.getLog().lines().filter(line -> line.contains(" of ")).toList()
        : List.of();
  }

  private Pod agent(String node) {
    return agents(node).getFirst();
  }

  private List<Pod> agents(String node) {
    return client()
        .pods()
        .inNamespace(SYSTEM)
        .withLabel("app.kubernetes.io/component", "agent")
        .withField("spec.nodeName", node)
        .list()
        .getItems();
  }

  @Test
  @Order(40)
  void anAttachmentThatIsDeletedIsStampedAgain() {
    NetworkAttachment before = child(nodes.getFirst());
    client().resource(before).delete();
    await()
        .atMost(Cluster.PATIENCE)
        .until(
            () -> children().stream().map(child -> child.getMetadata().getUid()).toList(),
            uids -> uids.size() == nodes.size() && !uids.contains(before.getMetadata().getUid()));
    awaitSet(nodes.size());
    assertThat(cluster.look(nodes.getFirst(), SET, "10.13.0.1")).contains("reached 10.13.0.1");
  }

  @Test
  @Order(50)
  void aNodeThatDoesNotExistIsSaid() {
    cluster.apply(attachment("typo", nodes.getFirst() + "-typo", "typo"));
    String message = awaitReady("typo", ready -> "NodeNotFound".equals(ready.reason())).message();
    assertThat(message).contains(nodes.getFirst() + "-typo");
    attachment("typo").delete();
    awaitGone("typo");
  }

  private static String attachment(String name, String node, String netns) {
    return """
    apiVersion: netattach.io/v1alpha1
    kind: NetworkAttachment
    metadata: {name: %s, namespace: netattach-e2e}
    spec:
      nodeName: %s
      target: {netns: {name: %s, create: true}}
      container: {interface: net1, addresses: [10.13.1.2/30]}
      host: {addresses: [10.13.1.1/30]}
    """
        .formatted(name, node, netns);
  }

  private io.fabric8.kubernetes.client.dsl.Resource<NetworkAttachment> attachment(String name) {
    return client()
        .resources(NetworkAttachment.class)
        .inNamespace(Cluster.NAMESPACE)
        .withName(name);
  }

  private Condition awaitReady(String name, Predicate<Condition> wanted) {
    return await(name)
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                Optional.ofNullable(attachment(name).get())
                    .map(NetworkAttachment::getStatus)
                    .flatMap(status -> Conditions.find(status.conditions(), Conditions.READY)),
            ready -> ready.filter(wanted).isPresent())
        .orElseThrow();
  }

  private void awaitGone(String name) {
    await(name + " to go").atMost(Cluster.PATIENCE).until(() -> attachment(name).get() == null);
  }

  @Test
  @Order(60)
  void aDeletionWaitsForASilentAgentAndGoesOnWhenItIsBack() {
    String node = nodes.getFirst();
    cluster.apply(attachment("held", node, "held"));
    awaitReady("held", ready -> "Attached".equals(ready.reason()));
    selectAgents("{\"netattach.io/e2e\":\"none\"}");
    await("no agent")
        .atMost(Cluster.PATIENCE)
        .until(() ->
            client()
                .pods()
                .inNamespace(SYSTEM)
                .withLabel("app.kubernetes.io/component", "agent")
                .list()
                .getItems()
                .isEmpty());

    attachment("held").delete();
    Condition silent = awaitReady("held", ready -> "AgentSilent".equals(ready.reason()));
    assertThat(silent.status()).isEqualTo("Unknown");
    assertThat(silent.message()).contains(node);
    assertThat(cluster.look(node, "held", "10.13.1.1"))
        .as("what is attached stays")
        .contains("reached 10.13.1.1");

    selectAgents("{\"netattach.io/e2e\":null}");
    awaitAgents(nodes.size());
    awaitGone("held");
    assertThat(cluster.look(node, "-")).doesNotContain("netns held");
    awaitSet(nodes.size());
  }

  private void selectAgents(String labels) {
    client()
        .apps()
        .daemonSets()
        .inNamespace(SYSTEM)
        .withName("netattach-agent")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":" + labels + "}}}}");
  }

  @Test
  @Order(70)
  void whatANodeLeavesBehindIsReleased() {
    // Before the node comes, so that no Set gives it an attachment.
    deleteTheSet();
    String ghost = "netattach-e2e-ghost";
    cluster.apply(
        """
        apiVersion: v1
        kind: Node
        metadata: {name: %s}
        """
            .formatted(ghost));
    cluster.apply(attachment("orphan", ghost, "orphan"));
    attachment("orphan")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"finalizers\":[\"" + NetworkAttachment.FINALIZER + "\"]}}");
    client().nodes().withName(ghost).delete();

    attachment("orphan").delete();
    awaitGone("orphan");
  }

  private void deleteTheSet() {
    client().resources(NetworkAttachmentSet.class).inNamespace("default").withName(SET).delete();
    await("the Set's attachments to go").atMost(Cluster.PATIENCE).until(() -> children().isEmpty());
  }

  @Test
  @Order(71)
  void anAgentWithoutPrivilegeAttachesToNamespacesThatAreThere() {
    String node = nodes.getFirst();
    cluster.apply(attachment("maker", node, "there"));
    awaitReady("maker", ready -> "Attached".equals(ready.reason()));

    release(Map.of("namedNamespaces.enabled", "false"));
    awaitRollout();
    SecurityContext context = agent(node).getSpec().getContainers().getFirst().getSecurityContext();
    assertThat(context.getPrivileged()).isFalse();
    assertThat(context.getAllowPrivilegeEscalation()).isFalse();
    cluster.apply(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: guest, namespace: netattach-e2e}
        spec:
          nodeName: %s
          target: {netns: {name: there}}
          container: {interface: net2, addresses: [10.13.2.2/30]}
          host: {addresses: [10.13.2.1/30]}
        """
            .formatted(node));
    awaitReady("guest", ready -> "Attached".equals(ready.reason()));
    assertThat(cluster.look(node, "there", "10.13.2.1", "10.13.1.1"))
        .contains("reached 10.13.2.1", "reached 10.13.1.1");
    attachment("guest").delete();
    awaitGone("guest");
    assertThat(cluster.look(node, "there", "10.13.1.1"))
        .contains("reached 10.13.1.1")
        .noneMatch(line -> line.contains(" net2 "));
  }

  @Test
  @Order(72)
  void podsOfAllNodesReachEachOther() {
    release(
        Map.of(
            "namedNamespaces.enabled",
            "false",
            "agent.bridges[0].name",
            BRIDGE,
            "agent.bridges[0].uplink.vxlan.id",
            TUNNEL_ID,
            "agent.allowBridges[0]",
            BRIDGE));
    awaitAgents(nodes.size());
    pods.make(BRIDGE);
    pods.scale(2 * nodes.size());
    assertThat(pods.awaitReached(2 * nodes.size()))
        .as("addresses of both families")
        .hasSize(4 * nodes.size())
        .doesNotHaveDuplicates();
  }

  @Test
  @Order(74)
  void theLeaderMayFallWhileTheyCome() {
    pods.scale(4 * nodes.size());
    Lease lease = client().leases().inNamespace(SYSTEM).withName("netattach-controller").get();
    client()
        .pods()
        .inNamespace(SYSTEM)
        .withName(lease.getSpec().getHolderIdentity())
        .withGracePeriod(0)
        .delete();
    assertThat(pods.awaitReached(4 * nodes.size()))
        .hasSize(8 * nodes.size())
        .doesNotHaveDuplicates();
  }

  @Test
  @Order(76)
  void withThePodsAllGoes() {
    pods.scale(0);
    pods.awaitEmpty();
    assertNothingOnTheNodes(BRIDGE, TUNNEL, interfaceName(attachment("maker").get()));
  }

  @Test
  @Order(78)
  void aSetMayGoWhilePodsCome() {
    pods.scale(2 * nodes.size());
    pods.deleteSet();
    pods.awaitUnattached();
    pods.scale(0);
    pods.delete();

    release(Map.of());
    awaitAgents(nodes.size());
    for (String node : nodes) {
      await("no " + BRIDGE + " on " + node)
          .atMost(Cluster.PATIENCE)
          .until(
              () -> cluster.look(node, "-"),
              lines -> lines.stream().noneMatch(List.of(OURS + BRIDGE, OURS + TUNNEL)::contains));
    }
  }

  @Test
  @Order(79)
  void withPrivilegeAgainTheAgentTakesTheNamespaceDown() {
    attachment("maker").delete();
    awaitGone("maker");
    assertThat(cluster.look(nodes.getFirst(), "-")).doesNotContain("netns there");
    assertNothingOnTheNodes();
  }

  @Test
  @Order(80)
  void anUninstallationThatKeepsLeavesLinksAsTheyAre() throws IOException {
    release(Map.of("uninstall.policy", "Keep"));
    awaitRollout();
    cluster.apply(everyNode());
    awaitSet(nodes.size());
    List<String> before = links();
    uninstall();
    assertThat(client().apps().daemonSets().inNamespace(SYSTEM).list().getItems()).isEmpty();
    assertThat(children())
        .hasSize(nodes.size())
        .allMatch(child -> child.getMetadata().getFinalizers().isEmpty());
    for (String node : nodes) {
      assertThat(cluster.look(node, SET, "10.13.0.1")).contains("reached 10.13.0.1");
    }

    release(Map.of());
    awaitRollout();
    await("finalizers of " + SET)
        .atMost(Cluster.PATIENCE)
        .until(
            this::children,
            all ->
                all.stream()
                    .allMatch(child ->
                        child.getMetadata().getFinalizers().contains(NetworkAttachment.FINALIZER)));
    awaitSet(nodes.size());
    assertThat(links()).as("the same links, not others").isEqualTo(before);
  }

  /** The index of a link tells whether it was made anew. */
  private List<String> links() {
    return children().stream()
        .map(child -> child.getSpec().nodeName() + " " + host(child).index() + " " + host(child))
        .sorted()
        .toList();
  }

  @Test
  @Order(82)
  void anUninstallationThatDetachesLeavesNothing() {
    pods.make(BRIDGE);
    cluster.apply(attachment("left", nodes.getLast(), "left"));
    awaitReady("left", ready -> "Attached".equals(ready.reason()));
    uninstall();
    assertThat(client().resources(NetworkAttachment.class).inAnyNamespace().list().getItems())
        .isEmpty();
    assertThat(client().resources(NetworkAttachmentSet.class).inAnyNamespace().list().getItems())
        .isEmpty();
    assertThat(client().resources(AddressPool.class).list().getItems()).isEmpty();
    assertNothingOnTheNodes();
    pods.deleteDeployment();
    removeAll();
  }

  private void uninstall() {
    Helm.uninstall(RELEASE).withNamespace(SYSTEM).withKubeConfig(cluster.kubeconfig()).call();
  }

  /** With objects and links: the previous chart with this image, and then this one over it. */
  @Test
  @Order(84)
  void anUpgradeFromThePreviousChartLeavesLinksAsTheyAre(@TempDir Path folder)
      throws IOException, InterruptedException {
    Optional<Path> previous = PreviousChart.unpackInto(folder);
    assumeTrue(previous.isPresent(), "there is no earlier chart in the history of this clone");
    release(previous.orElseThrow(), Map.of("image.tag", cluster.imageTag()));
    client()
        .namespaces()
        .withName(SYSTEM)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"labels\":{\"pod-security.kubernetes.io/enforce\":\"privileged\"}}}");
    awaitRollout();
    cluster.apply(everyNode());
    awaitSet(nodes.size());
    List<String> before = links();
    PodResource traffic = cluster.startProbe(nodes.getFirst(), SET, "10.13.0.1...");
    awaitRounds(traffic, 1);

    release(Map.of());
    awaitRollout();
    awaitSet(nodes.size());
    assertThat(links()).as("the same links, not others").isEqualTo(before);
    awaitRounds(traffic, awaitRounds(traffic, 1) + 2);
    assertThat(rounds(traffic)).allMatch(line -> line.endsWith(" 100 of 100"));
    traffic.withGracePeriod(0).delete();
    uninstall();
    assertNothingOnTheNodes();
    removeAll();
  }

  private static String everyNode() throws IOException {
    return Files.readString(Path.of("k8s", "samples", "00-every-node.yaml"));
  }

  /**
   * @param kept links that are not of attachments
   */
  private void assertNothingOnTheNodes(String... kept) {
    List<String> allowed = Stream.of(kept).map(link -> OURS + link).toList();
    for (String node : nodes) {
      assertThat(cluster.look(node, "-"))
          .as(node)
          .noneMatch(line -> line.startsWith(OURS) && !allowed.contains(line))
          .noneMatch(line -> line.startsWith("netns " + SET));
    }
  }

  /** What a chart leaves by design: the definitions and the namespace. */
  private void removeAll() {
    for (HasMetadata definition : load(DEFINITIONS)) {
      client().resource(definition).delete();
      await().atMost(Cluster.PATIENCE).until(() -> client().resource(definition).get() == null);
    }
    client().namespaces().withName(SYSTEM).delete();
    await()
        .atMost(Cluster.PATIENCE)
        .until(() -> client().namespaces().withName(SYSTEM).get() == null);
    assertThat(client().rbac().clusterRoles().list().getItems())
        .noneMatch(role -> role.getMetadata().getName().startsWith("netattach"));
    assertThat(client().rbac().clusterRoleBindings().list().getItems())
        .noneMatch(binding -> binding.getMetadata().getName().startsWith("netattach"));
  }

  private List<HasMetadata> load(Path... folders) {
    List<HasMetadata> all = new java.util.ArrayList<>();
    for (Path folder : folders) {
      try (var files = Files.list(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
          try (var in = Files.newInputStream(file)) {
            all.addAll(client().load(in).items());
          }
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    return all;
  }

  @Test
  @Order(90)
  void theManifestsDoTheSame() throws IOException {
    List<HasMetadata> manifests = load(Path.of("k8s", "crds"), Path.of("k8s"));
    manifests.removeIf(object -> object.getKind().equals("Kustomization"));
    manifests.sort(java.util.Comparator.comparing(object -> !object.getKind().equals("Namespace")));
    manifests.forEach(object -> client().resource(object).serverSideApply());
    awaitAgents(nodes.size());
    cluster.apply(everyNode());
    awaitSet(nodes.size());
    for (String node : nodes) {
      assertThat(cluster.look(node, SET, "10.13.0.1")).contains("reached 10.13.0.1");
    }
    List<HasMetadata> takingDown = load(Path.of("k8s", "uninstall"));
    takingDown.removeIf(object -> object.getKind().equals("Kustomization"));
    takingDown.forEach(object -> client().resource(object).serverSideApply());
    await("the Job that takes all down")
        .atMost(Cluster.PATIENCE)
        .until(
            () ->
                client()
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(SYSTEM)
                    .withName("netattach-uninstall")
                    .get(),
            job -> Objects.equals(job.getStatus().getSucceeded(), 1));
    assertThat(children()).isEmpty();
    takingDown.reversed().forEach(object -> client().resource(object).delete());
    assertNothingOnTheNodes();

    manifests.removeIf(object -> object.getKind().equals("CustomResourceDefinition"));
    manifests.reversed().forEach(object -> client().resource(object).delete());
    removeAll();
  }
}
