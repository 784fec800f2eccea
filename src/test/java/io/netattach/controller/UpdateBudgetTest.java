package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.netattach.api.Condition;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.api.UpdateStrategy;
import io.netattach.kube.Conditions;
import io.netattach.kube.JsonPatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many attachments a change of the template may disturb at once. */
class UpdateBudgetTest {

  private static NetworkAttachment child(boolean ready) {
    NetworkAttachment child = Samples.attachment("shop", "web", "n1");
    child.getMetadata().setGeneration(1L);
    child.getMetadata().setUid("u");
    child.setStatus(
        NetworkAttachmentStatus.NOTHING.with(
            new Condition(Conditions.READY, ready ? "True" : "False", "any", null, null, 1L)));
    return child;
  }

  private static SetPlan.Slot slot(ChildStep step) {
    return new SetPlan.Slot(Place.on("n1"), "web", step);
  }

  private static SetPlan.Slot changed(boolean ready, boolean disturbing) {
    NetworkAttachment child = child(ready);
    return slot(new ChildStep.Change(child, JsonPatch.of(child), disturbing));
  }

  private static long held(@Nullable IntOrString max, List<SetPlan.Slot> slots) {
    UpdateStrategy strategy = max == null ? null : new UpdateStrategy(max);
    return new UpdateBudget(strategy)
        .limit(new SetPlan(slots, List.of())).slots().stream()
            .filter(slot -> slot.step() instanceof ChildStep.Hold)
            .count();
  }

  private static List<SetPlan.Slot> changes(int count) {
    List<SetPlan.Slot> slots = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      slots.add(changed(true, true));
    }
    return slots;
  }

  @ParameterizedTest
  @CsvSource({"10, 3, 7", "10, 25%, 7", "10, 1%, 9", "10, 100%, 0", "1, 25%, 0", "10, 20, 0"})
  void asManyAsItSaysMayBeDisturbedAndAShareIsRoundedUp(int all, String max, int held) {
    IntOrString most =
        max.endsWith("%") ? new IntOrString(max) : new IntOrString(Integer.valueOf(max));

    assertThat(held(most, changes(all))).isEqualTo(held);
  }

  @Test
  void byDefaultItIsAQuarter() {
    assertThat(held(null, changes(8))).isEqualTo(6);
  }

  @Test
  void whatIsNotReadyIsChangedAtOnceAndCounts() {
    List<SetPlan.Slot> slots = changes(4);
    slots.add(changed(false, true));
    slots.add(changed(false, true));

    assertThat(held(new IntOrString(3), slots)).isEqualTo(3);
    assertThat(held(new IntOrString(2), slots)).isEqualTo(4);
    assertThat(held(new IntOrString(1), slots)).isEqualTo(4);
  }

  @Test
  void whatIsBeingMadeOrDeletedCounts() {
    List<SetPlan.Slot> slots = changes(2);
    slots.add(slot(new ChildStep.Create(child(false))));
    slots.add(slot(new ChildStep.Wait(child(true))));

    assertThat(held(new IntOrString(3), slots)).isEqualTo(1);
  }

  @Test
  void aLabelDisturbsNobody() {
    assertThat(held(new IntOrString(1), List.of(changed(true, false), changed(true, false))))
        .isZero();
  }

  @Test
  void whatCannotBeThereIsNotMissed() {
    List<SetPlan.Slot> slots = changes(1);
    slots.add(slot(new ChildStep.Bar("host network")));
    slots.add(slot(new ChildStep.Taken("delete it")));

    assertThat(held(new IntOrString(1), slots)).isZero();
  }
}
