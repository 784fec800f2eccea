package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.route;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netattach.NoLeftovers;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Killed before any of its system calls that change something: whoever attaches next completes it,
 * and whoever detaches leaves nothing. strace(1) kills; it counts each system call by itself.
 */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class CrashTest {
  /**
   * What a run changes the kernel by: netlink, and the file of a namespace. Sysctls go with them.
   */
  private static final List<String> CALLS =
      List.of("sendto", "mount", "umount2", "link", "linkat", "unlink", "unlinkat", "unshare");

  private static final Attachments FULL =
      attachment("a")
          .hostName("veth-db")
          .addresses("10.10.0.2/24", "fd00::2/64")
          .routes(route("0.0.0.0/0", "10.10.0.1"), route("fd02::/48", "fd00::1"))
          .sysctl("net.ipv4.conf.IFNAME.arp_notify", "1")
          .bridge("br0", 0, true, false)
          .hostAddresses("10.10.0.1/24")
          .hostRoutes(route("10.30.0.0/16", "10.10.0.2"));

  /** What the killed process is to do. */
  enum Wish {
    FULL(CrashTest.FULL),
    CHANGED(
        CrashTest.FULL
            .hostName("veth-new")
            .addresses("10.10.0.3/24", "fd00::2/64")
            .routes(route("0.0.0.0/0", "10.10.0.7"), route("fd02::/48", "fd00::9"))
            .bridge("br1")),
    MOVED(CrashTest.FULL.into("red"));

    final Attachments attachment;

    Wish(Attachments attachment) {
      this.attachment = attachment;
    }
  }

  private TestNode node;
  private State bare;

  @BeforeEach
  void aNodeWithTwoBridges() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "there is no strace here");
    node = new TestNode();
    node.shell(
        """
        ip link add br0 address 02:00:00:00:00:b0 type bridge
        ip link add br1 address 02:00:00:00:00:b1 type bridge
        """);
    bare = node.state();
  }

  @AfterEach
  void away() {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void anAttachThatWasKilledIsCompletedByTheNext(TestReporter reporter) throws Exception {
    State clean = clean(FULL);

    int windows =
        forEachWindow(
            null,
            Wish.FULL,
            () -> {},
            () -> {
              node.attach(FULL);
              node.state("blue").unnumbered().isSameAs(clean);
              node.isAttached(FULL);
              nothingIsLeftAfterDetaching(FULL);
            });

    reporter.publishEntry("windows of attach", "" + windows);
  }

  @Test
  void anAttachThatWasKilledIsUndoneByADetach() throws Exception {
    forEachWindow(null, Wish.FULL, () -> {}, () -> nothingIsLeftAfterDetaching(FULL));
  }

  @Test
  void anUpdateThatWasKilledIsCompletedByTheNext(TestReporter reporter) throws Exception {
    Attachments changed = Wish.CHANGED.attachment;
    State clean = clean(changed);

    int windows =
        forEachWindow(
            null,
            Wish.CHANGED,
            () -> node.attach(FULL),
            () -> {
              node.attach(changed);
              node.state("blue").unnumbered().isSameAs(clean);
              node.isAttached(changed);
              nothingIsLeftAfterDetaching(changed);
            });

    reporter.publishEntry("windows of an update", "" + windows);
  }

  @Test
  void aMoveToAnotherTargetThatWasKilledIsCompletedByTheNext(TestReporter reporter)
      throws Exception {
    Attachments moved = Wish.MOVED.attachment;
    State clean = clean(moved, "red");

    int windows =
        forEachWindow(
            null,
            Wish.MOVED,
            () -> node.attach(FULL),
            () -> {
              node.attach(moved);
              // Killed after the pair was made again, what is left of the old target is for whoever
              // looks for marks without an attachment.
              for (Inventory.MarkedNetns left : node.attacher.inventory().namespaces()) {
                if (!left.name().value().equals("red")) {
                  assertThat(node.attacher.detach(left).netns()).isTrue();
                }
              }
              node.state("red").unnumbered().isSameAs(clean);
              node.isAttached(moved);
              nothingIsLeftAfterDetaching(moved);
            });

    reporter.publishEntry("windows of a move", "" + windows);
  }

  @Test
  void aDetachThatWasKilledIsCompletedByTheNext(TestReporter reporter) throws Exception {
    int windows =
        forEachWindow(
            Wish.FULL,
            null,
            () -> node.attach(FULL),
            () -> {
              nothingIsLeftAfterDetaching(FULL);
            });

    reporter.publishEntry("windows of detach", "" + windows);
  }

  private State clean(Attachments desired) {
    return clean(desired, "blue");
  }

  private State clean(Attachments desired, String netns) {
    node.attach(desired);
    State clean = node.state(netns).unnumbered();
    node.detach(desired);
    return clean;
  }

  private void nothingIsLeftAfterDetaching(Attachments attachment) throws IOException {
    node.detach(attachment);
    // A file that is not yet in its place is not in anybody's way: who makes a namespace sweeps.
    NetnsName sweeper = new NetnsName("sweeper");
    NetnsDirectory.system().create(sweeper).close();
    NetnsDirectory.system().delete(sweeper);
    node.state().isSameAs(bare);
    try (var files = Files.list(Path.of("/run/netns"))) {
      assertThat(files).isEmpty();
    }
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain("/run/netns/");
  }

  /** How many there were. */
  private int forEachWindow(
      @Nullable Wish detach, @Nullable Wish attach, Runnable before, Check after) throws Exception {
    before.run();
    List<Window> windows = windows(detach, attach);
    after.check();
    for (Window window : windows) {
      before.run();
      Run killed = run(List.of("-e", "inject=" + window), detach, attach);
      assertThat(killed.status()).as("the process that is to be killed, %s", window).isNotZero();
      try {
        after.check();
      } catch (AssertionError | AttachException e) {
        throw new AssertionError("killed before the call " + window, e);
      }
    }
    assertThat(windows).hasSizeGreaterThan(1);
    return windows.size();
  }

  private interface Check {
    void check() throws IOException;
  }

  /** Before which call of its kind the thread that makes it is killed, the first being 1. */
  private record Window(String call, int number) {
    @Override
    public String toString() {
      return call + ":signal=KILL:when=" + number;
    }
  }

  /** Before each call that changes something, as made when nobody kills. */
  private List<Window> windows(@Nullable Wish detach, @Nullable Wish attach) throws Exception {
    Path log = Files.createTempFile("netattach-", ".strace");
    try {
      Run whole = run(List.of("-o", log.toString()), detach, attach);
      assertThat(whole.status()).as(whole.output()).isZero();
      Map<String, Integer> counts = new HashMap<>();
      List<Window> windows = new ArrayList<>();
      Pattern line = Pattern.compile("^([0-9]+) +([a-z0-9]+)\\((.*)");
      for (String text : Files.readAllLines(log)) {
        Matcher matcher = line.matcher(text);
        if (matcher.matches()) {
          String call = matcher.group(2);
          int number = counts.merge(matcher.group(1) + " " + call, 1, Integer::sum);
          if (changes(call, matcher.group(3))) {
            windows.add(new Window(call, number));
          }
        }
      }
      return windows;
    } finally {
      Files.delete(log);
    }
  }

  /** Not those that only ask, and not what JNA does to a file of its own. */
  private static boolean changes(String call, String arguments) {
    Matcher netlink =
        Pattern.compile("nlmsg_type=(?:0x([0-9a-f]+)|RTM_([A-Z]+))").matcher(arguments);
    if (call.equals("sendto") && netlink.find()) {
      // Of the four of each object, the third asks (linux/rtnetlink.h).
      return netlink.group(1) == null
          ? !netlink.group(2).startsWith("GET")
          : Integer.parseInt(netlink.group(1), 16) % 4 != 2;
    }
    return !call.startsWith("unlink") || arguments.contains("/run/netns");
  }

  private Run run(List<String> options, @Nullable Wish detach, @Nullable Wish attach)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-e", "signal=none"));
    command.addAll(List.of("-e", "trace=" + String.join(",", CALLS)));
    command.addAll(options);
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
            detach == null ? "-" : detach.name(),
            attach == null ? "-" : attach.name()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), output);
  }

  private record Run(int status, String output) {}
}
