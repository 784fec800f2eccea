package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.netattach.cri.ContainerRuntime;
import io.netattach.cri.FakeRuntime;
import io.netattach.cri.Pod;
import io.netattach.cri.RuntimeSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxWatchTest {
  private static final Pod DB = new Pod("shop", "db-0", "uid-of-db-0");
  private static final ResourceID ATTACHMENT = new ResourceID("db", "shop");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private @TempDir Path folder;

  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  /** When the runtime gave its last list. */
  private volatile long listed;

  /**
   * That it was asked, after a list had come and before now, as {@link System#nanoTime} was. In
   * between, a thread may have to wait.
   */
  private record Asked(long listed, long now) {}

  private FakeRuntime fake;
  private ContainerRuntime runtime;
  private SandboxWatch watch;

  @BeforeEach
  void start() {
    fake = new FakeRuntime(folder.resolve("cri.sock"));
    runtime =
        new ContainerRuntime(
            new RuntimeSocket(fake.socket()),
            "",
            (call, took, answered) -> listed = System.nanoTime());
    watch = new SandboxWatch(runtime, this::askedInVain);
  }

  @AfterEach
  void end() {
    runtime.close();
    fake.close();
  }

  /** As an attachment whose pod is on the list, and yet cannot be attached to. */
  private void askedInVain(ResourceID attachment) {
    asked(attachment);
    watch.await("uid", attachment, DB.uid());
  }

  private void asked(ResourceID attachment) {
    asked.add(new Asked(listed, System.nanoTime()));
  }

  @Test
  void whatIsFoundInVainIsAskedForNowAndThenAndToldInTheEnd() {
    fake.run(DB, "/var/run/netns/cni-1");
    watch.await("uid", ATTACHMENT, DB.uid());
    assertThat(watch.hush("uid")).isPositive();

    await().atMost(PATIENCE).until(() -> watch.hush("uid").isZero() && asked.size() > 1);

    assertThat(watch.size()).as("it still waits").isEqualTo(1);
    for (int i = 1; i < asked.size(); i++) {
      assertThat(asked.get(i).now() - asked.get(i - 1).listed())
          .isGreaterThanOrEqualTo(SandboxWatch.AGAIN.toNanos());
    }
    watch.forget("uid");
    assertThat(watch.size()).isZero();
  }

  @Test
  void aReviewAsksOnceForWhatHasLostItsSandboxAndForNothingElse() {
    String sandbox = fake.run(DB, "/var/run/netns/cni-1");
    watch = new SandboxWatch(runtime, this::asked);
    watch.found("uid", ATTACHMENT, sandbox);
    watch.found("forgotten", ATTACHMENT, "lost");
    watch.forget("forgotten");
    watch.review();
    await().atMost(PATIENCE).until(() -> fake.lists() == 1);
    await().during(SandboxWatch.INTERVAL.multipliedBy(3)).until(asked::isEmpty);

    fake.end(sandbox);
    await().during(SandboxWatch.INTERVAL.multipliedBy(3)).until(asked::isEmpty);
    watch.review();

    await().atMost(PATIENCE).until(() -> asked.size() == 1);
    watch.review();
    await().during(SandboxWatch.INTERVAL.multipliedBy(3)).until(() -> asked.size() == 1);
  }
}
