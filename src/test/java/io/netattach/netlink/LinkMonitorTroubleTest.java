package io.netattach.netlink;

import static io.netattach.netlink.LinkMonitor.Group.LINK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.NoLeftovers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Events that are lost, listeners that throw or block, and the end. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
@Timeout(120)
class LinkMonitorTroubleTest {
  private static final LinkMonitor.Settings LINKS = LinkMonitor.Settings.of(LINK);
  private static final OptionalInt OWN = OptionalInt.empty();

  private final List<Throwable> errors = new CopyOnWriteArrayList<>();
  private final Heard heard = new Heard();
  private Node node;

  @BeforeEach
  void makeANode() {
    node = new Node();
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  @Test
  void whatABufferDoesNotHoldIsToldAsLostAndTheMonitorGoesOn(@TempDir Path folder)
      throws Exception {
    int index = node.veth("v0", "v1");
    Path batch = folder.resolve("batch");
    List<String> lines = new ArrayList<>();
    for (int mtu = 1000; mtu < 1300; mtu++) {
      lines.add("link set v0 mtu " + mtu);
    }
    Files.write(batch, lines);
    CountDownLatch release = new CountDownLatch(1);
    NetlinkStatistics before = NetlinkStatistics.now();
    List<Integer> mtusAfterResync = new CopyOnWriteArrayList<>();
    try (LinkMonitor monitor =
        LinkMonitor.open(
            node.netns,
            LINKS.withReceiveBuffer(1),
            event -> {
              awaitQuietly(release);
              if (event instanceof MonitorEvent.Resync) {
                mtusAfterResync.add(node.link("v0").mtu());
              }
              heard.accept(event);
            },
            errors::add)) {
      assertThat(monitor).isNotNull();
      node.ip.ip("-batch " + batch);
      release.countDown();
      MonitorEvent.Resync resync = heard.first(MonitorEvent.Resync.class, e -> true);
      assertThat(resync.cause()).isEqualTo(MonitorEvent.Cause.OVERFLOW);
      // The kernel may tell of more losses before the queue is read to its end.
      assertThat(mtusAfterResync).as("what is read then").isNotEmpty().containsOnly(1299);
      heard.mark(node, OWN, 9000);
    }
    List<MonitorEvent> all = heard.all();
    List<MonitorEvent> after =
        all.subList(
            all.indexOf(new MonitorEvent.Resync(MonitorEvent.Cause.OVERFLOW)) + 1, all.size());
    assertThat(after)
        .as("nothing from before the loss comes after it")
        .noneMatch(e -> e instanceof LinkEvent.Changed c && c.link().index() == index);
    assertThat(errors).isEmpty();
    NetlinkStatistics counted = NetlinkStatistics.now();
    long told = all.stream().filter(e -> e instanceof MonitorEvent.Change).count();
    long lost = all.size() - told;
    assertThat(counted.events() - before.events()).isEqualTo(told);
    assertThat(overflows(counted) - overflows(before)).isEqualTo(lost).isPositive();
  }

  private static long overflows(NetlinkStatistics statistics) {
    return statistics.resyncs().getOrDefault(MonitorEvent.Cause.OVERFLOW, 0L);
  }

  /** Small ones, of which the smallest buffer that the kernel gives holds several. */
  @Test
  void noneOfSeveralEventsFromBeforeALossComesAfterIt(@TempDir Path folder) throws Exception {
    Path batch = folder.resolve("batch");
    List<String> lines = new ArrayList<>();
    for (int last = 1; last < 100; last++) {
      lines.add("addr add 10.0.0." + last + "/32 dev lo");
    }
    Files.write(batch, lines);
    CountDownLatch release = new CountDownLatch(1);
    try (LinkMonitor monitor =
        LinkMonitor.open(
            node.netns,
            LinkMonitor.Settings.of(LinkMonitor.Group.IPV4_IFADDR).withReceiveBuffer(1),
            event -> {
              awaitQuietly(release);
              heard.accept(event);
            },
            errors::add)) {
      assertThat(monitor).isNotNull();
      node.ip.ip("-batch " + batch);
      release.countDown();
      heard.first(MonitorEvent.Resync.class, e -> true);
      node.ip.ip("addr add 10.0.1.1/32 dev lo");
      heard.first(AddressEvent.Changed.class, e -> is(e, "10.0.1.1/32"));
    }
    List<MonitorEvent> all = heard.all();
    assertThat(all.subList(all.indexOf(heard.of(MonitorEvent.Resync.class).getFirst()), all.size()))
        .filteredOn(AddressEvent.Changed.class::isInstance)
        .singleElement()
        .matches(e -> is(e, "10.0.1.1/32"));
    assertThat(errors).isEmpty();
  }

  private static boolean is(MonitorEvent event, String address) {
    return event instanceof AddressEvent.Changed added
        && added.address().local().toString().equals(address);
  }

  @Test
  void withALargeBufferNothingIsLostWhileTheListenerIsAtWork(@TempDir Path folder)
      throws Exception {
    int index = node.veth("v0", "v1");
    Path batch = folder.resolve("batch");
    List<String> lines = new ArrayList<>();
    for (int mtu = 1000; mtu < 2000; mtu++) {
      lines.add("link set v0 mtu " + mtu);
    }
    Files.write(batch, lines);
    CountDownLatch release = new CountDownLatch(1);
    try (LinkMonitor monitor =
        LinkMonitor.open(
            node.netns,
            LINKS,
            event -> {
              awaitQuietly(release);
              heard.accept(event);
            },
            errors::add)) {
      assertThat(monitor).isNotNull();
      node.ip.ip("-batch " + batch);
      release.countDown();
      heard.mark(node, OWN, 9000);
      assertThat(
              heard.of(LinkEvent.Changed.class).stream()
                  .filter(e -> e.link().index() == index)
                  .map(e -> e.link().mtu())
                  .distinct())
          .hasSize(1000)
          .isSorted();
      assertThat(heard.of(MonitorEvent.Resync.class)).isEmpty();
    }
  }

  @Test
  void anEventThatIsLargerThanTheMemoryIsToldAsLostOnce() {
    try (LinkMonitor monitor = LinkMonitor.open(node.netns, LINKS, heard, errors::add, 100)) {
      assertThat(monitor).isNotNull();
      node.ip.ip("link set lo mtu 9000");
      assertThat(heard.first(MonitorEvent.Resync.class, e -> true).cause())
          .isEqualTo(MonitorEvent.Cause.TOO_LARGE);
      heard.mark(node, OWN, 9001);
      assertThat(heard.of(MonitorEvent.Resync.class)).hasSize(1);
    }
  }

  @Test
  void aMalformedMessageIsToldAsErrorAndAsLossAndTheMonitorGoesOn() {
    Fd[] ends = FakeKernel.pair();
    try (LinkMonitor monitor =
            LinkMonitor.start(new MulticastSocket(ends[0], 1000), heard, errors::add);
        Fd kernel = ends[1]) {
      assertThat(monitor).isNotNull();
      byte[] link = FakeKernel.link(0, 0, "a");
      send(kernel, Arrays.copyOf(link, link.length - 1));
      send(kernel, FakeKernel.message(LinuxRtnetlink.RTM_NEWADDR, 0, 0, new byte[] {2, 24}));
      send(kernel, FakeKernel.message(LinuxRtnetlink.RTM_NEWNSID, 0, 0, new byte[4]));
      send(kernel, new byte[3]);
      send(kernel, FakeKernel.message(9999, 0, 0, new byte[4]));
      send(kernel, FakeKernel.link(0, 0, "b"));
      heard.first(LinkEvent.Changed.class, e -> e.link().name().equals("b"));
      assertThat(heard.of(MonitorEvent.Resync.class))
          .hasSize(3)
          .allMatch(e -> e.cause() == MonitorEvent.Cause.MALFORMED);
      assertThat(errors).hasSize(3).allMatch(e -> e instanceof NetlinkException);
    }
  }

  @Test
  void aMonitorThatCannotReceiveAnyMoreSaysSoAndEnds() {
    Fd[] ends = FakeKernel.pair();
    LinkMonitor monitor = LinkMonitor.start(new MulticastSocket(ends[0], 1000), heard, errors::add);
    ends[1].close();
    await().atMost(Heard.PATIENCE).until(() -> !errors.isEmpty());
    assertThat(errors)
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("receive events"));
    monitor.close();
  }

  private static void send(Fd to, byte[] bytes) {
    assertThat(FakeKernel.write(to.number(), bytes, bytes.length)).isEqualTo(bytes.length);
  }

  @Test
  void aListenerThatThrowsIsToldOfAndHeardAgain() {
    try (LinkMonitor monitor =
        LinkMonitor.open(
            node.netns,
            LINKS,
            event -> {
              heard.accept(event);
              throw new AssertionError("thrown on purpose");
            },
            error -> {
              errors.add(error);
              Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> errors.add(e));
              throw new IllegalStateException("the handler throws, too");
            })) {
      assertThat(monitor).isNotNull();
      heard.mark(node, OWN, 9000);
      heard.mark(node, OWN, 9001);
      await().atMost(Heard.PATIENCE).until(() -> errors.size() >= 4);
    }
    assertThat(errors.get(0)).hasMessage("thrown on purpose");
    assertThat(errors.get(1)).hasMessage("the handler throws, too");
  }

  @Test
  void theEndIsPromptAndLeavesNoThreadAndNoDescriptor() throws Exception {
    LinkMonitor.open(node.netns, LINKS, heard).close();
    long descriptors = descriptors();
    int threads = monitorThreads();
    for (int i = 0; i < 100; i++) {
      long start = System.nanoTime();
      LinkMonitor monitor = LinkMonitor.open(node.netns, LINKS, heard);
      assertThat(monitorThreads()).isEqualTo(threads + 1);
      monitor.close();
      monitor.close();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(monitorThreads()).isEqualTo(threads);
    }
    assertThat(descriptors()).isLessThanOrEqualTo(descriptors);
  }

  @Test
  void closingFromWithinTheListenerEndsItAfterThatEvent() throws Exception {
    long descriptors = descriptors();
    AtomicReference<LinkMonitor> self = new AtomicReference<>();
    CountDownLatch opened = new CountDownLatch(1);
    self.set(
        LinkMonitor.open(
            node.netns,
            LINKS,
            event -> {
              awaitQuietly(opened);
              heard.accept(event);
              self.get().close();
            },
            errors::add));
    opened.countDown();
    node.ip.ip("link set lo mtu 9000");
    node.ip.ip("link set lo mtu 9001");
    await().atMost(Heard.PATIENCE).until(() -> monitorThreads() == 0);
    assertThat(heard.all()).hasSize(1);
    await().atMost(Heard.PATIENCE).until(() -> descriptors() <= descriptors);
    self.get().close();
    assertThat(errors).isEmpty();
  }

  @Test
  void closingWaitsForAListenerThatIsAtWorkAndNothingIsToldAfterwards() throws Exception {
    CountDownLatch atWork = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    LinkMonitor monitor =
        LinkMonitor.open(
            node.netns,
            LINKS,
            event -> {
              atWork.countDown();
              awaitQuietly(release);
              heard.accept(event);
            },
            errors::add);
    node.ip.ip("link set lo mtu 9000");
    atWork.await();
    node.ip.ip("link set lo mtu 9001");
    List<Thread> closers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      closers.add(Thread.ofPlatform().start(monitor::close));
    }
    Thread interrupted = Thread.ofPlatform().start(monitor::close);
    interrupted.interrupt();
    interrupted.join();
    assertThat(closers).allMatch(Thread::isAlive);
    release.countDown();
    for (Thread closer : closers) {
      closer.join();
    }
    assertThat(heard.all()).hasSize(1);
    assertThat(monitorThreads()).isZero();
  }

  @Test
  void aMonitorThatIsOpenedInsideANamespaceHasItsThreadAtHome() throws Exception {
    List<Path> places = new CopyOnWriteArrayList<>();
    LinkMonitor monitor =
        node.netns.call(() ->
            LinkMonitor.open(
                node.netns,
                LINKS,
                event -> {
                  places.add(namespace("thread-self"));
                  heard.accept(event);
                },
                errors::add));
    try (monitor) {
      heard.mark(node, OWN, 9000);
      assertThat(places).isNotEmpty().containsOnly(namespace("self"));
    }
    assertThat(errors).isEmpty();
  }

  private static Path namespace(String whose) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", whose, "ns/net"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int monitorThreads() {
    return (int)
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("netattach-monitor"))
            .count();
  }

  /** Of netlink sockets, and of what wakes a thread; something else may close one of these. */
  private static long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return NoLeftovers.descriptors().size()
          + all.filter(fd -> NoLeftovers.target(fd).contains("eventfd")).count();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
