package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.api.Condition;
import io.netattach.api.Failure;
import io.netattach.api.LabelSelector;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import io.netattach.api.NetworkAttachmentSetStatus;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.Conditions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SetReportTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2025-01-31T12:00:00Z"), ZoneOffset.UTC);

  private final SetReport report = new SetReport(CLOCK);

  private static NetworkAttachmentSet set() {
    NetworkAttachmentSet set =
        Samples.set(
            "shop",
            "web",
            new LabelSelector(Map.of(), List.of()),
            Samples.template("blue", "10.10.0.2/24"));
    set.getMetadata().setGeneration(4L);
    return set;
  }

  private static SlotState slot(String node, String status, String reason, long observed) {
    NetworkAttachment child = Samples.attachment("shop", "web-" + node, node);
    child.getMetadata().setGeneration(2L);
    Condition ready =
        Conditions.of(List.of(), "Ready", status, reason, "why", observed, CLOCK.instant());
    child.setStatus(
        new NetworkAttachmentStatus(observed, List.of(ready), null, null, null, null, null, null));
    return new SlotState(Place.on(node), "web-" + node, child, true, null);
  }

  private Condition ready(SlotState... slots) {
    return ready(report.of(set(), null, List.of(slots), List.of()));
  }

  private static Condition ready(NetworkAttachmentSetStatus status) {
    return Conditions.find(status.conditions(), "Ready").orElseThrow();
  }

  @Test
  void allThatAreReadyMakeTheSetReady() {
    NetworkAttachmentSetStatus status =
        report.of(
            set(),
            null,
            List.of(slot("n1", "True", "Attached", 2), slot("n2", "True", "Attached", 2)),
            List.of());

    assertThat(status.observedGeneration()).isEqualTo(4);
    assertThat(status.desired()).isEqualTo(2);
    assertThat(status.ready()).isEqualTo(2);
    assertThat(ready(status).status()).isEqualTo("True");
    assertThat(ready(status).reason()).isEqualTo("AllReady");
    assertThat(ready(status).message()).isEqualTo("all 2 attachments are ready");
  }

  @Test
  void noNodeIsReadyAndSaysWhy() {
    assertThat(ready().status()).isEqualTo("True");
    assertThat(ready().reason()).isEqualTo("NoNodes");
  }

  @Test
  void whatWasReadyBeforeAnEditIsNotYet() {
    assertThat(ready(slot("n1", "True", "Attached", 1)).reason()).isEqualTo("Progressing");
  }

  @Test
  void whatIsNewHasNotFailed() {
    NetworkAttachmentSetStatus status =
        report.of(
            set(),
            null,
            List.of(
                slot("n1", "Unknown", "Pending", 0),
                new SlotState(Place.on("n2"), "web-n2", null, false, null)),
            List.of());

    assertThat(status.failed()).isZero();
    assertThat(status.updated()).isEqualTo(1);
    assertThat(ready(status).reason()).isEqualTo("Progressing");
    assertThat(ready(status).message())
        .isEqualTo("0 of 2 attachments are ready, 1 as the template says");
  }

  @Test
  void whatFailedBeforeAnEditMayNotFailAgain() {
    assertThat(ready(slot("n1", "False", "Conflict", 1)).reason()).isEqualTo("Progressing");
    assertThat(ready(slot("n1", "False", "Conflict", 2)).reason()).isEqualTo("Failing");
  }

  @Test
  void aSilentNodeFailsWhateverWasEdited() {
    assertThat(ready(slot("n1", "Unknown", "AgentSilent", 1)).reason()).isEqualTo("Failing");
  }

  @Test
  void whatCannotBeDeletedIsToldAndIsNoneOfThoseDesired() {
    SlotState left =
        SlotState.undeleted(
            Samples.attachment("shop", "web-n9", "n9"), SetReason.REJECTED, "not today");

    for (var slots : List.of(List.<SlotState>of(), List.of(slot("n1", "True", "Attached", 2)))) {
      NetworkAttachmentSetStatus status = report.of(set(), null, slots, List.of(left));

      assertThat(status.desired()).isEqualTo(slots.size());
      assertThat(status.ready()).isEqualTo(slots.size());
      assertThat(status.failed()).isEqualTo(1);
      assertThat(status.failures())
          .containsExactly(new Failure("web-n9", "n9", null, "Rejected", "not today"));
      assertThat(ready(status).status()).isEqualTo("False");
      assertThat(ready(status).reason()).isEqualTo("Rejected");
      assertThat(ready(status).message()).isEqualTo("not today");
    }
  }

  @Test
  void refusalsComeBeforeFailures() {
    SlotState taken =
        new SlotState(
            Place.on("n2"),
            "web-n2",
            null,
            false,
            new SlotState.Refusal(SetReason.NAME_TAKEN, "delete it"));

    NetworkAttachmentSetStatus status =
        report.of(set(), null, List.of(slot("n1", "False", "Conflict", 2), taken), List.of());

    assertThat(ready(status).reason()).isEqualTo("NameTaken");
    assertThat(ready(status).message()).isEqualTo("delete it");
    assertThat(status.failures())
        .containsExactly(
            new Failure("web-n1", "n1", null, "Conflict", "why"),
            new Failure("web-n2", "n2", null, "NameTaken", "delete it"));
  }

  @Test
  void tenFailuresAreNamedAndAllAreCounted() {
    List<SlotState> slots =
        IntStream.range(10, 25)
            .mapToObj(i -> slot("n" + (34 - i), "False", "Conflict", 2))
            .toList();

    NetworkAttachmentSetStatus status = report.of(set(), null, slots, List.of());

    assertThat(status.failed()).isEqualTo(15);
    assertThat(status.failures())
        .extracting(Failure::node)
        .containsExactly("n10", "n11", "n12", "n13", "n14", "n15", "n16", "n17", "n18", "n19");
    assertThat(ready(status).message())
        .isEqualTo("15 of 15 attachments failed, web-n10 of node n10 with Conflict");
  }

  @Test
  void theSameChildrenGiveTheSameStatus() {
    List<SlotState> slots = List.of(slot("n1", "True", "Attached", 2));
    NetworkAttachmentSetStatus first = report.of(set(), null, slots, List.of());
    SetReport later = new SetReport(Clock.offset(CLOCK, java.time.Duration.ofHours(1)));

    assertThat(later.of(set(), first, slots, List.of())).isEqualTo(first);
  }
}
