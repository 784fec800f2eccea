package io.netattach.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.netlink.IpAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DepartedTest {
  private static final IpAddress A = IpAddress.of("192.0.2.1");
  private static final IpAddress B = IpAddress.of("192.0.2.2");
  private static final long GRACE = Departed.GRACE.toNanos();

  private final Departed departed = new Departed();

  @Test
  void aPeerThatIsToldIsThere() {
    assertThat(departed.with(Set.of(A), Set.of(), 0)).containsExactly(A);
  }

  @Test
  void oneThatIsToldNoMoreStaysForATime() {
    assertThat(departed.with(Set.of(A), Set.of(A, B), 5)).containsOnly(A, B);
    assertThat(departed.with(Set.of(A), Set.of(A, B), 4 + GRACE)).containsOnly(A, B);
    assertThat(departed.with(Set.of(A), Set.of(A, B), 5 + GRACE)).containsOnly(A);
  }

  @Test
  void oneThatIsToldAgainBeginsAnew() {
    departed.with(Set.of(A), Set.of(A, B), 0);
    departed.with(Set.of(A, B), Set.of(A, B), GRACE / 2);

    assertThat(departed.with(Set.of(A), Set.of(A, B), GRACE)).containsOnly(A, B);
  }
}
