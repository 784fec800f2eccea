package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
  private long nanos = Long.MAX_VALUE - 5;
  private final Pace pace = new Pace(Duration.ofSeconds(1), () -> nanos);

  @Test
  void theFirstCallIsAtOnceAndTheNextOneASecondLater() {
    Pace.Next state = pace.initState();

    assertThat(pace.isLimited(state)).isEmpty();
    nanos += 400_000_000;
    assertThat(pace.isLimited(state)).contains(Duration.ofMillis(600));
    nanos += 600_000_000;
    assertThat(pace.isLimited(state)).isEmpty();
    assertThat(pace.isLimited(state)).contains(Duration.ofSeconds(1));
  }

  @Test
  void objectsDoNotWaitForEachOther() {
    assertThat(pace.isLimited(pace.initState())).isEmpty();
    assertThat(pace.isLimited(pace.initState())).isEmpty();
  }
}
