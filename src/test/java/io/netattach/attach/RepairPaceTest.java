package io.netattach.attach;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RepairPaceTest {
  private Instant now = Instant.EPOCH;
  private final RepairPace pace = new RepairPace(() -> now);

  private void after(Duration time) {
    now = now.plus(time);
  }

  private void repaired(Object what, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(pace.repaired("a", what)).isZero();
    }
  }

  @Test
  void aFewRepairsOfTheSameNeverWait() {
    repaired("mtu", RepairPace.SAME - 1);

    assertThat(pace.untilQuiet("a")).isNull();
  }

  @Test
  void manyOfTheSameWithinAMinuteWaitEverLonger() {
    repaired("mtu", RepairPace.SAME - 1);

    assertThat(pace.repaired("a", "mtu")).isEqualTo(Duration.ofSeconds(1));
    assertThat(pace.repaired("a", "mtu")).isEqualTo(Duration.ofSeconds(2));
    assertThat(pace.repaired("a", "something else")).isEqualTo(Duration.ofSeconds(4));
    for (int i = 0; i < 20; i++) {
      pace.repaired("a", "mtu");
    }
    assertThat(pace.repaired("a", "mtu")).isEqualTo(RepairPace.LONGEST_DELAY);
    assertThat(pace.repaired("b", "mtu")).as("another attachment").isZero();
  }

  @Test
  void theSameOnceInAWhileIsNoFight() {
    for (int i = 0; i < 50; i++) {
      repaired("mtu", 1);
      after(Duration.ofSeconds(13));
    }
  }

  @Test
  void whatIsDifferentEachTimeIsNoFightUnlessItIsVeryMuch() {
    for (int i = 1; i < RepairPace.ANY; i++) {
      repaired(i, 1);
    }

    assertThat(pace.repaired("a", 0)).isEqualTo(RepairPace.FIRST_DELAY);
  }

  @Test
  void afterAMinuteWithoutRepairsThereIsPeace() {
    repaired("mtu", RepairPace.SAME - 1);
    pace.repaired("a", "mtu");
    after(Duration.ofSeconds(59));
    assertThat(pace.untilQuiet("a")).isEqualTo(Duration.ofSeconds(1));
    after(Duration.ofSeconds(1));

    assertThat(pace.untilQuiet("a")).isNull();
    repaired("mtu", RepairPace.SAME - 1);
  }

  @Test
  void aRepairThatHadToWaitForLongNeedsLongerPeace() {
    repaired("mtu", RepairPace.SAME - 1);
    for (int i = 0; i < 7; i++) {
      after(pace.repaired("a", "mtu"));
    }
    after(Duration.ofSeconds(10));
    assertThat(pace.untilQuiet("a")).isEqualTo(Duration.ofSeconds(50));
    assertThat(pace.repaired("a", "mtu")).isEqualTo(RepairPace.LONGEST_DELAY);
  }

  @Test
  void whatIsForgottenBeginsAnew() {
    repaired("mtu", RepairPace.SAME - 1);
    pace.repaired("a", "mtu");
    pace.forget("a");

    assertThat(pace.untilQuiet("a")).isNull();
    repaired("mtu", RepairPace.SAME - 1);
  }
}
