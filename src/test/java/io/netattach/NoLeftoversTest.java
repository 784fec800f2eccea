package io.netattach;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Rtnetlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The watchman himself: what he would not see, no other test would fail for. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class NoLeftoversTest {
  private List<String> before = List.of();

  @BeforeEach
  void look() {
    before = List.of(NoLeftovers.inventory());
  }

  private List<String> left() {
    List<String> left = new ArrayList<>(List.of(NoLeftovers.inventory()));
    before.forEach(left::remove);
    return left;
  }

  @Test
  void anOpenNamespaceIsSeen() {
    try (Netns netns = Netns.create()) {
      assertThat(left()).singleElement().asString().contains("descriptor", netns.toString());
    }
    assertThat(left()).isEmpty();
  }

  @Test
  void anOpenConnectionIsSeen() {
    try (Rtnetlink open = Rtnetlink.open()) {
      assertThat(open.links()).isNotEmpty();
      assertThat(left()).singleElement().asString().contains("descriptor", "socket:[");
    }
    assertThat(left()).isEmpty();
  }

  @Test
  void aNamedNamespaceIsSeenAsFileAndAsMount() {
    NetnsName name = new NetnsName("left");
    NetnsDirectory.system().create(name).close();
    assertThat(left())
        .anyMatch(what -> what.startsWith("file /run/netns/left"))
        .anyMatch(what -> what.startsWith("mount /run/netns/left"));
    NetnsDirectory.system().delete(name);
    assertThat(left()).isEmpty();
  }

  @Test
  void aLinkIsSeen() {
    Ip.here().ip("link add left type bridge");
    assertThat(left()).containsExactly("link left");
    Ip.here().ip("link delete left");
    assertThat(left()).isEmpty();
  }

  @Test
  void aThreadInAnotherNamespaceIsSeen() throws InterruptedException {
    CountDownLatch end = new CountDownLatch(1);
    try (Netns netns = Netns.create()) {
      Thread born =
          netns.call(() -> {
            Thread thread =
                new Thread(
                    () -> {
                      try {
                        end.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    },
                    "abroad");
            thread.start();
            return thread;
          });
      try {
        assertThat(NoLeftovers.threadsAbroad()).singleElement().asString().endsWith(" in " + netns);
      } finally {
        end.countDown();
        born.join();
      }
    }
  }

  @Test
  void theOracleLooksIntoTheNamespaceItIsGiven() throws IOException {
    try (Netns netns = Netns.create()) {
      Ip.in(netns).ip("link add inside type bridge");
      assertThat(Ip.in(netns).link("inside").path("ifname").asText()).isEqualTo("inside");
      assertThat(Ip.in(netns).command("readlink /proc/self/ns/net").strip())
          .isEqualTo(netns.toString())
          .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
    }
  }
}
