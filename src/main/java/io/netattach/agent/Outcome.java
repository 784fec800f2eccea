package io.netattach.agent;

import io.netattach.attach.Attached;
import io.netattach.attach.Attachment;
import io.netattach.attach.ObservedAttachment;
import io.netattach.attach.Reason;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What came of carrying out an attachment. */
sealed interface Outcome {
  /**
   * The kernel has what was asked for.
   *
   * @param time when the last of the steps was done; without any, when was looked
   */
  record Done(Attachment desired, Attached attached, ObservedAttachment observed, Instant time)
      implements Outcome {
    @Override
    public Reason reason() {
      return Reason.ATTACHED;
    }
  }

  /**
   * It has not, and nothing of this attempt is left.
   *
   * @param found what there is all the same, of an earlier attempt; null where it cannot be told
   */
  record Failed(Reason reason, String message, @Nullable Found found) implements Outcome {}

  /** What the kernel has of an attachment. */
  record Found(Attachment desired, ObservedAttachment observed) {}

  Reason reason();
}
