package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.Attachments.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What somebody changes on the node is repaired since the kernel tells of it: nothing looks. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class UpkeepTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Map<Identity, Attachment> desired = new HashMap<>();
  private final List<Identity> told = new CopyOnWriteArrayList<>();
  private final List<List<Step>> repairs = new CopyOnWriteArrayList<>();

  /** When each repair began, as {@link System#nanoTime} was. */
  private final List<Long> begun = new CopyOnWriteArrayList<>();

  private final List<AttachException> failures = new CopyOnWriteArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private TestNode node;
  private Upkeep upkeep;

  @BeforeEach
  void listen() {
    node = new TestNode();
    node.shell(
        """
        ip link add br0 address 02:00:00:00:00:b0 type bridge
        ip link set br0 up
        ip link set br0 mtu 1400
        ip link set br0 mtu 1500
        ip link add br1 address 02:00:00:00:00:b1 type bridge
        ip netns add red
        """);
    upkeep = new Upkeep(node.netns, node.attacher, this::attachAgain, said::add);
  }

  @AfterEach
  void end() {
    upkeep.close();
    node.close();
    assertThat(said).isEmpty();
  }

  private void attachAgain(Identity identity) {
    told.add(identity);
    Attachment attachment = desired.get(identity);
    if (attachment == null) {
      return;
    }
    try {
      long start = System.nanoTime();
      Attached attached = upkeep.attach(attachment, true);
      if (!attached.steps().isEmpty()) {
        begun.add(start);
        repairs.add(attached.steps());
      }
    } catch (AttachException e) {
      failures.add(e);
    }
  }

  private void keep(Attachments attachments) {
    Attachment attachment = attachments.get();
    desired.put(attachment.identity(), attachment);
    upkeep.attach(attachment, false);
  }

  /** Without attaching, which would be looking. */
  private boolean isAsDesired(Attachments attachments) {
    try {
      return node.plan(attachments).isEmpty();
    } catch (AttachException e) {
      return false;
    }
  }

  private void awaitAsDesired(Attachments attachments) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> isAsDesired(attachments));
  }

  private void awaitRepairs(int count) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() ->
            assertThat(repairs.size()).as("failures: %s", failures).isGreaterThanOrEqualTo(count));
  }

  /** Until nothing more is told for a moment. */
  private void awaitQuiet() {
    AtomicInteger before = new AtomicInteger(-1);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> before.getAndSet(told.size()) == told.size());
  }

  /** A repair may come between two commands, and so the second fail. */
  private void disturbed(String change) {
    node.shell("set +e\n(" + change.replace("$$", "$PPID") + ") 2>/dev/null\ntrue");
  }

  /** All but settings below /proc/sys: of those the kernel tells nobody. */
  static Stream<String> heard() {
    return DriftTest.all().stream()
        .filter(change -> !change.contains("sysctl") || change.contains("disable_ipv6"));
  }

  @ParameterizedTest
  @MethodSource("heard")
  void itIsHeardAndMadeGood(String change) {
    keep(DriftTest.DESIRED);
    State fresh = node.state("blue").unnumbered();
    awaitQuiet();
    repairs.clear();

    disturbed(change);

    awaitRepairs(1);
    awaitAsDesired(DriftTest.DESIRED);
    State after = node.state("blue").unnumbered();
    (change.contains("blackhole") ? after.without("blackhole") : after).isSameAs(fresh);
  }

  @Test
  void aNamespaceThatSomebodyHoldsIsMissedWhenItsNameGoes() throws Exception {
    node.ip("netns add green");
    keep(DriftTest.DESIRED);
    awaitQuiet();
    try (Holder holder = new Holder("blue")) {
      for (String change :
          List.of(
              "ip netns delete blue",
              "umount /run/netns/blue",
              "ip netns delete blue; ip netns add blue",
              "ip netns delete blue; ip netns add blue; ip netns delete blue; ip netns add blue",
              "umount /run/netns/blue; mount --bind /run/netns/red /run/netns/blue",
              "umount /run/netns/blue; rm /run/netns/blue; touch /run/netns/blue;"
                  + " mount --bind /run/netns/green /run/netns/blue")) {
        int before = repairs.size();
        disturbed(change);
        awaitRepairs(before + 1);
        awaitAsDesired(DriftTest.DESIRED);
      }
      assertThat(holder.isAlive()).isTrue();
    }
  }

  @Test
  void aNamespaceThatComesLateIsAttachedTo() {
    Attachments late = attachment("late").into("late").existing().addresses("10.40.0.2/24");
    desired.put(late.identity(), late.get());
    node.refuses(late, Reason.TARGET_NOT_FOUND);
    try {
      upkeep.attach(late.get(), false);
    } catch (AttachException e) {
      assertThat(e.isAfterSteps()).isFalse();
    }

    node.ip("netns add late");

    awaitAsDesired(late);
    assertThat(failures).as("it is not looked at half made").isEmpty();
  }

  @Test
  void aBridgeThatIsDeletedAndComesBackGetsItsPortsBack() {
    Attachments other =
        attachment("b").into("red").existing().hostName("veth-b").bridge("br0").mtu(1500);
    keep(DriftTest.DESIRED);
    keep(other);
    awaitQuiet();

    node.ip("link delete br0");
    await().atMost(PATIENCE).until(() -> failures.size() >= 2);
    node.ip("link add br0 type bridge");

    awaitAsDesired(DriftTest.DESIRED);
    awaitAsDesired(other);

    awaitQuiet();
    node.ip("link set br0 name br7");
    await().atMost(PATIENCE).until(() -> !isAsDesired(other));
    node.ip("link set br7 name br0");
    awaitAsDesired(other);
  }

  /** At both ends of two, and of three in a circle. */
  @Test
  void namesThatSomebodySwappedAreSwappedBack() {
    List<Attachments> three =
        List.of(
            named("a", "veth-one", "net1"),
            named("b", "veth-two", "net2"),
            named("c", "veth-three", "net3"));
    three.forEach(this::keep);
    awaitQuiet();
    String before = names();

    disturbed(
        """
        ip link set veth-one name t
        ip link set veth-two name veth-one
        ip link set t name veth-two
        ip -n blue link set net1 name t
        ip -n blue link set net2 name net1
        ip -n blue link set net3 name net2
        ip -n blue link set t name net3
        """);

    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(names()).isEqualTo(before));
    three.forEach(this::awaitAsDesired);
  }

  private static Attachments named(String uid, String host, String container) {
    return attachment(uid).hostName(host).as(container);
  }

  /** Of all links with their indexes. */
  private String names() {
    return (node.ip("-br link show type veth") + node.ip("-n blue -br link show type veth"))
        .lines()
        .map(line -> line.split("\\s+", -1)[0] + " " + line.split("\\s+", -1)[2])
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  @Test
  void ourOwnChangesStartNothing() throws Exception {
    List<Attachments> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(
          attachment("q" + i)
              .into("quiet" + i)
              .addresses("10.41." + i + ".2/24", "fd41:" + i + "::2/64")
              .hostAddresses("10.41." + i + ".1/24"));
    }
    all.forEach(this::keep);
    awaitQuiet();
    int readings = told.size();
    try (IpMonitor monitor = IpMonitor.of(node);
        IpMonitor inside = IpMonitor.in(node, "quiet7")) {
      all.forEach(one -> upkeep.attach(one.get(), true));
      awaitQuiet();
      assertThat(monitor.events()).isEmpty();
      assertThat(inside.events()).isEmpty();
    }
    assertThat(repairs).isEmpty();
    assertThat(failures).isEmpty();
    // Once for the attach; once or twice for what the kernel does later on, such as the carrier.
    assertThat(readings).isBetween(20, 80);
  }

  @Test
  void anAttachmentThatIsForgottenIsLeftAlone() {
    keep(DriftTest.DESIRED);
    awaitQuiet();
    upkeep.forget(DriftTest.DESIRED.identity().uid());
    told.clear();

    node.ip("link set veth-db mtu 1400");
    awaitQuiet();

    assertThat(told).isEmpty();
    assertThat(isAsDesired(DriftTest.DESIRED)).isFalse();
  }

  @Test
  void whatIsUndoneAgainAndAgainIsRepairedEverLater() {
    keep(DriftTest.DESIRED);
    awaitQuiet();
    String uid = DriftTest.DESIRED.identity().uid();

    for (int i = 1; i <= RepairPace.SAME; i++) {
      assertThat(upkeep.untilQuiet(uid)).isNull();
      node.ip("link set veth-db mtu 1400");
      awaitRepairs(i);
    }
    assertThat(upkeep.untilQuiet(uid)).isPositive();

    long last = begun.get(RepairPace.SAME - 1);
    node.ip("link set veth-db mtu 1400");
    awaitRepairs(RepairPace.SAME + 1);
    assertThat(Duration.ofNanos(System.nanoTime() - last)).isGreaterThan(RepairPace.FIRST_DELAY);
    awaitAsDesired(DriftTest.DESIRED);

    Attachments other = attachment("b").into("red").existing().hostName("veth-b");
    keep(other);
    int before = repairs.size();
    node.ip("link set veth-b mtu 1400");
    awaitRepairs(before + 1);
    assertThat(isAsDesired(other)).as("others do not wait").isTrue();
  }

  /** Each attempt makes the pair and takes it away, which the kernel tells. */
  @Test
  void whatFailsHalfWayDoesNotChaseItself() {
    node.shell(
        """
        ip -n red link add d0 type bridge
        ip -n red link set d0 up
        ip -n red address add 10.43.0.1/24 dev d0
        ip -n red route add 10.50.0.0/16 via 10.43.0.2
        """);
    Attachments broken =
        attachment("x")
            .into("red")
            .existing()
            .addresses("10.42.0.2/24")
            .routes(route("10.50.0.0/16", "10.42.0.1"));
    desired.put(broken.identity(), broken.get());
    try {
      upkeep.attach(broken.get(), false);
    } catch (AttachException e) {
      failures.add(e);
    }
    assertThat(failures.getFirst().isAfterSteps()).isTrue();

    await().atMost(PATIENCE).until(() -> failures.size() > RepairPace.SAME);
    int before = failures.size();
    awaitQuiet();

    assertThat(failures).hasSizeLessThanOrEqualTo(before + 1);
    node.ip("-n red route delete 10.50.0.0/16");
    await().atMost(PATIENCE).until(() -> node.plan(broken).isEmpty());
  }

  @Test
  void itEndsAtOnceAndLeavesNoThread() {
    keep(DriftTest.DESIRED);
    long start = System.nanoTime();
    upkeep.close();

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.matches("netattach-(drift|monitor|netns-watch).*"));
    told.clear();
    node.ip("link set veth-db mtu 1400");
    assertThat(told).isEmpty();
  }

  /** A process inside a namespace. */
  private static final class Holder implements AutoCloseable {
    private final Process process;

    Holder(String netns) throws IOException {
      process = new ProcessBuilder("nsenter", "--net=/run/netns/" + netns, "sleep", "600").start();
      String here = namespaceOf(ProcessHandle.current().pid());
      await().atMost(PATIENCE).until(() -> !namespaceOf(process.pid()).equals(here));
    }

    private static String namespaceOf(long pid) throws IOException {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")).toString();
    }

    boolean isAlive() {
      return process.isAlive();
    }

    @Override
    public void close() throws InterruptedException {
      process.destroyForcibly();
      process.waitFor();
    }
  }
}
