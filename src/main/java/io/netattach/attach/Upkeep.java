package io.netattach.attach;

import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Attaches, and says when an attachment is to be attached again since something changed it. The
 * first repairs come at once; what is undone again and again is repaired ever later, and so is what
 * fails again and again half way, for each attempt is a change, too.
 *
 * <p>May be used by several threads at once, but not for one attachment.
 */
public final class Upkeep implements AutoCloseable {
  private final Attacher attacher;
  private final RepairPace repairs = new RepairPace();
  private final RepairPace failures = new RepairPace();
  private final DriftWatch drift;

  /**
   * Begins to listen to the kernel. Where that is not allowed, the log says so, and changes are
   * found by attaching again now and then, which the caller does; {@link #hears} tells.
   *
   * @param node the namespace that stands for the node; not closed here
   * @param attacher not closed here
   * @param changed told of an attachment that may have been changed, to attach it again; by one
   *     thread, one after the other
   * @param log a line for what goes wrong
   */
  public Upkeep(
      Netns node,
      Attacher attacher,
      Consumer<? super Identity> changed,
      Consumer<? super String> log) {
    this.attacher = attacher;
    this.drift = new DriftWatch(node, changed, log);
  }

  /**
   * Makes the kernel have what is desired, and watches it from then on.
   *
   * @param reached whether it had come to that before, so that what there is to do is a repair
   * @throws AttachException as {@link Attacher#attach}; it is watched all the same
   */
  public Attached attach(Attachment desired, boolean reached) {
    String uid = desired.identity().uid();
    drift.watch(desired);
    try {
      Attached attached = attach(desired);
      failures.forget(uid);
      if (reached && !attached.steps().isEmpty()) {
        drift.hold(uid, repairs.repaired(uid, attached.steps()));
      } else if (repairs.untilQuiet(uid) == null) {
        drift.hold(uid, Duration.ZERO);
      }
      return attached;
    } catch (AttachException e) {
      if (e.isAfterSteps()) {
        drift.hold(uid, failures.repaired(uid, e.getMessage()));
      }
      throw e;
    }
  }

  /** Another that has a name which is not its own makes way: names may have been swapped. */
  private Attached attach(Attachment desired) {
    try {
      return attacher.attach(desired);
    } catch (AttachException e) {
      if (e.reason() == Reason.CONFLICT && attacher.isGivenWay(desired, drift::watched)) {
        return attacher.attach(desired);
      }
      throw e;
    }
  }

  /** Whether changes of this kind are heard at the moment. */
  public boolean hears(DriftWatch.Source source) {
    return drift.hears(source);
  }

  /** See {@link DriftWatch#onName}. */
  public void onName(Consumer<? super NetnsName> told) {
    drift.onName(told);
  }

  /** Whether what is heard is told; if not, only a new one will. */
  public boolean isTelling() {
    return drift.isTelling();
  }

  /**
   * How long until an attachment that somebody keeps undoing counts as left in peace, if nothing
   * happens until then; null where nobody does.
   */
  public @Nullable Duration untilQuiet(String uid) {
    return repairs.untilQuiet(uid);
  }

  /** Watches it no more: comes before it is detached. */
  public void forget(String uid) {
    drift.forget(uid);
    repairs.forget(uid);
    failures.forget(uid);
  }

  /** Watches none but these. */
  public void retain(Set<String> uids) {
    drift.retain(uids);
    repairs.retain(uids);
    failures.retain(uids);
  }

  /** Ends listening, and waits for a {@code changed} that is at work. */
  @Override
  public void close() {
    drift.close();
  }
}
