package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attached;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.DetachResult;
import io.netattach.attach.Detached;
import io.netattach.attach.Identity;
import io.netattach.attach.Inventory;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Orphans;
import io.netattach.attach.Owner;
import io.netattach.attach.Ownership;
import io.netattach.attach.RepairPace;
import io.netattach.attach.StepText;
import io.netattach.attach.Upkeep;
import io.netattach.cli.manifest.Quote;
import io.netattach.netlink.Netns;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Keeps the kernel as a folder of manifests says: attaches what is in it, repairs what was changed,
 * and removes what was its and is no longer in it.
 *
 * <p>One thread has it pass; what is changed on the node between is repaired by a thread of its
 * own, one attachment at a time.
 */
final class FolderKeeper implements AutoCloseable {
  /**
   * How long an attachment must be missing before it is removed: a file that is replaced, or
   * written in parts, lacks some for a moment.
   */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final ManifestFolder folder;
  private final String nodeName;
  private final Netns node = Netns.current();
  private final Attacher attacher;
  private final Upkeep upkeep;
  private final Orphans cleanup;
  private final Consumer<String> log;

  /** Guards what follows; whoever waits longest is next, so that a long pass holds up no repair. */
  private final ReentrantLock lock = new ReentrantLock(true);

  private Map<Identity, Attachment> desired = Map.of();
  private final Set<Identity> undone = new HashSet<>();
  private final Map<Identity, Attachment> reached = new HashMap<>();
  private final Map<Identity, String> said = new HashMap<>();
  private List<String> saidOfFolder = List.of();
  private boolean clean;

  FolderKeeper(Path path, String nodeName, NodePolicy policy, Consumer<String> log) {
    this.folder = new ManifestFolder(path);
    Owner owner = Owner.ofFolder(path);
    this.nodeName = nodeName;
    this.attacher = new Attacher(node, policy, new Ownership(owner, false));
    this.log = line -> log.accept(Quote.whole(line));
    this.cleanup = new Orphans(owner, attacher, (about, line) -> this.log.accept(line));
    this.upkeep = new Upkeep(node, attacher, this::repair, this.log);
  }

  /**
   * What one pass found and did.
   *
   * @param attached those that are as desired, with what it took
   * @param failed those that are not
   * @param problems of the manifests
   * @param waiting whether something is to be removed when it has been missing long enough
   */
  record Pass(
      Map<Attachment, Attached> attached,
      Map<Attachment, AttachException> failed,
      List<String> problems,
      boolean waiting) {
    boolean allGood() {
      return failed.isEmpty() && problems.isEmpty();
    }
  }

  /** Reads the folder and makes the kernel agree with it; ends early when told to stop. */
  Pass pass(BooleanSupplier stop) {
    ManifestFolder.Snapshot snapshot = folder.read();
    Set<String> notes = new HashSet<>(snapshot.problems());
    notes.addAll(snapshot.notes());
    List<Desired> ours = Desired.forNode(snapshot.desired(), nodeName, notes::add);
    sayOfFolder(notes.stream().sorted().toList());
    Map<Identity, Attachment> now = new LinkedHashMap<>();
    ours.forEach(d -> now.put(d.attachment().identity(), d.attachment()));
    clean &= desire(now) && snapshot.complete();
    boolean waiting = false;
    // What goes may hold a name or an address that what comes needs.
    if (snapshot.complete() && !clean && !stop.getAsBoolean()) {
      Orphans.Outcome outcome = clean(desired.values(), GRACE);
      clean = outcome == Orphans.Outcome.CLEAN;
      waiting = outcome == Orphans.Outcome.WAITING;
    }
    Map<Attachment, Attached> attached = new LinkedHashMap<>();
    Map<Attachment, AttachException> failed = new LinkedHashMap<>();
    for (Attachment attachment : now.values()) {
      if (stop.getAsBoolean()) {
        break;
      }
      try {
        attached.put(attachment, attach(attachment));
      } catch (AttachException e) {
        failed.put(attachment, e);
      }
    }
    return new Pass(attached, failed, snapshot.problems(), waiting);
  }

  /** Takes in what is desired from now on; whether it is what was, by name. */
  private boolean desire(Map<Identity, Attachment> now) {
    lock.lock();
    try {
      boolean same = desired.keySet().equals(now.keySet());
      desired = now;
      said.keySet().retainAll(now.keySet());
      reached.keySet().retainAll(now.keySet());
      undone.retainAll(now.keySet());
      upkeep.retain(now.keySet().stream().map(Identity::uid).collect(Collectors.toSet()));
      return same;
    } finally {
      lock.unlock();
    }
  }

  /** By the thread that hears of changes on the node. */
  private void repair(Identity identity) {
    lock.lock();
    try {
      Attachment attachment = desired.get(identity);
      if (attachment != null) {
        attach(attachment);
      }
    } catch (AttachException e) {
      // It has been said.
    } finally {
      lock.unlock();
    }
  }

  private Attached attach(Attachment attachment) {
    Identity identity = attachment.identity();
    lock.lock();
    try {
      boolean wasReached = attachment.equals(reached.get(identity));
      Attached result = upkeep.attach(attachment, wasReached);
      say(attachment, result);
      sayWhetherUndone(identity);
      return result;
    } catch (AttachException e) {
      say(identity, e.reason() + ": " + e.getMessage());
      reached.remove(identity);
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private void sayWhetherUndone(Identity identity) {
    if (upkeep.untilQuiet(identity.uid()) == null) {
      if (undone.remove(identity)) {
        log.accept(identity + ": is left in peace again");
      }
    } else if (undone.add(identity)) {
      log.accept(
          identity
              + ": something on the node undoes what is repaired, again and again, so repairs wait"
              + " ever longer, up to "
              + RepairPace.LONGEST_DELAY.toSeconds()
              + " s");
    }
  }

  private Orphans.Outcome clean(Collection<Attachment> wanted, Duration grace) {
    return cleanup.clean(
        wanted.stream().map(a -> a.identity().uid()).collect(Collectors.toSet()),
        wanted.stream().map(a -> a.target().netns()).collect(Collectors.toSet()),
        grace);
  }

  private void sayOfFolder(List<String> lines) {
    lines.stream().filter(line -> !saidOfFolder.contains(line)).forEach(log);
    saidOfFolder = lines;
  }

  /** Tells a state once, until it becomes another. */
  private void say(Identity identity, String state) {
    if (!state.equals(said.put(identity, state))) {
      log.accept(identity + ": " + state);
    }
  }

  private void say(Attachment attachment, Attached result) {
    Identity identity = attachment.identity();
    Attachment before = reached.put(identity, attachment);
    said.put(identity, "Attached");
    if (result.steps().isEmpty()) {
      if (before == null) {
        log.accept(identity + ": attached already");
      }
      return;
    }
    String took = " in " + Results.milliseconds(result.took()) + " ms";
    if (before == null) {
      log.accept(identity + ": attached" + took + ", " + result.steps().size() + " steps");
      return;
    }
    StepText text = new StepText(attachment);
    log.accept(
        identity
            + (before.equals(attachment) ? ": repaired" : ": changed")
            + took
            + ": "
            + result.steps().stream().map(text::words).collect(Collectors.joining("; ")));
  }

  /** How long to wait for a change before the next pass. */
  static Duration wait(Pass pass, Duration recheck) {
    return pass.waiting() && GRACE.compareTo(recheck) < 0 ? GRACE : recheck;
  }

  /** What is on the node, whoever of us made it. */
  Inventory inventory() {
    return attacher.inventory();
  }

  /** Removes everything that this folder attached; whether that is all gone. */
  boolean teardown() {
    boolean gone = true;
    List<Attachment> all = List.copyOf(desired.values());
    desire(Map.of());
    for (DetachResult result : attacher.detachAll(all)) {
      switch (result) {
        case DetachResult.Done(Identity identity, Detached detached) ->
            log.accept(identity + ": detached");
        case DetachResult.Failed(Identity identity, AttachException failure) -> {
          gone = false;
          log.accept(identity + ": cannot be detached: " + failure.getMessage());
        }
      }
    }
    return clean(List.of(), Duration.ZERO) == Orphans.Outcome.CLEAN && gone;
  }

  @Override
  public void close() {
    upkeep.close();
    attacher.close();
    node.close();
  }
}
