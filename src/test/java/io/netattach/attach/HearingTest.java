package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.DriftWatch.Source.LINKS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.jna.Native;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What cannot be heard leaves the rest as it is, and is heard again when it can be. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class HearingTest {
  /** A node in a user namespace, of which the limits of inotify are. */
  private static final List<String> NODE =
      List.of(
          "unshare",
          "--user",
          "--map-root-user",
          "--net",
          "--mount",
          "sh",
          "-ec",
          "mount -t sysfs sysfs /sys || :; mount -t tmpfs tmpfs /run; exec \"$@\"",
          "node");

  static {
    Native.register(HearingTest.class, "c");
  }

  static native int open(String path, int flags);

  static native int dup2(int from, int to);

  static native int close(int descriptor);

  @Test
  void withoutInotifyLinksAreHeardAndNamesLookedFor() throws Exception {
    keep("NAMES");
  }

  @Test
  void withoutTheCapabilityNamesAreHeard() throws Exception {
    keep("LINKS", "setpriv", "--bounding-set=-net_broadcast");
  }

  private static void keep(String unheard, String... wrapper) throws Exception {
    List<String> command = new ArrayList<>(NODE);
    command.addAll(List.of(wrapper));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(HardOfHearing.class.getName());
    command.add(unheard);
    Path output = Files.createTempFile("netattach-", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("it ended").isTrue();
      assertThat(process.exitValue()).as(Files.readString(output, UTF_8)).isZero();
    } finally {
      process.destroyForcibly().waitFor();
      Files.delete(output);
    }
  }

  @Test
  void aMonitorThatEndedIsReplacedAndWhatWentMeanwhileIsLookedFor() throws Exception {
    Attachments link = attachment("a").hostName("veth-a").addresses("10.10.0.2/24");
    List<String> said = new CopyOnWriteArrayList<>();
    List<Identity> told = new CopyOnWriteArrayList<>();
    try (TestNode node = new TestNode()) {
      node.attach(link);
      node.awaitCarrier("veth-a");
      try (DriftWatch watch =
          new DriftWatch(node.netns, told::add, said::add, 1 << 20, Duration.ofMillis(500))) {
        watch.watch(link.get());
        breakMonitor(node);
        told.clear();
        // It waits for the old one until there is something to receive.
        node.ip("link set lo mtu 60000");
        await().atMost(TestNode.PATIENCE).until(() -> !said.isEmpty());
        assertThat(said).singleElement().asString().contains("ENOTSOCK");

        await().atMost(TestNode.PATIENCE).until(() -> told.contains(link.identity()));
        assertThat(watch.hears(LINKS)).isTrue();
        watch.watch(link.get());
        told.clear();
        node.ip("-n blue link set net1 mtu 1400");
        await().atMost(TestNode.PATIENCE).until(() -> told.contains(link.identity()));
      }
    }
  }

  /** Puts something in its socket's place that no event can be received from. */
  private static void breakMonitor(TestNode node) throws IOException {
    // sk, Eth, Pid, Groups, Rmem, Wmem, Dump, Locks, Drops, Inode
    String socket =
        node.shell("cat /proc/thread-self/net/netlink")
            .lines()
            .map(line -> line.strip().split("\\s+", -1))
            .filter(fields -> fields[1].equals("0") && !fields[3].equals("00000000"))
            .map(fields -> "socket:[" + fields[9] + "]")
            .reduce((one, other) -> {
              throw new AssertionError("more than one monitor");
            })
            .orElseThrow();
    int nothing = open("/dev/null", 0);
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      Path descriptor = descriptors.filter(fd -> leadsTo(fd, socket)).findAny().orElseThrow();
      assertThat(dup2(nothing, Integer.parseInt(descriptor.getFileName().toString())))
          .isNotNegative();
    } finally {
      close(nothing);
    }
  }

  private static boolean leadsTo(Path link, String target) {
    try {
      return Files.readSymbolicLink(link).toString().equals(target);
    } catch (IOException e) {
      // It was closed just now.
      return false;
    }
  }
}
