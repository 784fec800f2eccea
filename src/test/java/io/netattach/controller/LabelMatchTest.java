package io.netattach.controller;

import static io.netattach.api.SelectorOperator.DOES_NOT_EXIST;
import static io.netattach.api.SelectorOperator.EXISTS;
import static io.netattach.api.SelectorOperator.IN;
import static io.netattach.api.SelectorOperator.NOT_IN;
import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.api.LabelRequirement;
import io.netattach.api.LabelSelector;
import io.netattach.api.SelectorOperator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelMatchTest {
  private static final Map<String, String> LABELS = Map.of("zone", "a", "gpu", "");

  private static boolean matches(String key, SelectorOperator operator, String... values) {
    return LabelMatch.matches(
        new LabelSelector(Map.of(), List.of(new LabelRequirement(key, operator, List.of(values)))),
        LABELS);
  }

  @Test
  void aSelectorWithoutRequirementsIsEveryNode() {
    assertThat(LabelMatch.matches(new LabelSelector(Map.of(), List.of()), Map.of())).isTrue();
  }

  @Test
  void noSelectorIsNoNode() {
    assertThat(LabelMatch.matches(null, LABELS)).isFalse();
  }

  @Test
  void labelsMustAllBeThereWithTheirValues() {
    assertThat(LabelMatch.matches(Samples.labelled("gpu", ""), LABELS)).isTrue();
    assertThat(LabelMatch.matches(Samples.labelled("gpu", "yes"), LABELS)).isFalse();
    assertThat(
            LabelMatch.matches(
                new LabelSelector(Map.of("zone", "a", "disk", "ssd"), List.of()), LABELS))
        .isFalse();
  }

  @Test
  void inWantsTheLabelWithOneOfTheValues() {
    assertThat(matches("zone", IN, "b", "a")).isTrue();
    assertThat(matches("zone", IN, "b")).isFalse();
    assertThat(matches("disk", IN, "ssd")).isFalse();
  }

  @Test
  void notInIsMetByANodeWithoutTheLabel() {
    assertThat(matches("zone", NOT_IN, "b")).isTrue();
    assertThat(matches("zone", NOT_IN, "a", "b")).isFalse();
    assertThat(matches("disk", NOT_IN, "ssd")).isTrue();
  }

  @Test
  void existsAndDoesNotExistLookAtTheLabelAlone() {
    assertThat(matches("gpu", EXISTS)).isTrue();
    assertThat(matches("disk", EXISTS)).isFalse();
    assertThat(matches("disk", DOES_NOT_EXIST)).isTrue();
    assertThat(matches("gpu", DOES_NOT_EXIST)).isFalse();
  }

  @Test
  void everyRequirementMustBeMet() {
    LabelSelector selector =
        new LabelSelector(
            Map.of("zone", "a"),
            List.of(
                new LabelRequirement("gpu", EXISTS, List.of()),
                new LabelRequirement("disk", EXISTS, List.of())));

    assertThat(LabelMatch.matches(selector, LABELS)).isFalse();
    assertThat(LabelMatch.matches(selector, Map.of("zone", "a", "gpu", "1", "disk", "x"))).isTrue();
  }
}
