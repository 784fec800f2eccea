package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class NetnsDirectoryTest {
  private static final Path FOLDER = Path.of("/run/netns");
  private static final NetnsName BLUE = new NetnsName("blue");
  private static final NetnsName RED = new NetnsName("red");

  private final NetnsDirectory directory = NetnsDirectory.system();
  private final Ip ip = Ip.here();

  @AfterEach
  void clear() throws IOException {
    directory.delete(BLUE);
    directory.delete(RED);
    try (var files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  private static List<String> mounts(Path on) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.split(" ", -1)[4].equals(on.toString()))
        .toList();
  }

  private static List<String> files() throws IOException {
    try (var files = Files.list(FOLDER)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatIsMadeHereIsIpNetnssToo() throws Exception {
    try (Netns netns = directory.create(BLUE)) {
      assertThat(ip.ip("netns list").strip()).isEqualTo("blue");
      ip.ip("netns exec blue true");
      assertThat(ip.ip("netns exec blue readlink /proc/self/ns/net").strip())
          .isEqualTo(netns.toString());
      ip.ip("netns delete blue");
      assertThat(directory.entry(BLUE)).isInstanceOf(NetnsDirectory.Entry.Absent.class);
      assertThat(directory.delete(BLUE)).isFalse();
    }
  }

  @Test
  void whatIpNetnsMakesIsOpenedAndDeletedHere() throws Exception {
    ip.ip("netns add blue");
    try (Netns netns = directory.open(BLUE);
        Netns same = Netns.open(BLUE)) {
      assertThat(netns).isEqualTo(same);
      assertThat(ip.ip("netns exec blue readlink /proc/self/ns/net").strip())
          .isEqualTo(netns.toString());
    }
    assertThat(directory.delete(BLUE)).isTrue();
    assertThat(ip.ip("netns list")).isBlank();
    assertThat(files()).isEmpty();
  }

  @Test
  void theFolderIsASharedMount() throws Exception {
    directory.create(BLUE).close();
    assertThat(mounts(FOLDER)).singleElement().asString().contains(" shared:");
    assertThat(mounts(FOLDER.resolve("blue"))).singleElement().asString().contains(" nsfs ");
    directory.create(RED).close();
    assertThat(mounts(FOLDER)).as("mounted once").hasSize(1);
    ip.ip("netns delete red");
  }

  @Test
  void aTakenNameIsToldAndNothingIsChanged() throws Exception {
    try (Netns first = directory.create(BLUE, "marker of the first\n", netns -> {})) {
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> directory.create(BLUE, "marker of the second\n", netns -> {}))
          .withMessage("make /run/netns/blue: EEXIST (File exists)")
          .matches(e -> e.is(Errno.EEXIST));
      try (Netns still = directory.open(BLUE)) {
        assertThat(still).isEqualTo(first);
      }
      assertThat(files()).containsExactly("blue");
      assertThat(mounts(FOLDER.resolve("blue"))).hasSize(1);
    }
  }

  @Test
  void anyFileMakesANameTakenAndStaysAsItIs() throws Exception {
    directory.create(RED).close();
    Path file = Files.writeString(FOLDER.resolve("blue"), "somebody's");
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> directory.create(BLUE))
        .matches(e -> e.is(Errno.EEXIST));
    assertThat(file).hasContent("somebody's");
    Files.delete(file);
    Files.createSymbolicLink(file, Path.of("/nowhere"));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> directory.create(BLUE))
        .matches(e -> e.is(Errno.EEXIST));
    assertThat(files()).containsExactly("blue", "red");
  }

  @Test
  void aPreparationThatFailsLeavesNothing() throws Exception {
    directory.create(RED).close();
    IllegalStateException failure = new IllegalStateException("not now");
    assertThatThrownBy(() ->
            directory.create(
                BLUE,
                "marker",
                netns -> {
                  throw failure;
                }))
        .isSameAs(failure);
    assertThat(files()).containsExactly("red");
  }

  @Test
  void whatIsPreparedIsThereAtOnce() {
    try (Netns netns =
        directory.create(
            BLUE,
            "",
            prepared -> {
              assertThat(directory.entry(BLUE)).isInstanceOf(NetnsDirectory.Entry.Absent.class);
              Ip.in(prepared).ip("link set lo alias mine");
            })) {
      assertThat(Ip.in(netns).link("lo").path("ifalias").asText()).isEqualTo("mine");
    }
  }

  @Test
  void theMarkerIsInTheFileUnderTheMount() throws Exception {
    directory.create(BLUE, "made by a test\n", netns -> {}).close();
    ip.command("umount /run/netns/blue");
    assertThat(directory.entry(BLUE))
        .isEqualTo(new NetnsDirectory.Entry.MountPoint("made by a test\n"));
    assertThat(Files.getPosixFilePermissions(FOLDER.resolve("blue"))).hasSize(3);
  }

  @Test
  void everythingUnderANameIsToldApart() throws Exception {
    directory.create(RED).close();
    Path file = FOLDER.resolve("blue");

    assertThat(directory.entry(BLUE)).isEqualTo(new NetnsDirectory.Entry.Absent());
    assertOpenFails("ENOENT");

    Files.writeString(file, "x".repeat(5000));
    assertThat(directory.entry(BLUE))
        .isEqualTo(new NetnsDirectory.Entry.MountPoint("x".repeat(4096)));
    assertOpenFails("it is a file, no namespace is mounted on it");
    Files.delete(file);

    for (Path target : List.of(Path.of("red"), Path.of("/nowhere"), Path.of("/proc/self/ns/net"))) {
      Files.createSymbolicLink(file, target);
      assertThat(directory.entry(BLUE)).isEqualTo(new NetnsDirectory.Entry.SymbolicLink());
      assertOpenFails("it is a symbolic link");
      Files.delete(file);
    }

    Files.createDirectory(file);
    assertThat(directory.entry(BLUE)).isEqualTo(new NetnsDirectory.Entry.Other("a folder"));
    assertOpenFails("it is a folder");
    Files.delete(file);

    ip.command("mkfifo " + file);
    assertThat(directory.entry(BLUE))
        .isEqualTo(new NetnsDirectory.Entry.Other("a device, socket or pipe"));
    assertOpenFails("it is a device, socket or pipe");
    Files.delete(file);

    Files.createFile(file);
    ip.command("mount --bind /proc/self/ns/uts " + file);
    assertThat(directory.entry(BLUE)).isNotInstanceOf(NetnsDirectory.Entry.Mounted.class);
    assertThat(directory.list()).containsExactly(RED);
  }

  private void assertOpenFails(String why) {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> directory.open(BLUE))
        .withMessageContaining("open /run/netns/blue: ")
        .withMessageContaining(why);
  }

  @Test
  void theListIsSortedAndPassesOverWhatIsNoNamespace() throws Exception {
    directory.create(RED).close();
    directory.create(BLUE).close();
    Files.createFile(FOLDER.resolve("amber"));
    Files.createFile(FOLDER.resolve(".hidden"));
    Files.createFile(FOLDER.resolve("with space"));
    Files.createDirectory(FOLDER.resolve("folder"));
    Files.createSymbolicLink(FOLDER.resolve("link"), Path.of("red"));
    assertThat(directory.list()).containsExactly(BLUE, RED);
    assertThat(directory.files().stream().map(NetnsName::value))
        .containsExactly("amber", "blue", "folder", "link", "red");
  }

  @Test
  void deletingWhatIsGoneIsTold() throws Exception {
    directory.create(BLUE).close();
    assertThat(directory.delete(BLUE)).isTrue();
    assertThat(directory.delete(BLUE)).isFalse();
    assertThat(mounts(FOLDER.resolve("blue"))).isEmpty();
  }

  @Test
  void deletingTakesAwayMountsThatLieOverEachOther() throws Exception {
    directory.create(BLUE).close();
    for (int i = 0; i < 3; i++) {
      ip.command("mount --bind /proc/self/ns/net /run/netns/blue");
    }
    assertThat(mounts(FOLDER.resolve("blue"))).hasSize(4);
    assertThat(directory.delete(BLUE)).isTrue();
    assertThat(mounts(FOLDER.resolve("blue"))).isEmpty();
    assertThat(files()).isEmpty();
  }

  @Test
  void deletingASymbolicLinkLeavesWhatItPointsAt() throws Exception {
    try (Netns red = directory.create(RED)) {
      Files.createSymbolicLink(FOLDER.resolve("blue"), Path.of("red"));
      assertThat(directory.delete(BLUE)).isTrue();
      assertThat(files()).containsExactly("red");
      try (Netns still = directory.open(RED)) {
        assertThat(still).isEqualTo(red);
      }
    }
  }

  @Test
  void aNamespaceInUseLivesOnWithoutItsName() {
    try (Netns netns = directory.create(BLUE)) {
      directory.delete(BLUE);
      assertThat(Ip.in(netns).hasLink("lo")).isTrue();
    }
  }

  @Test
  void ofManyWhoMakeTheSameNameOneWins() throws Exception {
    int threads = 8;
    CyclicBarrier together = new CyclicBarrier(threads);
    List<Future<Netns>> results = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        String marker = "marker " + i;
        results.add(
            executor.submit(() -> {
              together.await();
              return directory.create(BLUE, marker, netns -> {});
            }));
      }
    }
    List<Netns> winners = new ArrayList<>();
    for (Future<Netns> result : results) {
      switch (result.state()) {
        case SUCCESS -> winners.add(result.resultNow());
        default ->
            assertThat(result.exceptionNow())
                .isInstanceOfSatisfying(
                    NetlinkException.class, e -> assertThat(e.is(Errno.EEXIST)).isTrue());
      }
    }
    assertThat(winners).hasSize(1);
    try (Netns winner = winners.getFirst();
        Netns there = directory.open(BLUE)) {
      assertThat(there).isEqualTo(winner);
    }
    assertThat(mounts(FOLDER.resolve("blue"))).hasSize(1);
    assertThat(files()).containsExactly("blue");
  }

  @Test
  void makingAndDeletingAtOnceNeverLeavesHalf() throws Exception {
    directory.create(RED).close();
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      List<Future<?>> work = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        boolean makes = i % 2 == 0;
        work.add(
            executor.submit(() -> {
              for (int round = 0; round < 25; round++) {
                if (makes) {
                  try {
                    directory.create(BLUE).close();
                  } catch (NetlinkException e) {
                    assertThat(e.is(Errno.EEXIST)).as(e.getMessage()).isTrue();
                  }
                } else {
                  directory.delete(BLUE);
                }
              }
            }));
      }
      for (Future<?> each : work) {
        each.get();
      }
    }
    directory.delete(BLUE);
    assertThat(files()).containsExactly("red");
    assertThat(mounts(FOLDER.resolve("blue"))).isEmpty();
  }

  @Test
  void whatAnEarlierProcessDidNotFinishIsRemoved() throws Exception {
    directory.create(RED).close();
    Files.writeString(FOLDER.resolve(".netattach-0123456789abcdef"), "left by a kill");
    Files.createFile(FOLDER.resolve(".somebody-else"));
    new NetnsDirectory(FOLDER).create(BLUE).close();
    assertThat(files()).containsExactly(".somebody-else", "blue", "red");
  }

  @Test
  void aFolderThatWasTakenAwayIsMadeAgain() throws Exception {
    directory.create(RED).close();
    directory.delete(RED);
    ip.command("umount -R /run/netns");
    Files.delete(FOLDER);
    assertThat(directory.list()).isEmpty();
    assertThat(directory.delete(BLUE)).isFalse();
    directory.create(BLUE).close();
    assertThat(ip.ip("netns list").strip()).isEqualTo("blue");
    assertThat(mounts(FOLDER)).singleElement().asString().contains(" shared:");
  }
}
