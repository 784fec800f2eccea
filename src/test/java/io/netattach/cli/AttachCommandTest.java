package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.Ip;
import io.netattach.IpMonitorLog;
import io.netattach.NoLeftovers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code attach} and {@code detach}, by what they leave in the kernel and what they say. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class AttachCommandTest {
  private static final String SAMPLES = "k8s/samples";

  private @TempDir Path folder = Path.of("");

  @AfterEach
  void clear() {
    Node.clear();
  }

  @Test
  void theSamplesAreAttachedAndDetachedWithNothingLeft() {
    // A bridge without a MAC address of its own takes those of its ports. The first namespace of
    // all
    // makes /run/netns, which stays.
    Shell.run(
        """
        ip link add br-green address 02:00:00:00:00:01 type bridge
        ip netns add red
        ip netns delete red
        """);
    NodeState before = NodeState.now();

    Invocation attach = Invocation.of("attach", "--node", "worker-1", "-f", SAMPLES);

    assertThat(attach.code()).isZero();
    assertThat(attach.err()).isEqualTo(Manifests.SAMPLES_NOTE);
    assertThat(attach.out().lines())
        .hasSize(5)
        .anyMatch(line ->
            line.matches(
                "shop/db-link +netns/blue +veth-db +net1 +10.10.0.2/24,fd00:10::2/64 +True"
                    + " +Attached +[0-9.]+"));
    assertThat(Ip.here().link("veth-db").path("ifalias").asText())
        .isEqualTo("netattach file:" + Path.of(SAMPLES).toAbsolutePath() + " shop/db-link");

    Invocation detach = Invocation.of("detach", "--node", "worker-1", "-f", SAMPLES);

    assertThat(detach.code()).isZero();
    assertThat(detach.err()).isEqualTo(Manifests.SAMPLES_NOTE);
    assertThat(detach.out().lines())
        .containsExactly(
            "shop/db-link: detached, namespace blue deleted",
            "shop/db-backup: detached",
            "shop/cache: detached, namespace green deleted",
            "shop/search: detached, namespace red deleted");
    assertThat(NodeState.now()).isEqualTo(before);
  }

  @Test
  void attachingAgainChangesNothing() throws Exception {
    attach(Manifests.good("link"));
    KernelState.settled();
    try (var events = new IpMonitorLog()) {
      int before = events.mark();
      Invocation again = attach(Manifests.good("link"));

      assertThat(again.out()).contains("True", "Attached");
      assertThat(events.since(before)).isEmpty();
    }
  }

  @Test
  void detachingWhatIsGoneSucceeds() {
    Invocation detach = Invocation.reading(Manifests.good("link"), "detach", "-f", "-");

    assertThat(detach).isEqualTo(new Invocation(0, "shop/link: was not attached\n", ""));
    attach(Manifests.good("link"));
    assertThat(Invocation.reading(Manifests.good("link"), "detach", "-f", "-").out())
        .isEqualTo("shop/link: detached, namespace link deleted\n");
    assertThat(Invocation.reading(Manifests.good("link"), "detach", "-f", "-")).isEqualTo(detach);
  }

  @Test
  void aNamespaceThatIsGoneWithItsLinkIsDetached() {
    attach(Manifests.good("link"));
    Shell.run("ip netns delete link");
    await().atMost(Child.PATIENCE).until(() -> Shell.run("ip -o link").lines().count() == 1);

    assertThat(Invocation.reading(Manifests.good("link"), "detach", "-f", "-"))
        .isEqualTo(new Invocation(0, "shop/link: was not attached\n", ""));
  }

  @Test
  void whatIsChangedInTheManifestIsChangedInPlace() {
    String first =
        Manifests.of(
            "link",
            "{netns: {name: blue, create: true}}",
            "{interface: net1, addresses: [10.0.0.2/24], mtu: 1400}",
            "{interface: veth-db}");
    attach(first);
    int index = Node.index("veth-db");

    attach(first.replace("10.0.0.2", "10.0.0.3").replace("1400", "1450"));

    assertThat(Node.index("veth-db")).isEqualTo(index);
    assertThat(Ip.here().link("veth-db").path("mtu").asInt()).isEqualTo(1450);
    assertThat(Shell.run("ip -n blue -br address show dev net1"))
        .contains("10.0.0.3/24")
        .doesNotContain("10.0.0.2");
  }

  @Test
  void aFileAFolderAndStandardInputAreReadTogether() {
    Path file =
        Manifests.write(folder, "one.yaml", Manifests.good("a") + "---\n" + Manifests.good("b"));
    Path inside = folder.resolve("more");
    assertThat(inside.toFile().mkdir()).isTrue();
    Manifests.write(inside, "two.yml", Manifests.good("c"));
    String json =
        "{\"apiVersion\": \"netattach.io/v1alpha1\", \"kind\": \"NetworkAttachment\","
            + " \"metadata\": {\"name\": \"d\"}, \"spec\": {\"target\": {\"netns\": {\"name\":"
            + " \"d\", \"create\": true}}, \"container\": {\"interface\": \"net1\"}}}";

    Invocation attach =
        Invocation.reading(
            json, "attach", "-f", file.toString(), "--filename", inside.toString(), "-f", "-");

    assertThat(attach.code()).as(attach.err()).isZero();
    assertThat(attach.out().lines().skip(1).map(line -> line.split(" ", 2)[0]))
        .containsExactly("shop/a", "shop/b", "shop/c", "default/d");
    assertThat(Shell.run("ip netns list").lines().map(line -> line.split(" ", 2)[0]))
        .containsExactlyInAnyOrder("a", "b", "c", "d");
  }

  @Test
  void aManifestThatKubectlWroteIsReadAndItsStatusIsNobodysBusiness() {
    String written =
        """
        apiVersion: v1
        kind: List
        metadata: {resourceVersion: ""}
        items:
        - apiVersion: netattach.io/v1alpha1
          kind: NetworkAttachment
          metadata:
            name: link
            namespace: shop
            uid: 5a3f3b0e-4a37-4a0e-9f43-6a1f2ff6a001
            resourceVersion: "7"
            finalizers: [netattach.io/detach]
          spec:
            target: {netns: {name: blue, create: true}}
            container: {interface: net1}
          status:
            observedGeneration: 3
            host: {interface: other}
        """;

    attach(written);

    assertThat(Ip.here().ip("link show dev netattach-5a3f3b0e-4a37-4a0e-9f43-6a1f2ff6a001"))
        .contains("altname");
  }

  @Test
  void withTwoNamespacesOfKubernetesOnANetnsTheSecondIsRefusedUnlessAllowed() {
    String first = Manifests.good("link");
    String second = first.replace("namespace: shop", "namespace: lab").replace("net1", "net2");
    attach(first);

    Invocation refused = Invocation.reading(second, "attach", "-f", "-");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .startsWith("lab/link: Refused: namespace link was made for shop/link")
        .contains("allow it with --allow-shared-netns");

    assertThat(Invocation.reading(second, "attach", "-f", "-", "--allow-shared-netns").code())
        .isZero();
    assertThat(Invocation.reading(first, "detach", "-f", "-").out())
        .isEqualTo("shop/link: detached, namespace link kept, for it holds net2\n");
  }

  @Test
  void whatIsOfOtherNodesIsPassedOverWithANote() {
    String manifest = Manifests.good("link").replace("spec:", "spec:\n  nodeName: worker-7");

    for (String command : List.of("attach", "plan", "detach")) {
      assertThat(Invocation.reading(manifest, command, "-f", "-", "--node", "worker-1"))
          .isEqualTo(
              new Invocation(
                  0, "", "note: shop/link is for node worker-7, this is worker-1: passed over\n"));
    }
    assertThat(Shell.run("ip netns list")).isEmpty();
  }

  @Test
  void whatOnlyAClusterCanCarryOutIsPassedOverWithANote() {
    String pod = Manifests.of("to-pod", "{pod: {name: db-0}}", "{interface: net1}", "{}");
    String pooled =
        Manifests.of(
            "pooled",
            "{netns: {name: blue}}",
            "{interface: net1, addressPool: {name: blue}}",
            "{}");

    for (String command : List.of("attach", "plan", "detach")) {
      assertThat(Invocation.reading(pod + "---\n" + pooled, command, "-f", "-"))
          .isEqualTo(
              new Invocation(
                  0,
                  "",
                  "note: shop/to-pod is for a pod, which the agent of a cluster attaches to: passed"
                      + " over\nnote: shop/pooled has its addresses from a pool, which the"
                      + " controller of a cluster gives out: passed over\n"));
    }
    assertThat(Shell.run("ip netns list")).isEmpty();
  }

  @Test
  void aSetIsPassedOverWithANote() {
    Manifests.write(folder, "link.yaml", Manifests.good("link"));
    Manifests.write(
        folder,
        "set.yaml",
        "{apiVersion: netattach.io/v1alpha1, kind: NetworkAttachmentSet, metadata: {name: all}}");

    for (String command : List.of("plan", "attach", "detach")) {
      Invocation invocation = Invocation.of(command, "-f", folder.toString());
      assertThat(invocation.code()).isEqualTo(command.equals("plan") ? 2 : 0);
      assertThat(invocation.out()).contains("link");
      assertThat(invocation.err())
          .isEqualTo(
              "note: "
                  + folder.resolve("set.yaml")
                  + ": NetworkAttachmentSet \"all\" is for a cluster's controller: passed over\n");
    }
  }

  @Test
  void theNodesNameIsTheOptionElseNodeNameElseTheHostName() {
    String manifest = Manifests.good("link").replace("spec:", "spec:\n  nodeName: worker-7");
    Manifests.write(folder, "link.yaml", manifest);
    String file = folder.resolve("link.yaml").toString();
    String host = Shell.run("cat /proc/sys/kernel/hostname").strip();
    try (Child byEnvironment =
            Child.start(List.of(), Map.of("NODE_NAME", "worker-7"), "plan", "-f", file);
        Child byOption =
            Child.start(
                List.of(), Map.of("NODE_NAME", "worker-7"), "plan", "-f", file, "--node", "x");
        Child byHost = Child.start(List.of(), Map.of("NODE_NAME", ""), "plan", "-f", file)) {
      assertThat(byEnvironment.exitCode()).isEqualTo(2);
      assertThat(byEnvironment.err()).isEmpty();
      assertThat(byOption.exitCode()).isZero();
      assertThat(byOption.err()).singleElement().asString().contains("this is x: passed over");
      assertThat(byHost.exitCode()).isZero();
      assertThat(byHost.err())
          .containsExactly(
              "note: shop/link is for node worker-7, this is " + host + ": passed over");
    }
  }

  private static Invocation attach(String manifest) {
    Invocation attach = Invocation.reading(manifest, "attach", "-f", "-");
    assertThat(attach.code()).as(attach.err()).isZero();
    assertThat(attach.err()).isEmpty();
    return attach;
  }
}
