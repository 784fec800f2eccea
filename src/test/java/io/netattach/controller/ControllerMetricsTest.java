package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.attach.Reason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControllerMetricsTest {
  @ParameterizedTest
  @EnumSource
  void eachReasonOfAnAgentIsCountedByItself(Reason reason) {
    assertThat(ControllerMetrics.REASONS).contains(reason.toString());
  }
}
