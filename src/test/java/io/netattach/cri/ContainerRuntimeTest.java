package io.netattach.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import runtime.v1.NamespaceMode;

class ContainerRuntimeTest {
  private static final Pod DB = new Pod("shop", "db-0", "uid-of-db-0");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** One call, as it was told. */
  private record Told(Call call, boolean answered) {}

  @TempDir private Path folder;
  private final List<Told> told = new CopyOnWriteArrayList<>();
  private FakeRuntime fake;
  private ContainerRuntime runtime;

  @BeforeEach
  void start() {
    fake = new FakeRuntime(folder.resolve("cri.sock"));
    // The first call of all loads much, which a slow machine needs seconds for.
    runtime = at(fake.socket(), PATIENCE);
  }

  @AfterEach
  void end() {
    runtime.close();
    fake.close();
  }

  private ContainerRuntime at(Path socket, Duration patience) {
    return new ContainerRuntime(
        new RuntimeSocket(socket),
        "",
        (call, took, answered) -> told.add(new Told(call, answered)),
        patience);
  }

  @Test
  void theSandboxOfAPodIsFoundByItsUid() {
    fake.run(new Pod("shop", "db-0", "another-uid"), "/var/run/netns/cni-other");
    String id = fake.run(DB, "/var/run/netns/cni-1");

    Sandbox sandbox = runtime.sandboxOf(DB.uid()).orElseThrow();

    assertThat(sandbox.id()).isEqualTo(id);
    assertThat(sandbox.pod()).isEqualTo(DB);
    assertThat(sandbox.network()).isEqualTo(new Sandbox.Network.Own("/var/run/netns/cni-1"));
    assertThat(told).containsExactly(new Told(Call.LIST, true), new Told(Call.STATUS, true));
  }

  @Test
  void ofTwoThatAreReadyTheLaterCounts() {
    fake.run(DB, "/var/run/netns/cni-1");
    String later = fake.run(DB, "/var/run/netns/cni-2");

    assertThat(runtime.sandboxOf(DB.uid()).orElseThrow().id()).isEqualTo(later);
  }

  @Test
  void aSandboxThatHasEndedIsNone() {
    String id = fake.run(DB, "/var/run/netns/cni-1");
    Sandbox sandbox = runtime.sandboxOf(DB.uid()).orElseThrow();
    assertThat(runtime.isReady(sandbox)).isTrue();

    fake.end(id);

    assertThat(runtime.isReady(sandbox)).isFalse();
    assertThat(runtime.sandboxOf(DB.uid())).isEmpty();
    assertThat(runtime.sandbox(id)).isEmpty();
    assertThat(runtime.sandboxes()).isEmpty();

    fake.remove(id);

    assertThat(runtime.isReady(sandbox)).isFalse();
    assertThat(runtime.sandbox(id)).isEmpty();
  }

  @Test
  void aPodOfTheNodesNetworkIsToldFromOthers() {
    fake.runOnNode(DB);

    assertThat(runtime.sandboxOf(DB.uid()).orElseThrow().network())
        .isEqualTo(new Sandbox.Network.OfNode());
  }

  @Test
  void aSandboxWithoutASpecificationHasNotToldItsNamespace() {
    fake.run(DB, NamespaceMode.POD, "{\"pid\":0,\"runtimeSpec\":null}");

    assertThat(runtime.sandboxOf(DB.uid()).orElseThrow().network())
        .isEqualTo(new Sandbox.Network.Untold());
  }

  @Test
  void whatIsNoJsonIsSaid() {
    fake.run(DB, NamespaceMode.POD, "{\"runtimeSpec\":");

    assertThatExceptionOfType(CriException.class)
        .isThrownBy(() -> runtime.sandboxOf(DB.uid()))
        .withMessageContaining("no JSON");
  }

  @Test
  void itSaysWhoItIs() {
    assertThat(runtime.version()).isEqualTo(new ContainerRuntime.Version("fake", "v1.0"));
  }

  @Test
  void ofTwoRuntimesTheOneThatRunsTheOwnPodIsAsked() {
    Path first = folder.resolve("first.sock");
    RuntimeSocket usual = new RuntimeSocket(null, List.of(first, fake.socket()));
    Pod own = new Pod("netattach", "agent", "uid-of-the-agent");
    fake.run(own, "/var/run/netns/cni-agent");
    fake.run(DB, "/var/run/netns/cni-1");
    try (FakeRuntime other = new FakeRuntime(first);
        ContainerRuntime inPod = new ContainerRuntime(usual, own.uid(), (call, took, ok) -> {});
        ContainerRuntime hidden = new ContainerRuntime(usual, "untold", (call, took, ok) -> {});
        ContainerRuntime outside = new ContainerRuntime(usual, "", (call, took, ok) -> {})) {
      assertThat(inPod.sandboxOf(DB.uid())).isPresent();
      assertThat(inPod.where()).isEqualTo(fake.socket().toString());

      assertThat(hidden.sandboxes()).isEmpty();
      assertThat(hidden.where()).isEqualTo(other.socket().toString());
      assertThat(outside.sandboxes()).isEmpty();
      assertThat(outside.where()).isEqualTo(other.socket().toString());
    }
  }

  @Test
  void onceTheRuntimeOfTheOwnPodIsKnownNoOtherStandsInForIt() throws IOException {
    Path first = folder.resolve("first.sock");
    RuntimeSocket usual = new RuntimeSocket(null, List.of(first, fake.socket()));
    fake.run(DB, "/var/run/netns/cni-1");
    try (FakeRuntime other = new FakeRuntime(first);
        ContainerRuntime inPod = new ContainerRuntime(usual, DB.uid(), (call, took, ok) -> {})) {
      assertThat(inPod.sandboxes()).hasSize(1);

      fake.stop();
      Files.deleteIfExists(fake.socket());

      assertThat(inPod.isThere()).isTrue();
      for (int i = 0; i < 2; i++) {
        assertThatExceptionOfType(CriException.class).isThrownBy(inPod::sandboxes);
      }
      assertThat(other.statuses()).isZero();

      fake.start();

      await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(CriException.class)
          .until(() -> inPod.sandboxes().size() == 1);
    }
  }

  /**
   * It is looked for by one at a time, for a second: not by each who waits, one after the other.
   */
  @Test
  void whereTheRuntimeOfTheOwnPodHangsNobodyWaitsForTheOthers() throws Exception {
    fake.run(DB, "/var/run/netns/cni-1");
    RuntimeSocket usual = new RuntimeSocket(null, List.of(fake.socket()));
    Queue<Duration> waited = new ConcurrentLinkedQueue<>();
    try (ContainerRuntime inPod =
            new ContainerRuntime(usual, DB.uid(), (call, took, ok) -> waited.add(took));
        ExecutorService threads = Executors.newFixedThreadPool(10)) {
      assertThat(inPod.sandboxes()).hasSize(1);
      fake.stop();
      assertThatExceptionOfType(CriException.class).isThrownBy(inPod::sandboxes);
      fake.start();
      var release = fake.hold();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThatExceptionOfType(CriException.class)
                  .isThrownBy(inPod::sandboxes)
                  .withMessageContaining("runs the agent's pod does not answer"));
      waited.clear();

      List<Future<Boolean>> each =
          IntStream.range(0, 10).mapToObj(i -> threads.submit(() -> isAnswered(inPod))).toList();
      for (Future<Boolean> asked : each) {
        assertThat(asked.get()).isFalse();
      }
      release.countDown();

      assertThat(waited).allSatisfy(took -> assertThat(took).isLessThan(Duration.ofSeconds(6)));
    }
  }

  private static boolean isAnswered(ContainerRuntime runtime) {
    try {
      runtime.sandboxes();
      return true;
    } catch (CriException e) {
      return false;
    }
  }

  @Test
  void aSocketThatIsMissingIsNamedWithTheSetting() {
    Path missing = folder.resolve("none.sock");
    try (ContainerRuntime none = at(missing, PATIENCE)) {
      assertThatExceptionOfType(CriException.class)
          .isThrownBy(none::version)
          .withMessageContaining(missing.toString())
          .withMessageContaining("--runtime-socket");
    }
  }

  @Test
  void whereNobodyIsAskedNothingIsOpened() {
    try (ContainerRuntime idle = at(fake.socket(), PATIENCE)) {
      assertThat(idle.where()).isEqualTo(fake.socket().toString());
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .doesNotContain("netattach-runtime");
    }
  }

  /** By the file that it has left, too, at which nobody listens. */
  @Test
  void aRuntimeThatComesBackIsAskedAgain() throws IOException {
    fake.run(DB, "/var/run/netns/cni-1");
    assertThat(runtime.sandboxOf(DB.uid())).isPresent();

    fake.stop();
    leaveSocketFile(fake.socket());
    assertThatExceptionOfType(CriException.class)
        .isThrownBy(() -> runtime.sandboxOf(DB.uid()))
        .withMessageContaining("cannot be reached")
        .withMessageContaining(fake.socket().toString());

    fake.start();

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreException(CriException.class)
        .until(() -> runtime.sandboxOf(DB.uid()).isPresent());
  }

  private static void leaveSocketFile(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(socket));
    }
    assertThat(socket).exists();
  }

  @Test
  void aRuntimeThatHangsHoldsUpNobodyForLong() {
    try (ContainerRuntime hasty = at(fake.socket(), Duration.ofMillis(300))) {
      awaitAnswer(hasty);
      var release = fake.hold();

      assertThatExceptionOfType(CriException.class)
          .isThrownBy(hasty::version)
          .withMessageContaining("does not answer within 300 ms");
      int asked = told.size();
      assertThatExceptionOfType(CriException.class).isThrownBy(hasty::version);
      assertThat(told).as("it is not asked again at once").hasSize(asked);
      assertThat(told.getLast()).isEqualTo(new Told(Call.VERSION, false));

      release.countDown();
      awaitAnswer(hasty);
    }
  }

  private static void awaitAnswer(ContainerRuntime runtime) {
    await()
        .atMost(PATIENCE)
        .ignoreException(CriException.class)
        .until(() -> runtime.version().name().equals("fake"));
  }

  @Test
  void aRuntimeWithoutTheInterfaceIsToldSo() {
    fake.refuse(Status.UNIMPLEMENTED.withDescription("unknown service"));

    assertThatExceptionOfType(CriException.class)
        .isThrownBy(runtime::version)
        .withMessageContaining("disabled_plugins");
  }

  @Test
  void anErrorIsQuotedInOneLineOfBoundedLength() {
    fake.refuse(Status.INTERNAL.withDescription("out\nof " + "space".repeat(1_000)));

    assertThatExceptionOfType(CriException.class)
        .isThrownBy(runtime::version)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600).doesNotContain("\n"))
        .withMessageContaining("INTERNAL: out of space");
  }
}
