package io.netattach.controller;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.UpdateStrategy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many attachments of a Set may be disturbed at once by a change of its template. What is not
 * ready counts, whyever it is not, and is changed at once, since nobody is disturbed by that. Pure,
 * and a value.
 */
final class UpdateBudget {
  private static final IntOrString DEFAULT = new IntOrString("25%");

  private final IntOrString maxUnavailable;

  UpdateBudget(@Nullable UpdateStrategy strategy) {
    this.maxUnavailable =
        strategy == null || strategy.maxUnavailable() == null ? DEFAULT : strategy.maxUnavailable();
  }

  /** The plan without what would disturb too many. */
  SetPlan limit(SetPlan plan) {
    long unavailable = plan.slots().stream().filter(slot -> !isReady(slot.step())).count();
    long left = most(plan.slots().size()) - unavailable;
    List<SetPlan.Slot> slots = new ArrayList<>();
    for (SetPlan.Slot slot : plan.slots()) {
      NetworkAttachment disturbed = disturbed(slot.step());
      if (disturbed == null) {
        slots.add(slot);
      } else if (left > 0) {
        left--;
        slots.add(slot);
      } else {
        slots.add(slot.with(new ChildStep.Hold(disturbed)));
      }
    }
    return new SetPlan(slots, plan.leftovers());
  }

  /** A share of all is rounded up, so that it never is none. */
  private long most(int all) {
    Integer number = maxUnavailable.getIntVal();
    if (number != null) {
      return number;
    }
    int percent = Integer.parseInt(maxUnavailable.getStrVal().replace("%", ""));
    return (all * (long) percent + 99) / 100;
  }

  private static boolean isReady(ChildStep step) {
    return switch (step) {
      case ChildStep.Keep keep -> Readiness.isReady(keep.child());
      case ChildStep.Change change -> Readiness.isReady(change.child());
      case ChildStep.Replace replace -> Readiness.isReady(replace.child());
      case ChildStep.Hold hold -> Readiness.isReady(hold.child());
      case ChildStep.Create create -> false;
      case ChildStep.Wait wait -> false;
      // What cannot be there is not missed.
      case ChildStep.Taken taken -> true;
      case ChildStep.Bar bar -> true;
    };
  }

  /** The child that is ready and would not be for a while; null where there is none. */
  private static @Nullable NetworkAttachment disturbed(ChildStep step) {
    return switch (step) {
      case ChildStep.Change change when change.isDisturbing() && isReady(step) -> change.child();
      case ChildStep.Replace replace when isReady(step) -> replace.child();
      default -> null;
    };
  }
}
