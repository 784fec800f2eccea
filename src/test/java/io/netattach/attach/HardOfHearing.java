package io.netattach.attach;

import static io.netattach.attach.Attachments.attachment;
import static io.netattach.attach.DriftWatch.Source.LINKS;
import static io.netattach.attach.DriftWatch.Source.NAMES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A process that keeps an attachment while it cannot hear half of what changes, for {@link
 * HearingTest}. It is in a user namespace of its own, whose limits are nobody else's.
 */
final class HardOfHearing {
  private static final Attachments LINK =
      attachment("a").hostName("veth-a").addresses("10.10.0.2/24");

  private static final Path INSTANCES = Path.of("/proc/sys/user/max_inotify_instances");
  private static final Path WATCHES = Path.of("/proc/sys/user/max_inotify_watches");

  private static final List<String> said = new CopyOnWriteArrayList<>();

  private HardOfHearing() {}

  /** {@code LINKS|NAMES}: what it does not hear. */
  public static void main(String[] arguments) throws IOException {
    DriftWatch.Source unheard = DriftWatch.Source.valueOf(arguments[0]);
    if (unheard == NAMES) {
      Files.writeString(INSTANCES, "0");
    }
    try (TestNode node = new TestNode();
        DriftWatch watch =
            new DriftWatch(
                node.netns, one -> node.attach(LINK), said::add, 1 << 20, Duration.ofMillis(200))) {
      watch.watch(LINK.get());
      node.attach(LINK);
      switch (unheard) {
        case LINKS -> withoutLinks(node, watch);
        case NAMES -> withoutNames(node, watch);
      }
    }
  }

  private static void withoutLinks(TestNode node, DriftWatch watch) {
    assertThat(watch.hears(LINKS)).isFalse();
    assertThat(watch.hears(NAMES)).isTrue();
    assertThat(said)
        .singleElement()
        .asString()
        .contains("links", "EPERM", "CAP_NET_ADMIN and CAP_NET_BROADCAST");

    aNameThatGoesIsMissed(node);
    assertThat(said).as("it is said once").hasSize(1);
  }

  private static void withoutNames(TestNode node, DriftWatch watch) throws IOException {
    assertThat(watch.hears(LINKS)).isTrue();
    assertThat(watch.hears(NAMES)).isFalse();
    assertThat(said)
        .singleElement()
        .asString()
        .contains("names", "EMFILE", "fs.inotify.max_user_instances")
        .doesNotContain("CAP_");

    node.ip("link delete veth-a");
    awaitAttached(node);
    aNameThatGoesIsMissed(node);
    assertThat(said).as("it is said once").hasSize(1);

    Files.writeString(INSTANCES, "128");
    await().atMost(TestNode.PATIENCE).untilAsserted(() -> assertThat(watch.hears(NAMES)).isTrue());
    assertThat(said).hasSize(2).last().asString().contains("heard again");

    // Another folder in its place, which it cannot watch, ends it.
    Files.writeString(WATCHES, "0");
    node.shell("mount -t tmpfs tmpfs /run/netns");
    await()
        .atMost(TestNode.PATIENCE)
        .untilAsserted(() -> assertThat(said).anyMatch(HardOfHearing::isAboutWatches));
    assertThat(watch.hears(NAMES)).isFalse();
    Files.writeString(WATCHES, "128");
    await().atMost(TestNode.PATIENCE).untilAsserted(() -> assertThat(watch.hears(NAMES)).isTrue());
    assertThat(watch.isTelling()).isTrue();
  }

  private static boolean isAboutWatches(String line) {
    return line.contains("ENOSPC") && line.contains("fs.inotify.max_user_watches");
  }

  /** The namespace lives on, so the kernel says nothing of it by netlink. */
  private static void aNameThatGoesIsMissed(TestNode node) {
    try (Netns held = Netns.open(new NetnsName("blue"))) {
      node.shell("umount -l /run/netns/blue");
      awaitAttached(node);
      try (Netns anew = Netns.open(new NetnsName("blue"))) {
        assertThat(anew).isNotEqualTo(held);
      }
    }
  }

  private static void awaitAttached(TestNode node) {
    await().atMost(TestNode.PATIENCE).ignoreExceptions().until(() -> node.plan(LINK).isEmpty());
  }
}
