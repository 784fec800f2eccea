package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.route;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netattach.KernelChange;
import io.netattach.Lookalikes;
import io.netattach.NoLeftovers;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Killed before any of its system calls that change something: whoever attaches next completes it,
 * and whoever detaches leaves nothing. What others have that looks like ours stays as it is.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class CrashTest {
  static final Attachments FULL =
      attachment("a")
          .hostName("veth-db")
          .addresses("10.10.0.2/24", "fd00::2/64")
          .routes(route("0.0.0.0/0", "10.10.0.1"), route("fd02::/48", "fd00::1"))
          .sysctl("net.ipv4.conf.IFNAME.arp_notify", "1")
          .bridge("br0", 0, true, false)
          .hostAddresses("10.10.0.1/24")
          .hostRoutes(route("10.30.0.0/16", "10.10.0.2"));

  static final Attachments CHANGED =
      FULL.hostName("veth-new")
          .addresses("10.10.0.3/24", "fd00::2/64")
          .routes(route("0.0.0.0/0", "10.10.0.7"), route("fd02::/48", "fd00::9"))
          .bridge("br1");

  static final Attachments MOVED = FULL.into("red");

  /** As many as go as a group, two of them in one namespace. */
  static final List<Attachments> SEVERAL =
      List.of(
          attachment("s0").into("n0"),
          attachment("s1").into("n1"),
          attachment("s2").into("n2"),
          attachment("s3").into("n2").as("net2"));

  /** What the killed process is to do. */
  enum Deed {
    ATTACH,
    UPDATE,
    MOVE,
    DETACH,
    DETACH_SEVERAL,
    CLEAN_UP
  }

  /** What somebody may have done to FULL, to be made good by attaching it again. */
  enum Drift {
    SETTINGS(
        """
        ip link set veth-db nomaster
        ip link set veth-db mtu 1400 group 7
        ip address flush dev veth-db
        ip link set veth-db down
        ip -n blue link set net1 mtu 1300
        ip -n blue route flush dev net1
        ip -n blue address delete 10.10.0.2/24 dev net1
        ip -n blue address add 10.10.0.77/24 dev net1
        ip netns exec blue sysctl -qw net.ipv4.conf.net1.arp_notify=0
        """,
        true),
    PAIR_DELETED("ip link delete veth-db", false),
    NAMESPACE_DELETED("ip netns delete blue", false),
    NAMESPACE_UNMOUNTED("umount /run/netns/blue", false),
    END_TAKEN_AWAY("ip -n blue link set net1 netns bluex", true);

    final String script;
    final boolean leavesTheHostEnd;

    Drift(String script, boolean leavesTheHostEnd) {
      this.script = script;
      this.leavesTheHostEnd = leavesTheHostEnd;
    }
  }

  private TestNode node;
  private State bare;
  private Lookalikes lookalikes;
  private List<String> filesOfOthers;

  @BeforeEach
  void aNodeWithTwoBridgesAndLookalikes() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "there is no strace here");
    node = new TestNode();
    node.ip().addBridge("br0", "02:00:00:00:00:b0");
    node.ip().addBridge("br1", "02:00:00:00:00:b1");
    node.attach(FULL);
    lookalikes = node.lookalikes("veth-db", "blue");
    node.detach(FULL);
    bare = node.state();
    filesOfOthers = node.ip().netnsFiles();
  }

  @AfterEach
  void away() {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void anAttachThatWasKilledIsCompletedByTheNext() throws Exception {
    State clean = clean(FULL);

    forEachWindow(
        "attach",
        Deed.ATTACH,
        () -> {},
        () -> {
          node.attach(FULL);
          isAs(clean, FULL);
        });
  }

  @Test
  void anAttachThatWasKilledIsUndoneByADetach() throws Exception {
    forEachWindow(
        "an attach, to be undone", Deed.ATTACH, () -> {}, () -> nothingIsLeftAfterDetaching(FULL));
  }

  @Test
  void anUpdateThatWasKilledIsCompletedByTheNext() throws Exception {
    State clean = clean(CHANGED);

    forEachWindow(
        "an update",
        Deed.UPDATE,
        () -> node.attach(FULL),
        () -> {
          node.attach(CHANGED);
          isAs(clean, CHANGED);
        });
  }

  @Test
  void aMoveToAnotherTargetThatWasKilledIsCompletedByTheNext() throws Exception {
    State clean = clean(MOVED);

    forEachWindow(
        "a move",
        Deed.MOVE,
        () -> node.attach(FULL),
        () -> {
          node.attach(MOVED);
          // Killed after the pair was made again, what is left of the old target is for whoever
          // looks for marks without an attachment.
          cleanUp(Set.of(MOVED.identity().uid()), Set.of(new NetnsName("red")));
          isAs(clean, MOVED);
        });
  }

  @ParameterizedTest
  @EnumSource
  void aRepairThatWasKilledIsCompletedByTheNext(Drift drift) throws Exception {
    State clean = clean(FULL);

    forEachWindow(
        "a repair, " + drift,
        Deed.ATTACH,
        () -> {
          node.attach(FULL);
          node.shell(drift.script);
          // The kernel takes a namespace down later: only then is the same to be done each time.
          await()
              .atMost(TestNode.PATIENCE)
              .until(() -> node.hasLink("veth-db") == drift.leavesTheHostEnd);
        },
        () -> {
          node.attach(FULL);
          isAs(clean, FULL);
        });
  }

  @Test
  void aDetachThatWasKilledIsCompletedByTheNext() throws Exception {
    forEachWindow(
        "detach", Deed.DETACH, () -> node.attach(FULL), () -> nothingIsLeftAfterDetaching(FULL));
  }

  @Test
  void aDetachOfSeveralThatWasKilledIsCompletedByTheNext() throws Exception {
    forEachWindow(
        "a detach of several",
        Deed.DETACH_SEVERAL,
        () -> SEVERAL.forEach(node::attach),
        this::nothingIsLeftAfterDetachingSeveral);
  }

  @Test
  void aDetachOfSeveralThatWasKilledIsUndoneByAttaching() throws Exception {
    SEVERAL.forEach(node::attach);
    State clean = node.state("n0", "n1", "n2").unnumbered();
    nothingIsLeftAfterDetachingSeveral();

    forEachWindow(
        "a detach of several, to be undone",
        Deed.DETACH_SEVERAL,
        () -> SEVERAL.forEach(node::attach),
        () -> {
          SEVERAL.forEach(node::attach);
          node.state("n0", "n1", "n2").unnumbered().isSameAs(clean);
          SEVERAL.forEach(node::isAttached);
          nothingIsLeftAfterDetachingSeveral();
        });
  }

  @Test
  void aCleanUpThatWasKilledIsCompletedByTheNext() throws Exception {
    forEachWindow(
        "a clean-up",
        Deed.CLEAN_UP,
        () -> SEVERAL.forEach(node::attach),
        () -> {
          cleanUp(Set.of(), Set.of());
          nothingIsLeft();
        });
  }

  private State clean(Attachments desired) {
    node.attach(desired);
    State clean = node.state(desired.netns()).unnumbered();
    node.detach(desired);
    return clean;
  }

  private void isAs(State clean, Attachments desired) throws IOException {
    node.state(desired.netns()).unnumbered().isSameAs(clean);
    node.isAttached(desired);
    nothingIsLeftAfterDetaching(desired);
  }

  private void cleanUp(Set<String> wanted, Set<NetnsName> targets) {
    new Orphans(TestNode.OWNER, node.attacher, (about, line) -> {})
        .clean(wanted, targets, Duration.ZERO);
  }

  private void nothingIsLeftAfterDetaching(Attachments attachment) throws IOException {
    node.detach(attachment);
    nothingIsLeft();
  }

  private void nothingIsLeftAfterDetachingSeveral() throws IOException {
    node.attacher.detachAll(SEVERAL.stream().map(Attachments::get).toList());
    nothingIsLeft();
  }

  private void nothingIsLeft() throws IOException {
    // A file that is not yet in its place is not in anybody's way: who makes a namespace sweeps.
    NetnsName sweeper = new NetnsName("sweeper");
    NetnsDirectory.system().create(sweeper).close();
    NetnsDirectory.system().delete(sweeper);
    node.state().isSameAs(bare);
    assertThat(node.ip().netnsFiles()).isEqualTo(filesOfOthers);
    lookalikes.areUnchanged();
  }

  private void forEachWindow(String what, Deed deed, Runnable before, Check after)
      throws Exception {
    before.run();
    List<KernelChange> windows = windows(deed);
    after.check();
    for (KernelChange window : windows) {
      before.run();
      Path log = Files.createTempFile("netattach-", ".strace");
      try {
        Run killed = run(deed, window.killing(log));
        assertThat(killed.status()).as("the process that is to be killed, %s", window).isNotZero();
        after.check();
      } catch (AssertionError | AttachException e) {
        throw new AssertionError("killed before the call " + window + ": " + e.getMessage(), e);
      } finally {
        Files.delete(log);
      }
    }
    assertThat(windows).hasSizeGreaterThan(1);
    System.out.printf("crash windows of %s: %d, nothing left%n", what, windows.size());
  }

  private interface Check {
    void check() throws IOException;
  }

  /** Before each call that changes something, as made when nobody kills. */
  private List<KernelChange> windows(Deed deed) throws Exception {
    Path log = Files.createTempFile("netattach-", ".strace");
    try {
      Run whole = run(deed, KernelChange.tracing(log));
      assertThat(whole.status()).as(whole.output()).isZero();
      return KernelChange.in(log);
    } finally {
      Files.delete(log);
    }
  }

  private Run run(Deed deed, List<String> strace) throws Exception {
    List<String> command = new ArrayList<>(List.of("strace"));
    command.addAll(strace);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            // Whoever is killed leaves JNA's file: here it goes with the sandbox.
            "-Djna.tmpdir=/run",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            CrashingAttach.class.getName(),
            node.file().toString(),
            deed.name()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), output);
  }

  private record Run(int status, String output) {}
}
