package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Each key by one thread at a time, and nothing that was asked for is forgotten. */
class KeyedQueueTest {

  @Test
  void whatIsAskedForDuringALookIsLookedAtAgainOnce() throws InterruptedException {
    BlockingQueue<String> looks = new LinkedBlockingQueue<>();
    CountDownLatch goOn = new CountDownLatch(1);
    try (var queue =
        new KeyedQueue<String>(
            "test",
            2,
            key -> {
              looks.add(key);
              awaitLatch(goOn);
            })) {
      queue.add("a");
      assertThat(looks.poll(60, TimeUnit.SECONDS)).isEqualTo("a");
      queue.add("a");
      queue.add("a");
      assertThat(queue.length()).isEqualTo(1);
      goOn.countDown();

      assertThat(looks.poll(60, TimeUnit.SECONDS)).isEqualTo("a");
      await().atMost(Duration.ofSeconds(60)).until(() -> queue.length() == 0);
      queue.add("b");
      assertThat(looks.poll(60, TimeUnit.SECONDS)).isEqualTo("b");
      assertThat(looks).isEmpty();
    }
  }

  @Test
  void noKeyIsLookedAtByTwoAtOnceAndNoneIsForgotten() {
    Map<Integer, Integer> asked = new ConcurrentHashMap<>();
    Map<Integer, Integer> seen = new ConcurrentHashMap<>();
    Map<Integer, Boolean> busy = new ConcurrentHashMap<>();
    AtomicInteger twice = new AtomicInteger();
    try (var queue =
        new KeyedQueue<Integer>(
            "test",
            4,
            key -> {
              if (busy.put(key, true) != null) {
                twice.incrementAndGet();
              }
              seen.put(key, asked.getOrDefault(key, 0));
              busy.remove(key);
            })) {
      for (int round = 1; round <= 2_000; round++) {
        int key = round % 7;
        asked.put(key, round);
        queue.add(key);
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> seen.equals(asked));
    }
    assertThat(twice).hasValue(0);
  }

  @Test
  void whatIsToComeLaterComesLater() throws InterruptedException {
    BlockingQueue<String> looks = new LinkedBlockingQueue<>();
    try (var queue = new KeyedQueue<String>("test", 1, looks::add)) {
      long start = System.nanoTime();
      queue.addAfter("a", Duration.ofMillis(50));

      assertThat(looks.poll(60, TimeUnit.SECONDS)).isEqualTo("a");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(Duration.ofMillis(50));
    }
  }

  /** Else what fails for long would be looked at ever more often. */
  @Test
  void ofSeveralForLaterTheFirstCounts() throws InterruptedException {
    BlockingQueue<String> looks = new LinkedBlockingQueue<>();
    try (var queue = new KeyedQueue<String>("test", 1, looks::add)) {
      queue.addAfter("a", Duration.ofHours(1));
      queue.addAfter("a", Duration.ofMillis(100));
      queue.addAfter("a", Duration.ofMillis(120));
      assertThat(looks.poll(60, TimeUnit.SECONDS)).isEqualTo("a");
      queue.addAfter("b", Duration.ofMillis(150));
      assertThat(looks.poll(60, TimeUnit.SECONDS)).isEqualTo("b");
      assertThat(looks).isEmpty();
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
