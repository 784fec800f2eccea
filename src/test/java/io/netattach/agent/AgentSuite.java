package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.Ip;
import io.netattach.api.Condition;
import io.netattach.api.ContainerStatus;
import io.netattach.api.HostStatus;
import io.netattach.api.NetnsStatus;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.AgentLease;
import io.netattach.kube.Conditions;
import io.netattach.kube.Program;
import io.netattach.kube.Scrape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What an agent does for the attachments of its node, whatever API server they come from. The
 * sandbox that the test runs in is the node; {@code ip} says what is on it.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AgentSuite {
  static final String NODE = "node-1";
  static final String NAMESPACE = "shop";
  static final Duration PATIENCE = Duration.ofSeconds(90);

  /** What people and programs do on a node to an attachment named blue. */
  private static final List<String> CHANGES =
      List.of(
          "ip link set veth-blue down",
          "ip link set veth-blue down; ip link set veth-blue name other",
          "ip link set veth-blue mtu 1400",
          "ip link set veth-blue address 02:00:00:00:00:77",
          "ip link set veth-blue group 7",
          "ip link set veth-blue master br-drift",
          "ip address delete 10.10.16.1/24 dev veth-blue",
          "ip address add 10.77.0.1/24 dev veth-blue",
          "ip route add 10.78.0.0/16 dev veth-blue",
          "ip -n blue link delete net1",
          "ip -n blue link set net1 down",
          "ip -n blue link set net1 mtu 1400",
          "ip -n blue link set lo down",
          "ip -n blue address flush dev net1",
          "ip -n blue route add 10.79.0.0/16 dev net1",
          "ip netns delete blue",
          "umount /run/netns/blue");

  /** A client that may do everything. */
  abstract KubernetesClient client();

  /** The file by which the agent finds the API server. */
  abstract Path kubeconfig();

  Program start(String... options) {
    return Program.start(
        "agent",
        kubeconfig(),
        Map.of("NODE_NAME", NODE, "POD_NAME", "agent-x", "POD_NAMESPACE", "netattach-system"),
        options);
  }

  /** Looks at nothing of which it has heard nothing, so that an event that is lost is seen. */
  Program startReady() {
    return start("--resync", "0").awaitReady();
  }

  @BeforeEach
  void makeNamespace() {
    if (client().namespaces().withName(NAMESPACE).get() == null) {
      client()
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build())
          .create();
    }
  }

  /** What a test leaves is removed by an agent; nothing may stay behind on the node. */
  @AfterEach
  void removeAll() {
    attachments().delete();
    if (!attachments().list().getItems().isEmpty()) {
      try (Program agent = startReady()) {
        await().atMost(PATIENCE).until(() -> attachments().list().getItems().isEmpty());
        assertThat(agent.isRunning()).isTrue();
      }
    }
    assertThat(Ip.here().ip("-br link").lines()).as("links").hasSize(1);
    assertThat(Ip.here().ip("netns list")).as("namespaces").isEmpty();
  }

  NonNamespaceOperation<
          NetworkAttachment, KubernetesResourceList<NetworkAttachment>, Resource<NetworkAttachment>>
      attachments() {
    return client().resources(NetworkAttachment.class).inNamespace(NAMESPACE);
  }

  Resource<NetworkAttachment> attachment(String name) {
    return attachments().withName(name);
  }

  /** One link with an address at each end, in a namespace of its own that is named like it. */
  static NetworkAttachment simple(String name, int subnet) {
    return Serialization.unmarshal(
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: %1$s, namespace: shop}
        spec:
          nodeName: node-1
          target: {netns: {name: %1$s, create: true}}
          container: {interface: net1, addresses: [10.10.%2$d.2/24]}
          host: {interface: veth-%1$s, addresses: [10.10.%2$d.1/24]}
        """
            .formatted(name, subnet),
        NetworkAttachment.class);
  }

  static NetworkAttachment edited(NetworkAttachment attachment, UnaryOperator<String> edit) {
    return Serialization.unmarshal(
        edit.apply(Serialization.asYaml(attachment)), NetworkAttachment.class);
  }

  void create(NetworkAttachment attachment) {
    client().resource(attachment).create();
  }

  /** As {@code kubectl patch --type merge} does (RFC 7396). */
  void merge(String name, String json) {
    attachment(name).patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  void mergeSpec(String name, String spec) {
    merge(name, "{\"spec\":" + spec + "}");
  }

  /** Waits until its Ready condition speaks of the spec as it is now, and is as asked. */
  NetworkAttachmentStatus awaitReady(String name, Predicate<Condition> wanted) {
    return Objects.requireNonNull(
        await(name)
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(
                () -> attachment(name).get(),
                now ->
                    now != null
                        && now.getStatus() != null
                        && Objects.equals(
                            now.getStatus().observedGeneration(), now.getMetadata().getGeneration())
                        && Conditions.find(now.getStatus().conditions(), Conditions.READY)
                            .filter(wanted)
                            .isPresent())
            .getStatus());
  }

  NetworkAttachmentStatus awaitAttached(String name) {
    return awaitReady(name, ready -> "Attached".equals(ready.reason()));
  }

  /** The same with its carrier, which may come after the first status and is told in another. */
  NetworkAttachmentStatus awaitOperational(String name) {
    awaitAttached(name);
    return await(name)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> attachment(name).get().getStatus(), now -> "UP".equals(host(now).operState()));
  }

  void awaitGone(String name) {
    await(name)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> attachment(name).get() == null);
  }

  static HostStatus host(NetworkAttachmentStatus status) {
    return Objects.requireNonNull(status.host());
  }

  static ContainerStatus container(NetworkAttachmentStatus status) {
    return Objects.requireNonNull(status.container());
  }

  static NetnsStatus netns(NetworkAttachmentStatus status) {
    return Objects.requireNonNull(status.netns());
  }

  /** {@code ip -j} inside a named namespace. */
  static JsonNode inside(String netns, String arguments) {
    return Ip.here().json("-n " + netns + " " + arguments);
  }

  static List<String> addresses(JsonNode links) {
    return links.findValues("addr_info").stream()
        .flatMap(info -> info.valueStream())
        .filter(address -> !address.path("scope").asText().equals("link"))
        .map(address -> address.path("local").asText() + "/" + address.path("prefixlen").asText())
        .toList();
  }

  List<Event> events(String name) {
    return client().v1().events().inNamespace(NAMESPACE).list().getItems().stream()
        .filter(event -> name.equals(event.getInvolvedObject().getName()))
        .toList();
  }

  @Test
  void anAttachmentIsMadeAndItsStatusSaysWhatIpShows() {
    try (Program agent = startReady()) {
      create(simple("blue", 1));

      NetworkAttachmentStatus status = awaitOperational("blue");

      JsonNode host = Ip.here().link("veth-blue");
      JsonNode container = inside("blue", "addr show dev net1").get(0);
      assertThat(status.target()).isEqualTo("netns/blue");
      assertThat(host(status).interfaceName()).isEqualTo("veth-blue");
      assertThat(host(status).index()).isEqualTo(host.path("ifindex").asInt());
      assertThat(host(status).mac()).isEqualTo(host.path("address").asText());
      assertThat(host(status).mtu()).isEqualTo(host.path("mtu").asInt());
      assertThat(host(status).operState()).isEqualTo(host.path("operstate").asText());
      assertThat(container(status).index()).isEqualTo(container.path("ifindex").asInt());
      assertThat(container(status).mac()).isEqualTo(container.path("address").asText());
      assertThat(container(status).addresses())
          .isEqualTo(addresses(inside("blue", "addr show dev net1")));
      assertThat(netns(status).created()).isTrue();
      assertThat(Ip.here().command("stat -L -c %i /run/netns/blue").strip())
          .isEqualTo(String.valueOf(netns(status).inode()));
      assertThat(agent.health("live")).isEqualTo(200);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(events("blue")).extracting(Event::getReason).contains("Attached"));
    }
  }

  @Test
  void anotherNodesAttachmentIsLeftAlone() {
    try (Program agent = startReady()) {
      create(edited(simple("other", 2), yaml -> yaml.replace("\"node-1\"", "\"node-2\"")));
      create(simple("mine", 3));
      awaitAttached("mine");

      NetworkAttachment other = attachment("other").get();

      assertThat(other.getSpec().nodeName()).isEqualTo("node-2");
      assertThat(other.getMetadata().getFinalizers()).isEmpty();
      assertThat(Ip.here().ip("netns list")).doesNotContain("other");
      assertThat(agent.said()).doesNotContain("shop/other");
    }
  }

  @Test
  void anEditIsFollowedInPlace() {
    try (Program agent = startReady()) {
      create(simple("blue", 4));
      NetworkAttachmentStatus before = awaitAttached("blue");

      mergeSpec("blue", "{\"container\":{\"addresses\":[\"10.10.4.9/24\"],\"mtu\":1400}}");
      NetworkAttachmentStatus after = awaitAttached("blue");

      assertThat(addresses(inside("blue", "addr show dev net1"))).containsExactly("10.10.4.9/24");
      assertThat(inside("blue", "link show dev net1").get(0).path("mtu").asInt()).isEqualTo(1400);
      assertThat(container(after).index()).isEqualTo(container(before).index());
      assertThat(container(after).mac()).isEqualTo(container(before).mac());
      assertThat(after.lastRepair()).as("an edit is no repair").isNull();
      agent.awaitLine("shop/blue: changed in");
    }
  }

  @Test
  void aDeletedAttachmentTakesLinkAndNamespaceAlong() {
    try (Program agent = startReady()) {
      create(simple("blue", 5));
      awaitAttached("blue");
      assertThat(attachment("blue").get().getMetadata().getFinalizers())
          .containsExactly(NetworkAttachment.FINALIZER);

      attachment("blue").delete();
      awaitGone("blue");

      assertThat(Ip.here().hasLink("veth-blue")).isFalse();
      assertThat(Ip.here().ip("netns list")).isEmpty();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void oneThatIsMadeAgainUnderItsNameIsAttachedAgain() {
    try (Program agent = startReady()) {
      for (int round = 0; round < 10; round++) {
        create(simple("blue", 6));
        if (round % 2 == 0) {
          awaitAttached("blue");
        }
        attachment("blue").delete();
        awaitGone("blue");
      }
      create(simple("blue", 6));
      assertThat(awaitAttached("blue").container()).isNotNull();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void aNamespaceThatIsMissingIsWaitedFor() {
    try (Program agent = startReady()) {
      create(edited(simple("late", 7), yaml -> yaml.replace("create: true", "create: false")));
      awaitReady("late", ready -> "TargetNotFound".equals(ready.reason()));
      assertThat(
              Conditions.is(
                  attachment("late").get().getStatus().conditions(),
                  Conditions.STALLED,
                  Conditions.FALSE))
          .isTrue();

      Ip.here().ip("netns add late");
      awaitAttached("late");

      attachment("late").delete();
      awaitGone("late");
      assertThat(Ip.here().ip("netns list")).as("it is not ours").contains("late");
      assertThat(agent.isRunning()).isTrue();
    } finally {
      Ip.here().ip("netns delete late");
    }
  }

  @Test
  void whatIsRefusedSaysSoUntilItIsEdited() {
    try (Program agent = startReady()) {
      create(
          edited(
              simple("wide", 8), yaml -> yaml.replace("\"10.10.8.1/24\"", "\"203.0.113.1/24\"")));
      NetworkAttachmentStatus refused =
          awaitReady("wide", ready -> "Refused".equals(ready.reason()));
      assertThat(Conditions.is(refused.conditions(), Conditions.STALLED, Conditions.TRUE)).isTrue();
      assertThat(Conditions.find(refused.conditions(), Conditions.READY).orElseThrow().message())
          .contains("host.addresses[0]", "not in a private network", "--allow-host-network");
      assertThat(refused.host()).isNull();

      mergeSpec("wide", "{\"host\":{\"addresses\":[\"10.10.8.1/24\"]}}");
      awaitAttached("wide");
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void bridgesAreRefusedUnlessTheNodeAllowsThem() {
    Ip.here().ip("link add br-one type bridge");
    try {
      NetworkAttachment bridged =
          Serialization.unmarshal(
              """
              apiVersion: netattach.io/v1alpha1
              kind: NetworkAttachment
              metadata: {name: port, namespace: shop}
              spec:
                nodeName: node-1
                target: {netns: {name: port, create: true}}
                container: {interface: net1}
                host: {interface: veth-port, bridge: {name: br-one}}
              """,
              NetworkAttachment.class);
      try (Program agent = startReady()) {
        create(bridged);
        awaitReady("port", ready -> "Refused".equals(ready.reason()));
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
      try (Program agent = start("--resync", "0", "--allow-bridge", "br-one").awaitReady()) {
        awaitAttached("port");
        assertThat(Ip.here().link("veth-port").path("master").asText()).isEqualTo("br-one");
        attachment("port").delete();
        awaitGone("port");
        assertThat(agent.isRunning()).isTrue();
      }
    } finally {
      Ip.here().ip("link delete br-one");
    }
  }

  /** By the agent that attached it, and by the next, which had nothing to write so far. */
  @Test
  void aStatusThatSomebodyElseWroteIsOverwritten() {
    try (Program agent = startReady()) {
      create(simple("blue", 9));
      awaitAttached("blue");

      sayThatTheAgentIsSilent("blue");

      assertThat(awaitAttached("blue").host()).isNotNull();
      assertThat(agent.isRunning()).isTrue();
    }
    try (Program agent = startReady()) {
      // It may have looked more than once, such as for an address that the kernel was done with.
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(verifications(agent)).as(agent::said).isPositive());

      sayThatTheAgentIsSilent("blue");

      assertThat(awaitAttached("blue").host()).isNotNull();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  private static double verifications(Program agent) {
    return agent
        .scrape()
        .value("netattach_operation_duration_seconds_count", "operation", "verify");
  }

  private void sayThatTheAgentIsSilent(String name) {
    attachment(name)
        .editStatus(now -> {
          Condition silent =
              new Condition(Conditions.READY, "Unknown", "AgentSilent", "not heard", null, 1L);
          now.setStatus(
              new NetworkAttachmentStatus(
                  1L, List.of(silent), null, "netns/" + name, null, null, null, null));
          return now;
        });
  }

  /** Nobody can tell whose it is then, so whoever finds it is to know. */
  @Test
  void aLinkThatLostItsMarkIsLeftAndSaid() {
    try (Program agent = startReady()) {
      create(simple("blue", 12));
      String uid = attachment("blue").require().getMetadata().getUid();
      awaitAttached("blue");
      Ip.here().ip("link property del dev veth-blue altname netattach-" + uid);
      awaitReady("blue", ready -> "Conflict".equals(ready.reason()));

      attachment("blue").delete();

      awaitGone("blue");
      agent.awaitLine("shop/blue: left: link veth-blue is left: ");
      assertThat(Ip.here().hasLink("veth-blue")).isTrue();
    } finally {
      Ip.here().ip("link delete veth-blue");
      Ip.here().ip("netns delete blue");
    }
  }

  @Test
  void whatIsAttachedOutlivesTheAgentAndIsTakenOver() {
    NetworkAttachmentStatus before;
    try (Program agent = startReady()) {
      create(simple("blue", 10));
      before = awaitAttached("blue");
      agent.terminate().exitCode();
    }
    assertThat(Ip.here().hasLink("veth-blue")).isTrue();
    mergeSpec("blue", "{\"container\":{\"mtu\":1400}}");
    create(simple("green", 11));
    merge("blue", "{\"metadata\":{\"labels\":{\"seen\":\"yes\"}}}");

    try (Program agent = startReady()) {
      NetworkAttachmentStatus after = awaitAttached("blue");
      awaitAttached("green");
      assertThat(host(after).index()).isEqualTo(host(before).index());
      assertThat(host(after).mtu()).isEqualTo(1400);
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void oneThatWasDeletedWhileTheAgentWasAwayGoesWhenItIsBack() {
    try (Program agent = startReady()) {
      create(simple("blue", 12));
      awaitAttached("blue");
      agent.kill().exitCode();
    }
    attachment("blue").delete();
    assertThat(attachment("blue").get()).as("its finalizer holds it").isNotNull();

    try (Program agent = startReady()) {
      awaitGone("blue");
      assertThat(Ip.here().hasLink("veth-blue")).isFalse();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  /** The agent looks at nothing by itself here: it is told by the kernel. */
  @Test
  void whatIsChangedOnTheNodeIsRepairedAndToldOf() {
    try (Program agent = startReady()) {
      create(simple("blue", 13));
      NetworkAttachmentStatus before = awaitAttached("blue");
      Ip.here().ip("link delete veth-blue");

      await()
          .atMost(PATIENCE)
          .until(() -> attachment("blue").get().getStatus().lastRepair() != null);

      NetworkAttachmentStatus after = awaitAttached("blue");
      assertThat(container(after).mac()).isEqualTo(container(before).mac());
      assertThat(addresses(inside("blue", "addr show dev net1"))).containsExactly("10.10.13.2/24");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(events("blue")).extracting(Event::getReason).contains("Repaired"));
      agent.awaitLine("shop/blue: repaired in");
      assertThat(Conditions.is(after.conditions(), Conditions.STABLE, Conditions.TRUE)).isTrue();
    }
  }

  @Test
  void everyKindOfChangeIsHeard() {
    Ip.here().ip("link add br-drift type bridge");
    try (Program agent = startReady()) {
      create(simple("blue", 16));
      awaitAttached("blue");
      for (String change : CHANGES) {
        long repairs = repairs(agent);
        Ip.here().command("sh -c " + change.replace(" ", "${IFS}"));
        await(change)
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> repairs(agent) > repairs);
        await(change).atMost(PATIENCE).untilAsserted(this::blueIsAsDesired);
      }
      awaitAttached("blue");
      assertThat(agent.isRunning()).isTrue();
    } finally {
      Ip.here().ip("link delete br-drift");
    }
  }

  private static long repairs(Program agent) {
    return agent.said().lines().filter(line -> line.contains("shop/blue: repaired in")).count();
  }

  private void blueIsAsDesired() {
    JsonNode host = Ip.here().link("veth-blue");
    assertThat(host.path("mtu").asInt()).isEqualTo(1500);
    assertThat(host.path("flags").toString()).contains("\"UP\"");
    assertThat(host.path("address").asText()).startsWith("fe:");
    assertThat(host.path("group").asText()).isEqualTo("default");
    assertThat(host.has("master")).isFalse();
    assertThat(addresses(Ip.here().json("addr show dev veth-blue")))
        .containsExactly("10.10.16.1/24");
    assertThat(inside("blue", "link show dev net1").get(0).path("mtu").asInt()).isEqualTo(1500);
    assertThat(addresses(inside("blue", "addr show dev net1"))).containsExactly("10.10.16.2/24");
    assertThat(Ip.here().json("route show dev veth-blue")).hasSize(1);
    assertThat(inside("blue", "route show dev net1")).hasSize(1);
  }

  @Test
  void whatSomebodyKeepsUndoingIsNotStable() {
    try (Program agent = startReady()) {
      create(simple("blue", 17));
      create(simple("green", 18));
      awaitAttached("blue");
      awaitAttached("green");
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (System.nanoTime() < end && !isUnstable("blue")) {
        Ip.here().ip("link set veth-blue mtu 1400");
        await()
            .atMost(PATIENCE)
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(10))
            .until(() ->
                isUnstable("blue") || Ip.here().link("veth-blue").path("mtu").asInt() == 1500);
      }

      Condition stable =
          Conditions.find(attachment("blue").get().getStatus().conditions(), Conditions.STABLE)
              .orElseThrow();
      assertThat(stable.status()).isEqualTo(Conditions.FALSE);
      assertThat(stable.message()).contains("set MTU of veth-blue from 1400 to 1500");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(events("blue")).extracting(Event::getReason).contains("Unstable"));
      assertThat(events("blue")).filteredOn(e -> "Unstable".equals(e.getReason())).hasSize(1);
      assertThat(isUnstable("green")).isFalse();
      assertThat(agent.isRunning()).isTrue();
    }
    // Another agent knows of no fight.
    try (Program agent = startReady()) {
      await().atMost(PATIENCE).until(() -> !isUnstable("blue"));
      assertThat(agent.isRunning()).isTrue();
    }
  }

  private boolean isUnstable(String name) {
    return Conditions.is(
        attachment(name).get().getStatus().conditions(), Conditions.STABLE, Conditions.FALSE);
  }

  @Test
  void manyThatAreDeletedAtOnceGoAtOnce() {
    int count = 60;
    try (Program agent = startReady()) {
      for (int i = 0; i < count; i++) {
        create(simple("many-" + i, 100 + i));
      }
      for (int i = 0; i < count; i++) {
        awaitAttached("many-" + i);
      }
      attachments().delete();
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> Ip.here().json("link show").size() == 1);

      await().atMost(PATIENCE).until(() -> attachments().list().getItems().isEmpty());
      assertThat(Ip.here().ip("netns list")).isEmpty();
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void nothingIsWrittenWhenThereIsNoNews() {
    try (Program agent = start("--resync", "1").awaitReady()) {
      create(simple("blue", 14));
      awaitOperational("blue");
      String version = attachment("blue").get().getMetadata().getResourceVersion();
      create(simple("green", 15));
      NetworkAttachmentStatus before = awaitAttached("green");
      // A repair takes a look, so when it was repaired, blue has been looked at as well, in vain.
      Ip.here().ip("link delete veth-green");
      await()
          .atMost(PATIENCE)
          .until(() -> attachment("green").get().getStatus().lastRepair() != null);

      assertThat(before.lastRepair()).isNull();
      assertThat(attachment("blue").get().getMetadata().getResourceVersion()).isEqualTo(version);
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void theAgentIsHeardByItsLease() {
    try (Program agent = startReady()) {
      var lease =
          await()
              .atMost(PATIENCE)
              .until(
                  () ->
                      client()
                          .leases()
                          .inNamespace("netattach-system")
                          .withName(AgentLease.name(NODE))
                          .get(),
                  Objects::nonNull);
      assertThat(lease.getSpec().getHolderIdentity()).isEqualTo("agent-x");
      assertThat(lease.getSpec().getLeaseDurationSeconds()).isEqualTo(40);
      assertThat(lease.getMetadata().getLabels()).containsAllEntriesOf(AgentLease.LABELS);
      assertThat(agent.isRunning()).isTrue();
    }
  }

  @Test
  void anAgentWithoutAnApiServerSaysSoAndEndsWhenItIsTold() throws Exception {
    Path nowhere = Files.createTempFile("netattach-nowhere", ".kubeconfig");
    try {
      Files.writeString(
          nowhere,
          Files.readString(kubeconfig())
              .replaceAll("server: [^,}]*", "server: \"http://127.0.0.1:1\""));
      try (Program agent = Program.start("agent", nowhere, Map.of("NODE_NAME", NODE))) {
        agent.awaitLine("the API server cannot be reached");
        assertThat(agent.health("ready")).isEqualTo(503);
        assertThat(agent.health("live")).isEqualTo(200);
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
    } finally {
      Files.delete(nowhere);
    }
  }

  @Test
  void metricsTellOfWhatIsThereAndWhatWasDone() {
    Ip.here().ip("link add veth-taken type bridge");
    try (Program agent = startReady()) {
      create(simple("blue", 40));
      awaitAttached("blue");
      create(edited(simple("red", 41), yaml -> yaml.replace("veth-red", "veth-taken")));
      awaitReady("red", ready -> "Conflict".equals(ready.reason()));
      awaitMetric(agent, 1, "netattach_attachments", "reason", "Attached");
      awaitMetric(agent, 1, "netattach_attachments", "reason", "Conflict");

      Scrape before = agent.scrape();
      assertThat(before.value("netattach_operation_duration_seconds_count", "operation", "attach"))
          .isEqualTo(1);
      assertThat(
              before.value(
                  "netattach_operation_duration_seconds_bucket",
                  "operation",
                  "attach",
                  "le",
                  "+Inf"))
          .isEqualTo(1);
      assertThat(
              before.value("netattach_failures_total", "operation", "attach", "reason", "Conflict"))
          .isPositive();
      assertThat(before.value("netattach_attachments", "reason", "Pending")).isZero();
      assertThat(before.value("netattach_repairs_total", "cause", "mtu")).isZero();
      double requests = before.value("netattach_netlink_requests_total");
      double events = before.value("netattach_monitor_events_total");
      assertThat(requests).isPositive();

      Ip.here().ip("link set veth-blue mtu 1400");
      awaitMetric(agent, 1, "netattach_repairs_total", "cause", "mtu");
      Scrape after = agent.scrape();
      assertThat(after.value("netattach_operation_duration_seconds_count", "operation", "repair"))
          .isEqualTo(1);
      assertThat(after.value("netattach_netlink_requests_total")).isGreaterThan(requests);
      assertThat(after.value("netattach_monitor_events_total")).isGreaterThan(events);

      attachment("blue").delete();
      awaitGone("blue");
      awaitMetric(agent, 0, "netattach_attachments", "reason", "Attached");
      assertThat(
              agent
                  .scrape()
                  .value("netattach_operation_duration_seconds_count", "operation", "detach"))
          .isEqualTo(1);
      awaitMetric(agent, 0, "netattach_queue_length");
    } finally {
      Ip.here().ip("link delete veth-taken");
    }
  }

  private static void awaitMetric(Program agent, double value, String name, String... labels) {
    await(name + List.of(labels))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(
            () -> assertThat(agent.scrape().value(name, labels)).as(agent::said).isEqualTo(value));
  }

  @Test
  void metricsTellOfWhatWaits() throws IOException {
    int atOnce = 32;
    int more = 4;
    Ip.here().command("mkdir -p /run/netns");
    // Whoever has it keeps all others from making namespaces, until its standard input ends.
    Process lock = new ProcessBuilder("flock", "--close", "/run/netns", "cat").start();
    try (Program agent = startReady()) {
      for (int i = 1; i <= atOnce + more; i++) {
        create(simple("many" + i, 50 + i));
      }
      // All of them first: the queue may be as long in passing, too, while they arrive.
      awaitMetric(agent, atOnce + more, "netattach_attachments", "reason", "Pending");
      awaitMetric(agent, more, "netattach_queue_length");

      lock.getOutputStream().close();

      awaitMetric(agent, atOnce + more, "netattach_attachments", "reason", "Attached");
      awaitMetric(agent, 0, "netattach_queue_length");
    } finally {
      lock.destroy();
    }
  }

  @Test
  void metricsTellTheKernelsErrorsByName() {
    try (Program agent = startReady()) {
      create(
          edited(
              simple("blue", 42),
              yaml ->
                  yaml.replaceFirst(
                      "(?m)^  container:",
                      "  container:\n    sysctls: {net.ipv6.conf.IFNAME.hop_limit: \"0\"}")));
      awaitReady("blue", ready -> "KernelError".equals(ready.reason()));

      Scrape scrape = agent.scrape();

      assertThat(scrape.value("netattach_kernel_errors_total", "errno", "EINVAL")).isPositive();
    }
  }

  @Test
  void metricsAreHelpfulAndTheirLabelsAreBounded() {
    try (Program agent = startReady()) {
      create(simple("blue", 43));
      awaitAttached("blue");

      Scrape scrape = agent.scrape();

      assertThat(scrape.names("netattach_")).hasSizeGreaterThan(10);
      assertThat(scrape.helps())
          .allSatisfy((name, help) ->
              assertThat(help).as(name).endsWith(name.startsWith("netattach_") ? "." : ""));
      assertThat(scrape.types())
          .allSatisfy((name, type) ->
              assertThat(name.endsWith("_total")).as(name).isEqualTo(type.equals("counter")));
      assertThat(scrape.samples(""))
          .allSatisfy(sample ->
              assertThat(sample.labels().values())
                  .as("%s", sample)
                  .noneMatch(value -> value.contains("blue") || value.contains(NAMESPACE)));
      // A node's agent is scraped often, and there are many of them.
      assertThat(scrape.samples("")).hasSizeLessThan(300);
    }
  }

  @Test
  void logsAreJsonWhereThatIsAskedForAndSayWhatTheyAreAbout() throws IOException {
    try (Program agent =
        Program.start(
                "agent",
                kubeconfig(),
                Map.of("NODE_NAME", NODE, "NETATTACH_LOG_FORMAT", "json"),
                "--resync",
                "0")
            .awaitReady()) {
      create(simple("blue", 44));
      awaitAttached("blue");
      Ip.here().ip("link set veth-blue mtu 1400");
      agent.awaitLine("repaired");
      attachment("blue").delete();
      awaitGone("blue");
      agent.awaitLine(": detached");
      assertThat(agent.terminate().exitCode()).isIn(0, 143);

      ObjectMapper mapper = new ObjectMapper();
      int about = 0;
      for (String line : agent.lines()) {
        JsonNode json = mapper.readTree(line);
        assertThat(json.path("node").asText()).as(line).isEqualTo(NODE);
        assertThat(json.path("level").asText()).as(line).isNotEmpty();
        assertThat(json.path("timestamp").asText()).as(line).isNotEmpty();
        if (json.path("message").asText().contains("shop/blue")) {
          about++;
          assertThat(json.at("/mdc/attachment").asText()).as(line).isEqualTo("shop/blue");
        }
      }
      assertThat(about).as("attached, repaired, detached: %s", agent.said()).isEqualTo(3);
    }
  }
}
