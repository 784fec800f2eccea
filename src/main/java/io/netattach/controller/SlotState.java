package io.netattach.controller;

import io.netattach.api.Failure;
import io.netattach.api.NetworkAttachment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far the child of one place has come.
 *
 * @param name the child's
 * @param child as the API server has it; null where there is none yet
 * @param updated whether it is as the template says
 * @param refusal why there cannot be one; null where there can
 */
record SlotState(
    Place place,
    String name,
    @Nullable NetworkAttachment child,
    boolean updated,
    @Nullable Refusal refusal) {

  /**
   * Why a child cannot be made, changed or deleted.
   *
   * @param reason of the Set, too
   */
  record Refusal(SetReason reason, String message) {}

  static SlotState updated(SetPlan.Slot slot, NetworkAttachment child) {
    return new SlotState(slot.place(), slot.name(), child, true, null);
  }

  static SlotState pending(SetPlan.Slot slot, @Nullable NetworkAttachment child) {
    return new SlotState(slot.place(), slot.name(), child, false, null);
  }

  static SlotState refused(
      SetPlan.Slot slot, @Nullable NetworkAttachment child, SetReason reason, String message) {
    return new SlotState(slot.place(), slot.name(), child, false, new Refusal(reason, message));
  }

  /** The state of a child that no place wants, and that the API server does not let go. */
  static SlotState undeleted(NetworkAttachment child, SetReason reason, String message) {
    String node = child.getSpec() == null ? null : child.getSpec().nodeName();
    return new SlotState(
        Place.on(Objects.requireNonNullElse(node, "")),
        child.getMetadata().getName(),
        child,
        false,
        new Refusal(reason, message));
  }

  Failure failure(String reason, @Nullable String message) {
    String pod = place.pod() == null ? null : place.pod().name();
    return new Failure(name, place.node(), pod, reason, message);
  }
}
