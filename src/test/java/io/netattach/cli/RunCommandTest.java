package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.Ip;
import io.netattach.IpMonitorLog;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code run} as a process: what it notices, how it ends, and what it leaves. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RunCommandTest {
  /** Long enough that what comes earlier was noticed, not looked for. */
  private static final String RARELY = "3600";

  private @TempDir Path folder = Path.of("");

  @AfterEach
  void clear() {
    Node.clear();
  }

  @Test
  void filesThatComeChangeAndGoAreNoticed() throws IOException {
    try (Child run = run("--recheck", RARELY)) {
      write("a.yaml", link("a"));
      run.awaitLine("shop/a: attached in ");
      int index = Node.index("veth-a");

      write("a.yaml", link("a").replace("mtu: 1400", "mtu: 1300"));
      run.awaitLine("shop/a: changed in ");
      assertThat(Ip.here().link("veth-a").path("mtu").asInt()).isEqualTo(1300);

      write("a.yaml", "rubbish: [");
      run.awaitLine("a.yaml: what it said last still holds");

      Files.move(folder.resolve("a.yaml"), folder.resolve("a.yaml~"));
      write("b.yaml", link("a").replace("mtu: 1400", "mtu: 1350"));
      run.awaitLine("set MTU of veth-a from 1300 to 1350");
      assertThat(Node.index("veth-a")).isEqualTo(index);

      Files.delete(folder.resolve("b.yaml"));
      run.awaitLine("shop/a: detached, namespace a deleted");
      assertThat(Node.has("veth-a") || Node.hasNetns("a")).isFalse();

      assertThat(run.terminate().exitCode()).isZero();
      assertThat(run.err()).isEmpty();
    }
  }

  @Test
  void aFileThatIsWrittenPieceByPieceIsReadWhenItIsWhole() throws Exception {
    String whole = link("a") + "---\n" + link("b");
    write("ab.yaml", whole);
    try (Child run = run("--recheck", RARELY);
        IpMonitorLog events = new IpMonitorLog()) {
      run.awaitLine("shop/b: attached in ");
      KernelState.settled();
      int before = events.mark();
      for (int i = 0; i < whole.length(); i += 40) {
        Files.writeString(
            folder.resolve("ab.yaml"),
            whole.substring(i, Math.min(whole.length(), i + 40)),
            StandardOpenOption.WRITE,
            i == 0 ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.APPEND);
      }
      write("c.yaml", link("c"));
      run.awaitLine("shop/c: attached in ");

      assertThat(events.since(before))
          .isNotEmpty()
          .noneMatch(line -> line.contains("veth-a") || line.contains("veth-b"));
      assertThat(run.terminate().exitCode()).isZero();
    }
  }

  @Test
  void driftIsHeardAndRepaired() {
    write("a.yaml", link("a"));
    try (Child run = run("--recheck", RARELY)) {
      run.awaitLine("shop/a: attached in ");

      Shell.run("ip link delete veth-a");
      run.awaitLine("shop/a: repaired in ");
      assertThat(Node.has("veth-a")).isTrue();

      Shell.run("ip netns delete a");
      run.awaitLine("make namespace a");
      assertThat(Node.hasNetns("a") && Node.has("veth-a")).isTrue();
      assertThat(run.terminate().exitCode()).isZero();
    }
  }

  @Test
  void aFolderThatIsMadeAgainIsWatchedAgain() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("manifests"));
    write(inside, "a.yaml", link("a"));
    try (Child run = Child.start("run", "--manifests", inside.toString(), "--recheck", "1")) {
      run.awaitLine("shop/a: attached in ");
      Files.delete(inside.resolve("a.yaml"));
      Files.delete(inside);
      run.awaitLine(inside + " is no folder any more; what it said last still holds");
      assertThat(Node.has("veth-a")).isTrue();

      Files.createDirectory(inside);
      write(inside, "b.yaml", link("b"));
      run.awaitLine("shop/b: attached in ");
      run.awaitLine("shop/a: detached, namespace a deleted");
      assertThat(run.terminate().exitCode()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalEndsItAtOnceAndLeavesWhatIsAttached(String signal) {
    write("a.yaml", link("a"));
    int index;
    try (Child run = run("--recheck", RARELY)) {
      run.awaitLine("shop/a: attached in ");
      index = Node.index("veth-a");
      long start = System.nanoTime();

      assertThat(run.signal(signal).exitCode()).isZero();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      assertThat(run.err()).isEmpty();
    }
    assertThat(Node.index("veth-a")).isEqualTo(index);
  }

  @Test
  void withTeardownASignalTakesDownWhatItAttachedAndNoMore() throws IOException {
    write("a.yaml", link("a"));
    write("b.yaml", link("b"));
    assertThat(Invocation.reading(link("c"), "attach", "-f", "-").code()).isZero();
    try (Child run = run("--teardown")) {
      run.awaitLine("shop/b: attached in ");

      assertThat(run.terminate().exitCode()).isZero();

      assertThat(run.out())
          .anyMatch(line -> line.startsWith("shop/a: detached"))
          .anyMatch(line -> line.startsWith("shop/b: detached"));
    }
    assertThat(Node.has("veth-a") || Node.has("veth-b")).isFalse();
    assertThat(Node.has("veth-c")).isTrue();
  }

  @Test
  void withTeardownABrokenFileIsTakenDownToo() {
    write("a.yaml", link("a"));
    assertThat(once().code()).isZero();
    write("a.yaml", "rubbish: [");

    assertThat(once("--teardown").code()).isEqualTo(1);

    assertThat(Node.has("veth-a") || Node.hasNetns("a")).isFalse();
  }

  @Test
  void afterAKillAnotherOneAdoptsAndCompletesWhatIsThere() {
    for (int i = 0; i < 8; i++) {
      write("link-" + i + ".yaml", link("l" + i));
    }
    // Half way: the first is there, the last is not, or only just.
    try (Child run = run()) {
      awaitTrue(() -> Node.has("veth-l0"));
      run.kill().exitCode();
    }
    int index = Node.index("veth-l0");

    Invocation again = once();

    assertThat(again.code()).as(again.err() + again.out()).isZero();
    assertThat(Node.index("veth-l0")).isEqualTo(index);
    for (int i = 0; i < 8; i++) {
      assertThat(Ip.here().one("-n l" + i + " address show dev net1").toString())
          .contains("10.1.0.2");
    }
    assertThat(Invocation.of("plan", "-f", folder.toString()).code()).isZero();
  }

  @Test
  void onceEndsAfterTheFirstPassAndTellsWhetherAllIsReady() {
    write("a.yaml", link("a"));
    Invocation good = once();
    assertThat(good.code()).isZero();
    assertThat(good.out()).startsWith("shop/a: attached in ");

    Invocation again = once();
    assertThat(again).isEqualTo(new Invocation(0, "shop/a: attached already\n", ""));

    write("b.yaml", link("b").replace("host: {", "host: {bridge: {name: br9}, "));
    Invocation failed = once();
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.out().lines())
        .contains(
            "shop/b: InvalidSpec: host.bridge.name: \"br9\" does not exist on this node; make it"
                + " first");

    write("b.yaml", "rubbish: [");
    assertThat(once().code()).isEqualTo(1);
    assertThat(Node.has("veth-a")).isTrue();
  }

  @Test
  void anEmptyFolderIsNoMistakeAndDetachesWhatItHad() throws IOException {
    assertThat(once()).isEqualTo(new Invocation(0, "", ""));
    write("a.yaml", link("a"));
    once();
    Files.delete(folder.resolve("a.yaml"));

    assertThat(once()).isEqualTo(new Invocation(0, "shop/a: detached, namespace a deleted\n", ""));
  }

  @Test
  void theFolderIsTheSameByWhateverPathItIsNamed() {
    write("a.yaml", link("a"));
    once();

    Invocation again =
        Invocation.of("run", "--once", "--manifests", folder + "/../" + folder.getFileName() + "/");

    assertThat(again.out()).isEqualTo("shop/a: attached already\n");
  }

  @Test
  void bridgesAreKeptWhileTheyAreAskedForAndGoWithTeardown() {
    write("a.yaml", link("a").replace("interface: veth-a", "bridge: {name: br-run}"));

    Invocation first = once("--bridge", "{name: br-run, mtu: 1400}");
    assertThat(first.code()).as(first.out()).isZero();
    assertThat(first.out()).startsWith("bridge br-run: add bridge br-run; ");
    assertThat(Ip.here().link("br-run").path("mtu").asInt()).isEqualTo(1400);

    assertThat(once("--bridge", "{name: br-run, uplink: {link: eth9}}").code()).isEqualTo(1);
    assertThat(once().out()).contains("bridge br-run: is declared no more, and stays for its port");
    assertThat(Node.has("br-run")).isTrue();

    assertThat(once("--bridge", "{name: br-run, mtu: 1400}", "--teardown").code()).isZero();
    assertThat(Node.has("br-run")).isFalse();
  }

  private Child run(String... options) {
    return Child.start(arguments(options));
  }

  private Invocation once(String... options) {
    String[] all = arguments(options);
    all = List.of(all).toArray(new String[all.length + 1]);
    all[all.length - 1] = "--once";
    return Invocation.of(all);
  }

  private String[] arguments(String... options) {
    String[] all = new String[3 + options.length];
    all[0] = "run";
    all[1] = "--manifests";
    all[2] = folder.toString();
    System.arraycopy(options, 0, all, 3, options.length);
    return all;
  }

  private static void awaitTrue(Callable<Boolean> condition) {
    await().atMost(Child.PATIENCE).pollInterval(Duration.ofMillis(5)).until(condition);
  }

  private void write(String name, String content) {
    write(folder, name, content);
  }

  private static void write(Path folder, String name, String content) {
    Manifests.write(folder, name, content);
  }

  private static String link(String name) {
    return Manifests.of(
        name,
        "{netns: {name: %s, create: true}}".formatted(name),
        "{interface: net1, mtu: 1400, addresses: [10.1.0.2/24]}",
        "{interface: veth-%s}".formatted(name));
  }
}
