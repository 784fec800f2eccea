package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.netattach.kube.AgentLease;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgentHeartbeatsTest {
  private static final List<String> N1 = List.of("n1");

  private long seconds = 1_000;
  private final AgentHeartbeats heartbeats =
      new AgentHeartbeats(
          Duration.ofSeconds(60), Duration.ofSeconds(5), () -> seconds * 1_000_000_000);

  private static Lease lease(String renewed) {
    return new LeaseBuilder()
        .withNewMetadata()
        .withName(AgentLease.name("n1"))
        .endMetadata()
        .withNewSpec()
        .withHolderIdentity("agent-x")
        .withRenewTime(ZonedDateTime.parse(renewed))
        .endSpec()
        .build();
  }

  private void look(int times, Lease... leases) {
    for (int i = 0; i < times; i++) {
      seconds += 5;
      heartbeats.look(List.of(leases), N1);
    }
  }

  @Test
  void aLeaseThatDoesNotChangeIsSilenceWhateverTimeItTells() {
    Lease inTheFuture = lease("2099-01-01T00:00:00Z");

    look(13, inTheFuture);
    assertThat(heartbeats.silence("n1")).isEmpty();
    assertThat(heartbeats.isHeard("n1")).isTrue();

    look(1, inTheFuture);
    assertThat(heartbeats.silence("n1"))
        .contains(new AgentHeartbeats.Silence(ZonedDateTime.parse("2099-01-01T00:00:00Z")));
    assertThat(heartbeats.isHeard("n1")).isFalse();
  }

  @Test
  void aLeaseThatChangesIsHeardWhateverTimeItTells() {
    for (int i = 0; i < 30; i++) {
      look(1, lease("1999-01-01T00:00:" + (10 + i) + "Z"));
    }

    assertThat(heartbeats.silence("n1")).isEmpty();
    assertThat(heartbeats.isHeard("n1")).isTrue();
  }

  @Test
  void aNodeWithoutALeaseHasTimeToGetOne() {
    look(13);
    assertThat(heartbeats.silence("n1")).isEmpty();
    assertThat(heartbeats.isHeard("n1")).isFalse();

    look(1);
    assertThat(heartbeats.silence("n1")).contains(new AgentHeartbeats.Silence(null));
  }

  @Test
  void aLeaseThatGoesCountsFromWhenItWasHeard() {
    look(1, lease("2025-01-31T12:00:00Z"));
    look(12);
    assertThat(heartbeats.silence("n1")).isEmpty();

    look(1);
    assertThat(heartbeats.silence("n1")).contains(new AgentHeartbeats.Silence(null));
  }

  @Test
  void afterAGapInLookingThoseThatWereHeardHaveTheirTimeAnew() {
    look(1, lease("2025-01-31T12:00:00Z"));

    seconds += 300;
    look(13, lease("2025-01-31T12:00:00Z"));
    assertThat(heartbeats.silence("n1")).isEmpty();
    assertThat(heartbeats.isHeard("n1")).isTrue();

    look(1, lease("2025-01-31T12:00:00Z"));
    assertThat(heartbeats.silence("n1")).isPresent();
  }

  @Test
  void afterAGapInLookingSilenceLastsUntilTheLeaseChanges() {
    look(20, lease("2025-01-31T12:00:00Z"));
    assertThat(heartbeats.silence("n1")).isPresent();

    seconds += 300;
    look(1, lease("2025-01-31T12:00:00Z"));
    assertThat(heartbeats.silence("n1")).isPresent();
    assertThat(heartbeats.isHeard("n1")).isFalse();

    look(1, lease("2025-01-31T12:05:00Z"));
    assertThat(heartbeats.silence("n1")).isEmpty();
    assertThat(heartbeats.isHeard("n1")).isTrue();
  }

  @Test
  void afterAGapInLookingANodeWithoutALeaseIsSilentUntilItHasOne() {
    look(20);
    assertThat(heartbeats.silence("n1")).isPresent();

    seconds += 300;
    look(1);
    assertThat(heartbeats.silence("n1")).isPresent();

    look(1, lease("2025-01-31T12:05:00Z"));
    assertThat(heartbeats.silence("n1")).isEmpty();
  }

  @Test
  void timeThatWasSpentWritingIsNoGap() {
    look(1, lease("2025-01-31T12:00:00Z"));

    seconds += 300;
    heartbeats.rest();
    look(1, lease("2025-01-31T12:00:00Z"));

    assertThat(heartbeats.silence("n1")).isPresent();
  }

  @Test
  void whatWasHeardInTheLastLookIsHeardHoweverLongTheWritingTakes() {
    look(1, lease("2025-01-31T12:00:00Z"));

    seconds += 300;

    assertThat(heartbeats.silence("n1")).isEmpty();
    assertThat(heartbeats.isHeard("n1")).isTrue();
  }
}
