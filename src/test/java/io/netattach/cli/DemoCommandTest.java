package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code demo}, in sandboxes of its own as {@code make run} starts it. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class DemoCommandTest {
  private static final List<String> SANDBOX = List.of("src/main/sh/sandbox");
  private static final String[] DEMO = {"demo", "--node", "worker-1", "k8s/samples"};

  private @TempDir Path folder = Path.of("");

  @AfterEach
  void clear() {
    Node.clear();
  }

  @Test
  void itShowsTheMainJobAndLeavesNothingEvenWithAnotherBesideIt() {
    NodeState before = NodeState.now();
    try (Child one = Child.start(SANDBOX, Map.of(), DEMO);
        Child other = Child.start(SANDBOX, Map.of(), DEMO)) {
      for (Child demo : List.of(one, other)) {
        assertThat(demo.exitCode()).as("%s", demo.err()).isZero();
        assertThat(demo.err()).isEmpty();
        assertThat(demo.out())
            .anyMatch(line -> line.matches("ATTACHMENT +TARGET +HOST-IF +.*READY +REASON +MILLI.*"))
            .anyMatch(
                line -> line.matches("shop/db-link +netns/blue +veth-db .* True +Attached .*"))
            .anyMatch(line -> line.matches("fd00:10::2 in blue +fd00:10::1 .* yes"))
            .anyMatch(line -> line.matches("10.12.0.3 in red +10.12.0.1 \\(bridge\\) .* yes"))
            .noneMatch(line -> line.endsWith("NO"))
            .containsOnlyOnceElementsOf(Manifests.SAMPLES_NOTE.lines().toList())
            .anyMatch(line -> line.startsWith("Breaking veth-db "))
            .anyMatch(line -> line.startsWith("shop/db-link: repaired in "))
            .endsWith("Everything is taken down: no link, no namespace and no mount is left.");
      }
    }
    assertThat(NodeState.now()).isEqualTo(before);
  }

  @Test
  void killedHalfWayItsSandboxGoesWithIt() throws IOException {
    NodeState before = NodeState.now();
    String sandbox;
    try (Child demo = Child.start(SANDBOX, Map.of(), DEMO)) {
      demo.awaitLine("Breaking veth-db ");
      sandbox = Files.readSymbolicLink(Path.of("/proc/" + demo.pid() + "/ns/net")).toString();
      demo.kill().exitCode();
    }
    String inode = sandbox.replaceAll("\\D", "");
    await()
        .atMost(Child.PATIENCE)
        .until(() -> !Shell.run("lsns -n -t net -o NS || :").contains(inode));
    assertThat(NodeState.now()).isEqualTo(before);
    try (Child again = Child.start(SANDBOX, Map.of(), DEMO)) {
      assertThat(again.exitCode()).isZero();
    }
  }

  @Test
  void aSignalHalfWayTakesEverythingDown() {
    try (Child demo = Child.start(SANDBOX, Map.of(), DEMO)) {
      demo.awaitLine("shop/db-link: attached in ");
      demo.terminate();
      demo.exitCode();
      assertThat(demo.out())
          .endsWith("Everything is taken down: no link, no namespace and no mount is left.");
      assertThat(demo.err()).isEmpty();
    }
  }

  @Test
  void itRefusesToRunWhereOtherLinksOrNamespacesAre() {
    Shell.run("ip link add v0 type veth peer name v1; ip netns add blue");
    NodeState before = NodeState.now();

    Invocation demo = Invocation.of(DEMO);

    assertThat(demo.code()).isEqualTo(1);
    assertThat(demo.out()).isEmpty();
    assertThat(demo.err().lines())
        .singleElement()
        .asString()
        .startsWith("netattach: demo needs an empty network namespace, and here there is ")
        .contains("link v0", "link v1", "namespace blue")
        .endsWith("; start it by make run");
    assertThat(NodeState.now()).isEqualTo(before);
  }

  @Test
  void withNothingToAttachHereItSaysSo() {
    Invocation demo = Invocation.of("demo", "--node", "worker-9", "k8s/samples");

    assertThat(demo.code()).isEqualTo(1);
    assertThat(demo.out()).isEmpty();
    assertThat(demo.err().lines())
        .singleElement()
        .asString()
        .contains("worker-9")
        .satisfies(Sentences::assertGood);
  }

  @Test
  void whatCannotBeAttachedEndsItWithAnErrorAndNothingLeft() {
    Manifests.write(folder, "a.yaml", Manifests.withHost("{interface: cali1}"));

    Invocation demo = Invocation.of("demo", folder.toString());

    assertThat(demo.code()).isEqualTo(1);
    assertThat(demo.out())
        .contains("shop/link: Refused: host.interface: \"cali1\"")
        .contains("Everything is taken down: no link, no namespace and no mount is left.");
  }

  @Test
  void anAttachmentThatReachesNothingOnTheNodeIsToldAndTakenDown() {
    Manifests.write(folder, "a.yaml", Manifests.good("link"));

    Invocation demo = Invocation.of("demo", folder.toString());

    assertThat(demo.code()).isEqualTo(1);
    assertThat(demo.err().lines())
        .singleElement()
        .asString()
        .contains("shop/link shares no network with");
    assertThat(Node.hasNetns("link")).isFalse();
  }

  @Test
  void aBadManifestIsToldBeforeAnythingIsMade() {
    Manifests.write(folder, "a.yaml", Manifests.withContainer("{interface: lo}"));
    NodeState before = NodeState.now();

    Invocation demo = Invocation.of("demo", folder.toString());

    assertThat(demo.code()).isEqualTo(1);
    assertThat(demo.err().lines()).singleElement().asString().contains("spec.container.interface");
    assertThat(NodeState.now()).isEqualTo(before);
  }
}
