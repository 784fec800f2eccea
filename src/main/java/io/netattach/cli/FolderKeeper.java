package io.netattach.cli;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attached;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.Detached;
import io.netattach.attach.Identity;
import io.netattach.attach.Inventory;
import io.netattach.attach.Mark;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Owner;
import io.netattach.attach.Ownership;
import io.netattach.attach.Reclaim;
import io.netattach.attach.StepText;
import io.netattach.netlink.Netns;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Keeps the kernel as a folder of manifests says: attaches what is in it, repairs what was changed,
 * and removes what was its and is no longer in it. For one thread.
 */
final class FolderKeeper implements AutoCloseable {
  /**
   * How long an attachment must be missing before it is removed: a file that is replaced, or
   * written in parts, lacks some for a moment.
   */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final ManifestFolder folder;
  private final Owner owner;
  private final String nodeName;
  private final Netns node = Netns.current();
  private final Attacher attacher;
  private final Consumer<String> log;

  private Map<Identity, Attachment> desired = Map.of();
  private final Map<Identity, Attachment> reached = new HashMap<>();
  private final Map<Identity, Long> missingSince = new HashMap<>();
  private final Map<Identity, String> said = new HashMap<>();
  private List<String> saidOfFolder = List.of();
  private boolean swept;

  FolderKeeper(Path path, String nodeName, NodePolicy policy, Consumer<String> log) {
    this.folder = new ManifestFolder(path);
    this.owner = Owner.ofFolder(path);
    this.nodeName = nodeName;
    this.attacher = new Attacher(node, policy, new Ownership(owner, false));
    this.log = log;
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
    List<Desired> ours = Desired.forNode(snapshot.desired(), nodeName, notes::add);
    sayOfFolder(notes.stream().sorted().toList());
    Map<Identity, Attachment> before = desired;
    desired = new LinkedHashMap<>();
    ours.forEach(d -> desired.put(d.attachment().identity(), d.attachment()));
    boolean waiting = false;
    // What goes may hold a name or an address that what comes needs.
    if (snapshot.complete() && (!swept || !before.keySet().equals(desired.keySet()))) {
      waiting = removeMissing(before.keySet(), stop);
      swept = !waiting;
    }
    Map<Attachment, Attached> attached = new LinkedHashMap<>();
    Map<Attachment, AttachException> failed = new LinkedHashMap<>();
    for (Attachment attachment : desired.values()) {
      if (stop.getAsBoolean()) {
        break;
      }
      try {
        Attached result = attacher.attach(attachment);
        attached.put(attachment, result);
        say(attachment, result);
      } catch (AttachException e) {
        failed.put(attachment, e);
        say(attachment.identity(), e.reason() + ": " + e.getMessage());
        reached.remove(attachment.identity());
      }
    }
    return new Pass(attached, failed, snapshot.problems(), waiting);
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

  /** Removes what carries our mark and is not desired; whether some of it still has to wait. */
  private boolean removeMissing(Set<Identity> before, BooleanSupplier stop) {
    long now = System.nanoTime();
    before.forEach(identity -> missingSince.putIfAbsent(identity, now));
    missingSince.keySet().removeAll(desired.keySet());
    Set<String> wanted = desired.keySet().stream().map(Identity::uid).collect(Collectors.toSet());
    boolean waiting = false;
    Inventory inventory = attacher.inventory();
    for (Inventory.Item item : inventory.attachments()) {
      Mark mark = item.mark();
      boolean surplus = mark != null && mark.owner().equals(owner) && !wanted.contains(item.uid());
      if (mark != null && surplus && !stop.getAsBoolean()) {
        Identity identity = new Identity(item.uid(), mark.namespace(), mark.name());
        Long since = missingSince.get(identity);
        if (since != null && now - since < GRACE.toNanos()) {
          waiting = true;
        } else {
          remove(identity, item);
        }
      }
    }
    if (!waiting) {
      missingSince.clear();
      removeEmptyNamespaces(stop);
    }
    return waiting;
  }

  private void remove(Identity identity, Inventory.Item item) {
    try {
      Detached detached = attacher.detach(identity, item.netns(), Reclaim.DELETE);
      log.accept(
          identity
              + ": detached"
              + (detached.netns() ? ", namespace " + item.netns() + " deleted" : ""));
      said.remove(identity);
      reached.remove(identity);
    } catch (AttachException e) {
      say(identity, "cannot be detached: " + e.getMessage());
    }
  }

  private void removeEmptyNamespaces(BooleanSupplier stop) {
    for (Inventory.MarkedNetns made : attacher.inventory().namespaces()) {
      boolean wanted =
          desired.values().stream().anyMatch(a -> a.target().netns().equals(made.name()));
      if (made.mark().owner().equals(owner) && !wanted && !stop.getAsBoolean()) {
        try {
          if (attacher.detach(made).netns()) {
            log.accept("namespace " + made.name() + ": deleted");
          }
        } catch (AttachException e) {
          log.accept("namespace " + made.name() + ": " + e.getMessage());
        }
      }
    }
  }

  /** How long to wait for a change before the next pass. */
  static Duration wait(Pass pass, Duration recheck) {
    return pass.waiting() && GRACE.compareTo(recheck) < 0 ? GRACE : recheck;
  }

  /** What is on the node, whoever of us made it. */
  Inventory inventory() {
    return attacher.inventory();
  }

  /** Removes everything that this folder attached. */
  void teardown() {
    desired = Map.of();
    missingSince.clear();
    removeMissing(Set.of(), () -> false);
  }

  @Override
  public void close() {
    attacher.close();
    node.close();
  }
}
