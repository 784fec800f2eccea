package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import io.netattach.attach.NodePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a folder's changes do to attachments, pass by pass. That a link was not taken down in
 * between is told by its ifindex, which no other link gets.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class FolderKeeperTest {
  private static final String NODE = "worker-1";

  private @TempDir Path folder = Path.of("");
  private final List<String> said = new CopyOnWriteArrayList<>();
  private FolderKeeper keeper = keeperOf(Path.of("/nowhere"));

  @BeforeEach
  void start() {
    keeper.close();
    keeper = keeperOf(folder);
  }

  @AfterEach
  void clear() {
    keeper.close();
    Node.clear();
  }

  @Test
  void whatIsInTheFolderIsAttachedAndSaidOnce() {
    write("a.yaml", link("a"));

    assertThat(pass().allGood()).isTrue();
    assertThat(pass().allGood()).isTrue();

    assertThat(Node.has("veth-a")).isTrue();
    assertThat(said).singleElement().asString().startsWith("shop/a: attached in ");
  }

  @Test
  void aRemovedFileIsADetachOnceItHasBeenMissingForASecond() throws IOException {
    write("a.yaml", link("a"));
    write("b.yaml", link("b"));
    pass();
    long start = System.nanoTime();
    Files.delete(folder.resolve("a.yaml"));

    FolderKeeper.Pass pass = pass();
    assertThat(pass.waiting()).isTrue();
    assertThat(Node.has("veth-a")).isTrue();
    assertThat(FolderKeeper.wait(pass, Duration.ofSeconds(10))).isEqualTo(Duration.ofSeconds(1));
    passUntilClean();

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(Node.has("veth-a") || Node.hasNetns("a")).isFalse();
    assertThat(Node.has("veth-b") && Node.hasNetns("b")).isTrue();
    assertThat(said).last().isEqualTo("shop/a: detached, namespace a deleted");
  }

  @Test
  void aFileThatIsGoneForAMomentIsNoRemoval() throws IOException {
    write("a.yaml", link("a"));
    pass();
    int index = Node.index("veth-a");

    Files.delete(folder.resolve("a.yaml"));
    assertThat(pass().waiting()).isTrue();
    write("a.yaml", link("a"));
    assertThat(pass().waiting()).isFalse();

    assertThat(Node.index("veth-a")).isEqualTo(index);
    assertThat(said).noneMatch(line -> line.contains("detached"));
  }

  @Test
  void aRenamedFileIsNoRemoval() throws IOException {
    write("a.yaml", link("a"));
    pass();
    int index = Node.index("veth-a");

    Files.move(folder.resolve("a.yaml"), folder.resolve("b.json"));
    pass();
    Files.move(folder.resolve("b.json"), folder.resolve("c.yml"));
    pass();

    assertThat(Node.index("veth-a")).isEqualTo(index);
    assertThat(said).hasSize(1);
  }

  @Test
  void theSwapOfAConfigMapsDataIsNoRemovalAndItsChangesAreMadeInPlace() throws IOException {
    Path first = Files.createDirectory(folder.resolve("..2026_01"));
    write(first, "a.yaml", link("a"));
    Files.createSymbolicLink(folder.resolve("..data"), Path.of("..2026_01"));
    Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data/a.yaml"));
    pass();
    int index = Node.index("veth-a");

    Path second = Files.createDirectory(folder.resolve("..2026_02"));
    write(second, "a.yaml", link("a").replace("mtu: 1400", "mtu: 1300"));
    Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..2026_02"));
    Files.move(
        folder.resolve("..data_tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    Files.delete(first.resolve("a.yaml"));
    Files.delete(first);
    assertThat(pass().allGood()).isTrue();

    assertThat(Node.index("veth-a")).isEqualTo(index);
    assertThat(Ip.here().link("veth-a").path("mtu").asInt()).isEqualTo(1300);
    assertThat(said).hasSize(2).last().asString().startsWith("shop/a: changed in ");
  }

  @Test
  void aBrokenFileCountsAsWhatItWasAndIsSaidOnce() {
    write("a.yaml", link("a"));
    pass();
    int index = Node.index("veth-a");

    for (String broken :
        List.of("rubbish: [", "", "kind: Pod", link("a").replace("mtu: 1400", "mtu: 67"))) {
      said.clear();
      write("a.yaml", broken);
      assertThat(pass().allGood()).as(broken).isFalse();
      pass();
      assertThat(said)
          .as(broken)
          .hasSize(2)
          .anyMatch(line -> line.startsWith(folder.resolve("a.yaml") + ": "))
          .contains(folder.resolve("a.yaml") + ": what it said last still holds");
      assertThat(Node.index("veth-a")).isEqualTo(index);
      write("a.yaml", link("a"));
      assertThat(pass().allGood()).isTrue();
    }

    write("a.yaml", "rubbish: [");
    Shell.run("ip link delete veth-a");
    pass();
    assertThat(Node.has("veth-a")).as("repaired from what was last good").isTrue();
    write("a.yaml", link("a"));
    assertThat(pass().allGood()).isTrue();
  }

  @Test
  void aFileThatIsCutAnywhereTakesNothingDown() {
    // Its values end in braces: a cut within leaves no other manifest that makes sense.
    String two = link("a") + "---\n" + link("b");
    write("ab.yaml", two);
    pass();
    int a = Node.index("veth-a");
    int b = Node.index("veth-b");

    for (int length = 0; length < two.length(); length += 17) {
      write("ab.yaml", two.substring(0, length));
      pass();
      assertThat(Node.index("veth-a")).as(two.substring(0, length)).isEqualTo(a);
      assertThat(Node.index("veth-b")).as(two.substring(0, length)).isEqualTo(b);
      write("ab.yaml", two);
      assertThat(pass().allGood()).isTrue();
    }
    assertThat(said).noneMatch(line -> line.contains("detached"));
  }

  @Test
  void ofAnObjectInTwoFilesTheFirstCountsAndThatIsSaid() throws IOException {
    write("1.yaml", link("a"));
    write("2.yaml", link("a").replace("mtu: 1400", "mtu: 1300"));

    assertThat(pass().allGood()).isFalse();
    pass();
    int index = Node.index("veth-a");
    assertThat(Ip.here().link("veth-a").path("mtu").asInt()).isEqualTo(1400);
    assertThat(said)
        .hasSize(2)
        .contains(
            folder.resolve("2.yaml")
                + ": shop/a, or another with its uid, is also in "
                + folder.resolve("1.yaml")
                + ", which counts; remove one of the two");

    Files.delete(folder.resolve("1.yaml"));
    assertThat(pass().allGood()).isTrue();
    assertThat(Node.index("veth-a")).isEqualTo(index);
    assertThat(Ip.here().link("veth-a").path("mtu").asInt()).isEqualTo(1300);
  }

  @Test
  void aFolderThatIsGoneIsNoRemovalAndIsReadWhenItIsBack() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("manifests"));
    try (FolderKeeper keeper = keeperOf(inside)) {
      write(inside, "a.yaml", link("a"));
      keeper.pass(() -> false);
      int index = Node.index("veth-a");
      said.clear();

      Files.move(inside, folder.resolve("moved"));
      assertThat(keeper.pass(() -> false).allGood()).isFalse();
      keeper.pass(() -> false);
      assertThat(said)
          .containsExactly(inside + " is no folder any more; what it said last still holds");
      assertThat(Node.index("veth-a")).isEqualTo(index);

      Files.createDirectory(inside);
      write(inside, "b.yaml", link("b"));
      await().atMost(Child.PATIENCE).until(() -> !keeper.pass(() -> false).waiting());
      assertThat(Node.has("veth-a")).isFalse();
      assertThat(Node.has("veth-b")).isTrue();

      Files.delete(inside.resolve("b.yaml"));
      await().atMost(Child.PATIENCE).until(() -> !keeper.pass(() -> false).waiting());
      assertThat(Node.has("veth-b")).as("of the folder that it knows by now").isFalse();
    }
  }

  @Test
  void anEmptyFolderInItsPlaceIsNoRemoval() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("manifests"));
    try (FolderKeeper keeper = keeperOf(inside)) {
      write(inside, "a.yaml", link("a"));
      keeper.pass(() -> false);

      // As when what was mounted there is gone.
      Files.move(inside, folder.resolve("moved"));
      Files.createDirectory(inside);

      assertThat(keeper.pass(() -> false).waiting()).isFalse();
      assertThat(Node.has("veth-a")).isTrue();
      assertThat(said).last().asString().endsWith("; what it said last still holds");
    }
  }

  @Test
  void whileAFileWasNeverReadNothingIsRemoved() {
    write("a.yaml", link("a"));
    write("b.yaml", link("b"));
    pass();
    restart();
    write("a.yaml", "rubbish: [");

    pass();
    assertThat(Node.has("veth-a") && Node.has("veth-b")).isTrue();
    assertThat(said)
        .contains(folder.resolve("a.yaml") + ": nothing is removed before it can be read");

    write("a.yaml", link("c"));
    passUntilClean();
    assertThat(Node.has("veth-a")).isFalse();
    assertThat(Node.has("veth-b") && Node.has("veth-c")).isTrue();
  }

  @Test
  void aRestartAdoptsWhatIsThereAndRemovesWhatIsNoLongerAskedFor() throws IOException {
    write("a.yaml", link("a"));
    write("b.yaml", link("b"));
    pass();
    int index = Node.index("veth-a");
    Files.delete(folder.resolve("b.yaml"));
    restart();

    passUntilClean();

    assertThat(Node.index("veth-a")).isEqualTo(index);
    assertThat(Node.has("veth-b") || Node.hasNetns("b")).isFalse();
    assertThat(said)
        .containsExactlyInAnyOrder(
            "shop/a: attached already", "shop/b: detached, namespace b deleted");
  }

  @Test
  void whatOthersAttachedIsLeftAlone() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Path file = write(other, "a.yaml", link("a"));
    assertThat(Invocation.of("attach", "-f", file.toString()).code()).isZero();
    assertThat(Invocation.reading(link("b"), "attach", "-f", "-").code()).isZero();
    Shell.run("ip netns add free; ip link add v0 type veth peer name v1 netns free");
    write("c.yaml", link("c"));

    pass();
    keeper.teardown();

    assertThat(Node.has("veth-a") && Node.has("veth-b") && Node.has("v0")).isTrue();
    assertThat(Node.has("veth-c")).isFalse();
    assertThat(Shell.run("ip netns list").lines().map(line -> line.split(" ", 2)[0]))
        .containsExactlyInAnyOrder("a", "b", "free");
  }

  @Test
  void whatAnotherFolderAttachedIsAConflict() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    write("a.yaml", link("a"));
    write(other, "a.yaml", link("a").replace("mtu: 1400", "mtu: 1300"));
    pass();
    said.clear();
    try (FolderKeeper second = keeperOf(other)) {
      assertThat(second.pass(() -> false).allGood()).isFalse();
      second.pass(() -> false);
      assertThat(said).hasSize(1);
      second.teardown();
    }

    assertThat(said)
        .contains(
            "shop/a: Conflict: shop/a is attached by file:"
                + folder
                + "; remove it there, or with netattach detach");
    assertThat(Ip.here().link("veth-a").path("mtu").asInt()).isEqualTo(1400);
  }

  @Test
  void driftIsRepairedAndSaidWithoutAPass() {
    write("a.yaml", link("a"));
    pass();
    said.clear();

    Shell.run("ip link set veth-a down mtu 1280; ip -n a address flush dev net1");

    // As one repair, or as one for each of the two.
    await()
        .atMost(Child.PATIENCE)
        .untilAsserted(() ->
            assertThat(String.join("\n", said))
                .contains(
                    "set MTU of veth-a from 1280 to 1400", "add address 10.1.0.2/24 to net1 in a"));
    assertThat(said).allSatisfy(line -> assertThat(line).startsWith("shop/a: repaired in "));
    assertThat(Ip.here().link("veth-a").path("mtu").asInt()).isEqualTo(1400);
    assertThat(Shell.run("ip -n a -br address show dev net1")).contains("10.1.0.2/24");
  }

  @Test
  void whatSomebodyKeepsUndoingIsSaidOnce() {
    write("a.yaml", link("a"));
    pass();
    said.clear();

    for (int i = 1; i <= 6; i++) {
      int repairs = i;
      Shell.run("ip link set veth-a mtu 1300");
      await()
          .atMost(Child.PATIENCE)
          .until(() ->
              said.stream().filter(line -> line.contains(": repaired in")).count() == repairs);
    }

    await()
        .atMost(Child.PATIENCE)
        .untilAsserted(() ->
            assertThat(said)
                .last()
                .isEqualTo(
                    "shop/a: something on the node undoes what is repaired, again and again, so"
                        + " repairs wait ever longer, up to 60 s"));
    assertThat(said).hasSize(7);
  }

  @Test
  void whatFailsIsSaidOnceAndTriedAgain() {
    Shell.run("ip link add veth-a type bridge");
    write("a.yaml", link("a"));

    assertThat(pass().failed()).hasSize(1);
    pass();
    assertThat(said).singleElement().asString().startsWith("shop/a: Conflict: host.interface");

    Shell.run("ip link delete veth-a");
    assertThat(pass().allGood()).isTrue();
    assertThat(said).last().asString().startsWith("shop/a: attached in ");
  }

  @Test
  void whatCannotBeListedIsSaidAndDoesNotEndIt() {
    write("a.yaml", link("a"));
    Shell.run("mkdir -p /run/netns; umount /run/netns || :; rmdir /run/netns; touch /run/netns");
    try {
      assertThat(pass().allGood()).isFalse();
      assertThat(said).isNotEmpty().allSatisfy(line -> assertThat(line).contains("/run/netns"));
    } finally {
      Shell.run("rm /run/netns");
    }
    assertThat(pass().allGood()).isTrue();
    assertThat(Node.has("veth-a")).isTrue();
  }

  @Test
  void anEmptyNamespaceThatWasLeftIsRemoved() throws IOException {
    write("a.yaml", link("a"));
    pass();
    keeper.close();
    Shell.run("ip link delete veth-a");
    Files.delete(folder.resolve("a.yaml"));
    restart();

    passUntilClean();

    assertThat(Node.hasNetns("a")).isFalse();
    assertThat(said).containsExactly("namespace a: deleted");
  }

  @Test
  void whatGoesMakesRoomForWhatComes() throws IOException {
    write("a.yaml", link("a"));
    pass();
    Files.delete(folder.resolve("a.yaml"));
    // Another object, with the same host interface and addresses.
    write("b.yaml", link("a").replace("name: a, namespace", "name: b, namespace"));

    assertThat(pass().failed()).as("not before a has been missing for long enough").hasSize(1);
    passUntilClean();

    assertThat(pass().allGood()).isTrue();
    assertThat(Ip.here().link("veth-a").path("ifalias").asText()).endsWith(" shop/b");
  }

  @Test
  void aStopEndsAPassBetweenAttachments() {
    write("a.yaml", link("a"));
    write("b.yaml", link("b"));

    FolderKeeper.Pass pass = keeper.pass(() -> Node.has("veth-a"));

    assertThat(pass.attached()).hasSize(1);
    assertThat(Node.has("veth-b")).isFalse();
  }

  @Test
  void whatIsOfAnotherNodeIsPassedOverAndSaidOnce() {
    write("a.yaml", link("a").replace("spec:", "spec:\n  nodeName: worker-2"));

    assertThat(pass().allGood()).isTrue();
    pass();

    assertThat(said)
        .containsExactly("note: shop/a is for node worker-2, this is worker-1: passed over");
    assertThat(Node.has("veth-a")).isFalse();
  }

  @Test
  void aSetIsPassedOverAndSaidOnce() {
    write(
        "a.yaml",
        "{apiVersion: netattach.io/v1alpha1, kind: NetworkAttachmentSet, metadata: {name: all}}");

    assertThat(pass().allGood()).isTrue();
    pass();

    assertThat(said)
        .containsExactly(
            "note: "
                + folder.resolve("a.yaml")
                + ": NetworkAttachmentSet \"all\" is for a cluster's controller: passed over");
  }

  private void passUntilClean() {
    await().atMost(Child.PATIENCE).until(() -> !pass().waiting());
  }

  private FolderKeeper.Pass pass() {
    return keeper.pass(() -> false);
  }

  private FolderKeeper keeperOf(Path path) {
    return new FolderKeeper(path, NODE, NodePolicy.defaults(), said::add);
  }

  private void restart() {
    keeper.close();
    said.clear();
    keeper = keeperOf(folder);
  }

  private Path write(String name, String content) {
    return write(folder, name, content);
  }

  private static Path write(Path folder, String name, String content) {
    return Manifests.write(folder, name, content);
  }

  private static String link(String name) {
    return Manifests.of(
        name,
        "{netns: {name: %s, create: true}}".formatted(name),
        "{interface: net1, mtu: 1400, addresses: [10.1.0.2/24]}",
        "{interface: veth-%s}".formatted(name));
  }
}
