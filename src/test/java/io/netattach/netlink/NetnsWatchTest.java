package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What of the names of namespaces is heard; {@code ip netns} makes and deletes them. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class NetnsWatchTest {
  private static final NetnsWatch.Event BLUE = new NetnsWatch.Event.Name(new NetnsName("blue"));

  private final List<NetnsWatch.Event> heard = new CopyOnWriteArrayList<>();
  private final List<Throwable> errors = new CopyOnWriteArrayList<>();

  private void awaitHeard(NetnsWatch.Event event) {
    await().atMost(Heard.PATIENCE).untilAsserted(() -> assertThat(heard).contains(event));
  }

  @Test
  void namesAndMountsAreHeard() {
    Ip.here().ip("netns add first");
    try (NetnsWatch watch = NetnsWatch.open(heard::add, errors::add)) {
      Ip.here().ip("netns add blue");
      awaitHeard(BLUE);
      awaitHeard(new NetnsWatch.Event.Mounts());
      heard.clear();

      Ip.here().ip("netns delete blue");
      awaitHeard(BLUE);
      assertThat(watch).isNotNull();
    } finally {
      Ip.here().ip("netns delete first");
    }
    assertThat(errors).isEmpty();
  }

  @Test
  void aFolderThatComesLaterIsFollowed(@TempDir Path parent) throws IOException {
    Path folder = parent.resolve("netns");
    try (NetnsWatch watch = NetnsWatch.open(folder, heard::add, errors::add)) {
      Files.createFile(parent.resolve("blue"));
      Files.createDirectory(folder);
      awaitHeard(new NetnsWatch.Event.Resync());
      assertThat(heard).doesNotContain(BLUE);
      Files.createFile(folder.resolve("blue"));
      awaitHeard(BLUE);
      heard.clear();

      Files.delete(folder.resolve("blue"));
      Files.delete(folder);
      awaitHeard(new NetnsWatch.Event.Resync());
      assertThat(watch).isNotNull();
    }
    assertThat(errors).isEmpty();
  }

  @Test
  void whatTheListenerThrowsIsAnErrorAndItGoesOn(@TempDir Path folder) throws IOException {
    RuntimeException thrown = new IllegalStateException("no");
    try (NetnsWatch watch =
        NetnsWatch.open(
            folder,
            event -> {
              heard.add(event);
              throw thrown;
            },
            errors::add)) {
      Files.createFile(folder.resolve("blue"));
      await().atMost(Heard.PATIENCE).until(() -> errors.contains(thrown));
      heard.clear();
      Files.delete(folder.resolve("blue"));
      awaitHeard(BLUE);
      watch.close();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("netattach-netns-watch");
  }
}
