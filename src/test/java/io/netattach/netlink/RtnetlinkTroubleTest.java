package io.netattach.netlink;

import static io.netattach.netlink.FakeKernel.link;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Strangers, full buffers, signals, time-outs, and an end while another thread is at it. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
@Timeout(120)
class RtnetlinkTroubleTest {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Request GET_LO = LinkRequest.get(1);
  private static final int SIGPIPE = 13;

  private Node node;

  @BeforeEach
  void makeANode() {
    node = new Node();
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private NetlinkSocket socket() {
    return node.netns.call(() -> NetlinkSocket.open(NetlinkSocket.TIMEOUT));
  }

  private static String name(NetlinkSocket socket) {
    return socket.get(GET_LO, LinkParser::parse).orElseThrow().name();
  }

  @Test
  void aMessageOfAnotherProcessIsNotTakenForTheKernels() {
    try (NetlinkSocket victim = socket();
        NetlinkSocket stranger = socket();
        Memory address = new Memory(LinuxNetlink.SOCKADDR_NL + 4)) {
      NetlinkDescriptor.bind(victim.fd);
      address.setInt(LinuxNetlink.SOCKADDR_NL, LinuxNetlink.SOCKADDR_NL);
      long at = Pointer.nativeValue(address);
      assertThat(FakeKernel.getsockname(victim.fd.number(), at, at + LinuxNetlink.SOCKADDR_NL))
          .isZero();
      for (int sequence = 1; sequence < 10; sequence++) {
        byte[] forged = link(sequence, 0, "forged");
        assertThat(
                FakeKernel.sendto(
                    stranger.fd.number(), forged, forged.length, 0, at, LinuxNetlink.SOCKADDR_NL))
            .isEqualTo(forged.length);
      }
      assertThat(name(victim)).isEqualTo("lo");
      assertThat(victim.dump(LinkRequest.get("list links"), LinkParser::parse))
          .extracting(Link::name)
          .containsExactly("lo");
      assertThat(victim.execute(List.of(LinkRequest.set(1).mtu(9000)))).containsOnlyNulls();
    }
  }

  @Test
  void answersThatABufferDoesNotHoldAreToldAsLostForJustTheirRequests() {
    try (NetlinkSocket socket = socket()) {
      NetlinkDescriptor.receiveBuffer(socket.fd, 1);
      List<Request> requests = new ArrayList<>();
      for (int i = 1; i < NetlinkSocket.MAX_BATCH; i++) {
        requests.add(LinkRequest.set(999).mtu(2000));
      }
      requests.add(LinkRequest.set(1).mtu(2127));
      List<@Nullable NetlinkException> results = socket.execute(requests);
      assertThat(results.getFirst())
          .as("its answer had room")
          .isNotNull()
          .matches(e -> e.is(Errno.ENODEV));
      assertThat(results.getLast())
          .isNotNull()
          .matches(e -> e.is(Errno.ENOBUFS))
          .hasMessageStartingWith("set link 1 mtu 2127: done or not, the answer is lost");
      assertThat(node.link("lo").mtu()).as("the work is done").isEqualTo(2127);
      assertThat(name(socket)).as("the connection goes on").isEqualTo("lo");
    }
  }

  @Test
  void dumpsUnderConstantChangeAreWholeOrAnErrorNeverLess() throws Exception {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      requests.add(new Veth(Node.end("a" + i, null), Node.end("b" + i, null)).request());
    }
    assertThat(node.kernel.executeAll(requests)).containsOnlyNulls();
    Set<String> stable = new TreeSet<>(node.kernel.links().stream().map(Link::name).toList());
    AtomicBoolean enough = new AtomicBoolean();
    try (ExecutorService other = Executors.newSingleThreadExecutor();
        Rtnetlink changing = Rtnetlink.open(node.netns)) {
      Future<?> changer =
          other.submit(() -> {
            while (!enough.get()) {
              changing.execute(new Veth(Node.end("x", null), Node.end("y", null)).request());
              changing.execute(
                  LinkRequest.delete(changing.link(new InterfaceName("x")).orElseThrow().index()));
            }
          });
      try {
        for (int i = 0; i < 100; i++) {
          try {
            assertThat(node.kernel.links()).extracting(Link::name).containsAll(stable);
          } catch (NetlinkException e) {
            assertThat(e).hasMessage("list links: interrupted by changes 20 times in a row");
          }
        }
      } finally {
        enough.set(true);
      }
      changer.get();
    }
    assertThat(node.kernel.links())
        .extracting(Link::name)
        .containsExactlyInAnyOrderElementsOf(stable);
  }

  @Test
  void aTimeOutIsTheOpenersChoice() {
    try (FakeKernel silent = new FakeKernel(Duration.ofMillis(150))) {
      long start = System.nanoTime();
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> name(silent.socket))
          .withMessageStartingWith("get link 1: receive: no answer within 0.15 s: ETIMEDOUT");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofMillis(150), Duration.ofSeconds(60));
      silent.answer(link(1, 0, "late")).answer(link(2, 0, "a"));
      assertThat(name(silent.socket)).isEqualTo("a");
    }
    try (Rtnetlink kernel = Rtnetlink.open(node.netns, Duration.ofSeconds(1))) {
      assertThat(kernel.link(1)).isPresent();
    }
    for (Duration refused : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofDays(2))) {
      assertThatIllegalArgumentException().isThrownBy(() -> Rtnetlink.open(node.netns, refused));
    }
  }

  @RepeatedTest(20)
  void closingWakesAThreadThatWaits() throws Exception {
    FakeKernel silent = new FakeKernel(LONG);
    CompletableFuture<String> waiting =
        CompletableFuture.supplyAsync(() -> name(silent.socket), Thread.ofPlatform()::start);
    CompletableFuture<String> behind =
        CompletableFuture.supplyAsync(() -> name(silent.socket), Thread.ofPlatform()::start);
    await().atMost(Heard.PATIENCE).pollDelay(Duration.ZERO).until(() -> silent.questions() == 1);
    silent.close();
    for (CompletableFuture<String> each : List.of(waiting, behind)) {
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(each::get)
          .withCauseInstanceOf(NetlinkException.class)
          .withMessageContaining("closed");
    }
  }

  @Test
  void closingAmongBusyThreadsNeverHarmsThem() throws Exception {
    AtomicInteger answers = new AtomicInteger();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int round = 0; round < 100; round++) {
        Rtnetlink kernel = Rtnetlink.open(node.netns);
        List<Future<?>> busy = new ArrayList<>();
        int before = answers.get();
        for (int thread = 0; thread < 4; thread++) {
          busy.add(
              threads.submit(() -> {
                while (true) {
                  assertThat(kernel.links()).hasSize(1);
                  assertThat(kernel.link(1)).isPresent();
                  answers.incrementAndGet();
                }
              }));
        }
        await()
            .atMost(Heard.PATIENCE)
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(1))
            .until(() -> answers.get() > before + 4);
        kernel.close();
        for (Future<?> each : busy) {
          assertThatExceptionOfType(ExecutionException.class)
              .isThrownBy(each::get)
              .withCauseInstanceOf(NetlinkException.class)
              .withMessageContaining("closed");
        }
      }
    }
  }

  @Test
  void aSignalDoesNotEndAWait() throws Exception {
    try (FakeKernel silent = new FakeKernel(LONG)) {
      CompletableFuture<Integer> thread = new CompletableFuture<>();
      CompletableFuture<String> waiting =
          CompletableFuture.supplyAsync(
              () -> {
                thread.complete(FakeKernel.gettid());
                return name(silent.socket);
              },
              Thread.ofPlatform()::start);
      int id = thread.get();
      // poll(2) is never taken up again after a signal; the handler of a JVM for this one returns.
      Path syscall = Path.of("/proc/self/task/" + id + "/syscall");
      for (int i = 0; i < 50; i++) {
        await().atMost(Heard.PATIENCE).pollDelay(Duration.ZERO).until(() -> isWaiting(syscall));
        assertThat(FakeKernel.tgkill((int) ProcessHandle.current().pid(), id, SIGPIPE)).isZero();
      }
      silent.answer(link(1, 0, "a"));
      assertThat(waiting.get()).isEqualTo("a");
    }
  }

  private static boolean isWaiting(Path syscall) throws IOException {
    return !Files.readString(syscall).startsWith("running");
  }

  @Test
  void everyDescriptorIsClosedWhenAnotherProgramIsStarted() throws Exception {
    Set<Integer> before = open();
    try (Netns netns = Netns.create();
        Rtnetlink kernel = Rtnetlink.open(netns);
        LinkMonitor monitor = LinkMonitor.open(netns, LinkMonitor.Settings.all(), event -> {});
        FakeKernel silent = new FakeKernel(Duration.ofMillis(1))) {
      assertThat(kernel.link(1)).isPresent();
      assertThat(monitor).isNotNull();
      // Makes the descriptor that a wait needs.
      assertThatExceptionOfType(NetlinkException.class).isThrownBy(() -> name(silent.socket));
      Set<Integer> ours = open();
      ours.removeAll(before);
      assertThat(ours).hasSizeGreaterThanOrEqualTo(7);
      for (int descriptor : ours) {
        assertThat(flags(descriptor) & Libc.O_CLOEXEC)
            .as("O_CLOEXEC of descriptor " + descriptor)
            .isNotZero();
      }
    }
  }

  private static Set<Integer> open() throws IOException {
    Set<Integer> open = new TreeSet<>();
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path each : all.toList()) {
        String target = target(each);
        if (target.startsWith("socket:")
            || target.startsWith("net:")
            || target.startsWith("anon_inode:")) {
          open.add(Integer.parseInt(each.getFileName().toString()));
        }
      }
    }
    return open;
  }

  /** Empty for the descriptor of the listing itself, which is gone. */
  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static int flags(int descriptor) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor)).stream()
        .filter(line -> line.startsWith("flags:"))
        .mapToInt(line -> Integer.parseInt(line.substring(6).strip(), 8))
        .findFirst()
        .orElseThrow();
  }
}
