package io.netattach.netlink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class NetnsTest {
  private static final Path HERE = Path.of("/proc/thread-self/ns/net");

  private static String here() throws IOException {
    return Files.readSymbolicLink(HERE).toString();
  }

  @Test
  void aNewNamespaceHasOnlyLoAndItIsDown() {
    try (Netns netns = Netns.create()) {
      var links = Ip.in(netns).json("link show");
      assertThat(links).hasSize(1);
      assertThat(links.get(0).path("ifname").asText()).isEqualTo("lo");
      assertThat(links.get(0).path("flags").toString()).doesNotContain("\"UP\"");
    }
  }

  @Test
  void aNamespaceIsShownByTheInodeThatProcShows() throws IOException {
    try (Netns current = Netns.current()) {
      assertThat(current).hasToString(here());
      assertThat(current.identity().inode())
          .isEqualTo(Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino"));
    }
  }

  @Test
  void handlesAreEqualWhenTheyHoldTheSameNamespace() {
    try (Netns one = Netns.create();
        Netns other = Netns.create();
        Netns current = Netns.current();
        Netns again = Netns.current();
        Netns self = Netns.ofProcess(ProcessHandle.current().pid());
        Netns byPath = Netns.openPath(Path.of("/proc/self/ns/net"))) {
      assertThat(List.of(again, self, byPath)).allMatch(current::equals);
      assertThat(again).hasSameHashCodeAs(current);
      assertThat(again.identity()).isEqualTo(current.identity());
      assertThat(one).isNotEqualTo(other).isNotEqualTo(current);
      assertThat(one.identity().device()).isEqualTo(other.identity().device());
      assertThat(one.identity().inode()).isNotEqualTo(other.identity().inode());
      assertThat(one).isNotEqualTo("net:[" + one.identity().inode() + "]");
    }
  }

  @Test
  void theNamespaceOfAnotherProcessIsOpenedByItsPid() throws Exception {
    Process other = new ProcessBuilder("unshare", "-n", "cat").start();
    try {
      Path itsNamespace = Path.of("/proc/" + other.pid() + "/ns/net");
      await()
          .atMost(Heard.PATIENCE)
          .until(() -> !Files.readSymbolicLink(itsNamespace).toString().equals(here()));
      try (Netns netns = Netns.ofProcess(other.pid())) {
        assertThat(netns).hasToString(Files.readSymbolicLink(itsNamespace).toString());
        other.getOutputStream().close();
        other.waitFor();
        assertThat(Ip.in(netns).hasLink("lo")).as("lives on by the handle").isTrue();
      }
    } finally {
      other.destroy();
      other.waitFor();
    }
  }

  @Test
  void aProcessThatIsGoneHasNone() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> Netns.ofProcess(gone.pid()))
        .matches(e -> e.is(Errno.ENOENT));
    assertThatIllegalArgumentException().isThrownBy(() -> Netns.ofProcess(0));
    assertThatIllegalArgumentException().isThrownBy(() -> Netns.ofProcess(-1));
  }

  @Test
  void whatIsNoNetworkNamespaceIsNotOpened(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "text");
    Path fifo = folder.resolve("fifo");
    Ip.here().command("mkfifo " + fifo);
    for (Path path :
        List.of(file, fifo, folder, Path.of("/proc/self/ns/mnt"), Path.of("/dev/null"))) {
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> Netns.openPath(path))
          .withMessage("open " + path + ": it is not a network namespace")
          .matches(e -> e.errno().isEmpty());
    }
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> Netns.openPath(folder.resolve("none")))
        .withMessageContaining("ENOENT (No such file or directory)")
        .matches(e -> e.is(Errno.ENOENT));
  }

  @Test
  void closingTwiceClosesNobodyElsesDescriptor() {
    Netns first = Netns.create();
    first.close();
    // Takes the lowest number that is free: the one that was closed.
    try (Netns second = Netns.create()) {
      first.close();
      assertThat(Ip.in(second).hasLink("lo")).isTrue();
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> first.call(() -> "never"))
          .withMessageEndingWith("it is closed");
      assertThatExceptionOfType(NetlinkException.class).isThrownBy(() -> Rtnetlink.open(first));
    }
  }

  @Test
  void descriptorsAreNotInheritedByOtherPrograms() throws Exception {
    try (Netns netns = Netns.create();
        Rtnetlink open = Rtnetlink.open(netns)) {
      assertThat(open.links()).isNotEmpty();
      Path descriptors = Path.of("/proc/self/fd");
      try (var files = Files.list(descriptors)) {
        for (Path file : files.toList()) {
          String target = targetOf(file);
          if (target.startsWith("net:[")) {
            assertThat(flagsOf(file)).as(target).matches(flags -> (flags & Libc.O_CLOEXEC) != 0);
          }
        }
      }
      assertThat(Ip.here().command("ls -l /proc/self/fd")).doesNotContain("net:[", "socket:[");
    }
  }

  private static String targetOf(Path file) {
    try {
      return Files.readSymbolicLink(file).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static int flagsOf(Path descriptor) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/fdinfo", descriptor.getFileName().toString()))
        .stream()
        .filter(line -> line.startsWith("flags:"))
        .mapToInt(line -> Integer.parseInt(line.substring(6).strip(), 8))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aFunctionRunsInsideAndGivesItsResult() throws Exception {
    try (Netns netns = Netns.create()) {
      assertThat(netns.call(NetnsTest::here)).isEqualTo(netns.toString()).isNotEqualTo(here());
      assertThat(netns.<String>call(() -> Thread.currentThread().getName()))
          .startsWith("netattach-netns-");
    }
  }

  @Test
  void exceptionsComeBackAsTheyWereThrown() {
    IllegalStateException unchecked = new IllegalStateException("unchecked");
    IOException checked = new IOException("checked");
    AssertionError error = new AssertionError("error");
    try (Netns netns = Netns.create()) {
      assertThatThrownBy(() -> netns.call(() -> doThrow(unchecked))).isSameAs(unchecked);
      assertThatThrownBy(() -> netns.call(() -> doThrow(error))).isSameAs(error);
      assertThatThrownBy(() -> netns.call(() -> doThrow(checked)))
          .isInstanceOf(CompletionException.class)
          .hasCause(checked);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  private static String doThrow(Throwable what) throws Exception {
    switch (what) {
      case Error error -> throw error;
      case Exception exception -> throw exception;
      default -> throw new AssertionError(what);
    }
  }

  @Test
  void theThreadIsHomeAgainAfterEveryWayOut() throws Exception {
    String home = here();
    AtomicReference<Thread> inside = new AtomicReference<>();
    try (Netns netns = Netns.create();
        Netns homeNetns = Netns.current()) {
      for (Throwable way : List.of(new IOException("out"), new AssertionError("out"))) {
        assertThatThrownBy(() ->
            netns.call(() -> {
              inside.set(Thread.currentThread());
              return doThrow(way);
            }));
        assertThat(Path.of("/proc/self/task")).isDirectoryNotContaining(task -> isIn(task, netns));
      }
      assertThat(homeNetns.<String>call(NetnsTest::here)).isEqualTo(home);
    }
  }

  private static boolean isIn(Path task, Netns netns) {
    return targetOf(task.resolve("ns/net")).equals(netns.toString());
  }

  @Test
  void aCallWithinACallComesBackToTheFirst() throws Exception {
    try (Netns outer = Netns.create();
        Netns inner = Netns.create()) {
      List<String> stations =
          outer.call(() -> {
            List<String> seen = new ArrayList<>();
            seen.add(here());
            seen.add(inner.call(NetnsTest::here));
            seen.add(here());
            assertThatThrownBy(() -> inner.call(() -> doThrow(new IOException("inside"))))
                .hasRootCauseMessage("inside");
            seen.add(here());
            try (Netns made = Netns.create()) {
              assertThat(made).isNotEqualTo(outer).isNotEqualTo(inner);
              seen.add(here());
            }
            return seen;
          });
      String there = outer.toString();
      assertThat(stations).containsExactly(there, inner.toString(), there, there, there);
    }
  }

  @Test
  void aConnectionOpenedInsideStaysThere() {
    try (Netns netns = Netns.create();
        Rtnetlink inside = netns.call(Rtnetlink::open)) {
      Ip.in(netns).ip("link add only-inside type bridge");
      assertThat(inside.link(new InterfaceName("only-inside"))).isPresent();
    }
  }

  @Test
  void anInterruptedCallerWaitsAndStaysInterrupted() throws Exception {
    try (Netns netns = Netns.create()) {
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      AtomicBoolean jobInterrupted = new AtomicBoolean();
      AtomicBoolean callerInterrupted = new AtomicBoolean();
      AtomicReference<String> result = new AtomicReference<>();
      Thread caller =
          Thread.ofPlatform()
              .start(() -> {
                result.set(
                    netns.call(() -> {
                      inside.countDown();
                      goOn.await();
                      jobInterrupted.set(Thread.currentThread().isInterrupted());
                      return here();
                    }));
                callerInterrupted.set(Thread.currentThread().isInterrupted());
              });
      inside.await();
      caller.interrupt();
      await().pollDelay(50, TimeUnit.MILLISECONDS).until(caller::isAlive);
      goOn.countDown();
      caller.join();
      assertThat(result.get()).isEqualTo(netns.toString());
      assertThat(jobInterrupted).isFalse();
      assertThat(callerInterrupted).isTrue();
    }
  }

  @Test
  void manyVirtualThreadsWorkInTheirNamespacesAndLeaveNoCarrierThere() throws Exception {
    List<Netns> namespaces = new ArrayList<>();
    try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        namespaces.add(Netns.create());
      }
      String home = here();
      List<Future<String>> results = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        Netns netns = namespaces.get(i % namespaces.size());
        boolean fails = i % 5 == 0;
        results.add(
            virtual.submit(() -> {
              try {
                String there =
                    netns.call(() -> {
                      Thread.yield();
                      return fails ? doThrow(new IllegalStateException(here())) : here();
                    });
                return home.equals(here()) ? there : "came back to another namespace";
              } catch (IllegalStateException e) {
                return e.getMessage();
              }
            }));
      }
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get())
            .isEqualTo(namespaces.get(i % namespaces.size()).toString());
      }
    } finally {
      namespaces.forEach(Netns::close);
    }
  }

  @Test
  void aNamespaceDiesWithItsLastHandle() {
    try (Netns node = Netns.create();
        Rtnetlink kernel = Rtnetlink.open(node)) {
      Netns other = Netns.create();
      kernel.execute(
          new Veth(
                  Veth.End.of(new InterfaceName("here")),
                  new Veth.End(0, new InterfaceName("there"), null, 0, other))
              .request());
      other.close();
      await().atMost(Heard.PATIENCE).until(() -> kernel.link(new InterfaceName("here")).isEmpty());
    }
  }

  @Test
  void withoutPrivilegeTheOwnNamespaceIsReadAndTheKernelsAnswerToldOfOthers() throws Exception {
    Process process =
        new ProcessBuilder(
                "setpriv",
                "--bounding-set=-sys_admin",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WithoutPrivilege.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(Heard.PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .as("it ended")
          .isTrue();
      assertThat(new String(process.getInputStream().readAllBytes(), UTF_8))
          .contains("read lo", "hears true", "forwards ")
          .contains("namespace: EPERM (Operation not permitted)");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void othersOpenItByItsPathWhileItIsOpen() {
    Netns netns = Netns.create();
    Path path = netns.path();
    try (Netns again = Netns.openPath(path)) {
      assertThat(again).isEqualTo(netns);
    }
    assertThat(Ip.here().command("nsenter --net=" + path + " ip -o link").lines())
        .as("lo of a new namespace only")
        .hasSize(1);
    netns.close();
    assertThatExceptionOfType(NetlinkException.class).isThrownBy(netns::path);
  }
}
