package io.netattach.attach;

import io.netattach.netlink.NetnsName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Removes what an owner attached and no longer asks for, told by its marks alone. For one thread.
 */
public final class Orphans {
  private final Owner owner;
  private final Attacher attacher;
  private final Log log;
  private final Map<String, Long> surplusSince = new HashMap<>();
  private Set<Held> said = Set.of();

  /** Gets a line for each thing that is removed, and once for each that is held. */
  public interface Log {
    /**
     * @param about the attachment that it is about; null where it is about none
     */
    void say(@Nullable Identity about, String line);
  }

  public Orphans(Owner owner, Attacher attacher, Log log) {
    this.owner = owner;
    this.attacher = attacher;
    this.log = log;
  }

  private record Held(@Nullable Identity about, String line) {}

  /** What a clean-up came to. */
  public enum Outcome {
    /** Nothing that is not asked for is left. */
    CLEAN,
    /** Something is to be removed when it has been missing long enough. */
    WAITING,
    /** Something could not be removed, or is held by somebody; it is to be tried again. */
    HELD
  }

  /**
   * Removes what is not wanted.
   *
   * @param wanted the uids of the attachments that are
   * @param targets the namespaces that they lead to
   * @param grace how long an attachment must have been seen to be missing
   */
  public Outcome clean(Set<String> wanted, Set<NetnsName> targets, Duration grace) {
    Set<Held> held = new HashSet<>();
    Outcome outcome;
    try {
      Inventory found = attacher.inventory();
      outcome = removePairs(found.attachments(), wanted, grace, held);
      if (outcome != Outcome.WAITING) {
        removeNamespaces(found.namespaces(), targets, held);
      }
    } catch (AttachException e) {
      held.add(new Held(null, "cannot look for what is to be removed: " + e.getMessage()));
      outcome = Outcome.HELD;
    }
    held.stream()
        .filter(one -> !said.contains(one))
        .sorted(Comparator.comparing(Held::line))
        .forEach(one -> log.say(one.about(), one.line()));
    said = held;
    return outcome == Outcome.CLEAN && !held.isEmpty() ? Outcome.HELD : outcome;
  }

  private Outcome removePairs(
      List<Inventory.Item> found, Set<String> wanted, Duration grace, Set<Held> held) {
    long now = System.nanoTime();
    Set<String> surplus = new HashSet<>();
    List<Attacher.Leaving> leaving = new ArrayList<>();
    Outcome outcome = Outcome.CLEAN;
    for (Inventory.Item item : found) {
      Mark mark = item.mark();
      if (mark == null || !mark.owner().equals(owner) || wanted.contains(item.uid())) {
        continue;
      }
      surplus.add(item.uid());
      if (now - surplusSince.computeIfAbsent(item.uid(), uid -> now) < grace.toNanos()) {
        outcome = Outcome.WAITING;
      } else {
        Identity identity = new Identity(item.uid(), mark.namespace(), mark.name());
        leaving.add(new Attacher.Leaving(identity, item.netns(), Reclaim.DELETE));
      }
    }
    remove(leaving, held);
    surplusSince.keySet().retainAll(surplus);
    return outcome;
  }

  private void remove(List<Attacher.Leaving> leaving, Set<Held> held) {
    List<DetachResult> results = attacher.detachEach(leaving);
    for (int i = 0; i < results.size(); i++) {
      switch (results.get(i)) {
        case DetachResult.Failed(Identity identity, AttachException why) ->
            held.add(new Held(identity, identity + ": cannot be detached: " + why.getMessage()));
        case DetachResult.Done(Identity identity, Detached detached) -> {
          String netns =
              detached.netns() ? ", namespace " + leaving.get(i).target() + " deleted" : "";
          log.say(identity, identity + ": detached" + netns);
        }
      }
    }
  }

  private void removeNamespaces(
      List<Inventory.MarkedNetns> found, Set<NetnsName> targets, Set<Held> held) {
    for (Inventory.MarkedNetns made : found) {
      boolean retained = made.mark().reclaim() == Reclaim.RETAIN;
      if (targets.contains(made.name()) || retained || !made.mark().owner().equals(owner)) {
        continue;
      }
      try {
        Detached detached = attacher.detach(made);
        if (detached.netns()) {
          log.say(null, "namespace " + made.name() + ": deleted");
        } else if (!detached.occupants().isEmpty()) {
          String occupants = String.join(", ", detached.occupants());
          held.add(
              new Held(null, "namespace " + made.name() + ": kept, for it holds " + occupants));
        }
      } catch (AttachException e) {
        held.add(
            new Held(null, "namespace " + made.name() + ": cannot be deleted: " + e.getMessage()));
      }
    }
  }
}
