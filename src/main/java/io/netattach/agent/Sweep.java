package io.netattach.agent;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.netattach.api.NetworkAttachment;
import io.netattach.attach.Orphans;
import io.netattach.netlink.NetnsName;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Looks at what is known of the attachments every few seconds, whatever was heard or missed. The
 * operator framework keeps its books by name: of an object that is deleted and made again in the
 * same moment it may forget that there is something to do. And an object that goes between being
 * read and getting its finalizer leaves a link that no event will speak of.
 */
final class Sweep implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Sweep.class);

  /** Longer than most work waits, so that little is asked for twice. */
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  /** What does not get done although it was asked for has a delay of its own. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(60);

  /** Looking for orphans lists every link of the node. */
  private static final int ORPHANS_EVERY = 4;

  private static final Duration ORPHANS_GRACE = Duration.ofSeconds(20);

  private final Cache<NetworkAttachment> known;
  private final String node;
  private final Consumer<ResourceID> ask;
  private final Consumer<String> forget;
  private final Orphans orphans;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("netattach-sweep").factory());

  /** What was to be done at the last look, with when it was asked for; 0 for not yet. */
  private Map<Work, Long> pending = Map.of();

  /** The uids at the last look for orphans. */
  private Set<String> wanted = Set.of();

  private int looks;

  /** Something to be done: it is the same as long as the object is. */
  private record Work(String uid, Long generation, boolean deleted) {}

  /**
   * @param known what the API server has, kept up to date by a watch
   * @param ask has an attachment carried out
   * @param forget gets the uids of those that have gone
   */
  Sweep(
      Cache<NetworkAttachment> known,
      String node,
      Consumer<ResourceID> ask,
      Consumer<String> forget,
      Orphans orphans) {
    this.known = known;
    this.node = node;
    this.ask = ask;
    this.forget = forget;
    this.orphans = orphans;
  }

  /** Begins; what there is must have been read once before. */
  void start() {
    long interval = INTERVAL.toMillis();
    var unused =
        thread.scheduleWithFixedDelay(this::look, interval, interval, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      askForWhatIsOverlooked();
      if (++looks % ORPHANS_EVERY == 0) {
        removeOrphans();
      }
    } catch (RuntimeException e) {
      // The next look tries again; an exception that leaves here would end all looks.
      LOG.warnf("a look at the attachments failed: %s", e.getMessage());
    }
  }

  private void askForWhatIsOverlooked() {
    long now = System.nanoTime();
    Map<Work, Long> found = new HashMap<>();
    known
        .list(attachment -> AttachmentWatch.isFor(node, attachment) && isToBeDone(attachment))
        .forEach(attachment -> {
          Work work = work(attachment);
          Long asked = pending.get(work);
          boolean due = asked != null && (asked == 0 || now - asked >= ASK_AGAIN.toNanos());
          if (due) {
            ask.accept(ResourceID.fromResource(attachment));
          }
          found.put(work, due ? Long.valueOf(now) : asked == null ? Long.valueOf(0) : asked);
        });
    pending = found;
  }

  private static Work work(NetworkAttachment attachment) {
    var metadata = attachment.getMetadata();
    return new Work(metadata.getUid(), metadata.getGeneration(), attachment.isMarkedForDeletion());
  }

  private static boolean isToBeDone(NetworkAttachment attachment) {
    boolean held = attachment.hasFinalizer(NetworkAttachment.FINALIZER);
    if (attachment.isMarkedForDeletion()) {
      return held;
    }
    return !held
        || attachment.getStatus() == null
        || !Objects.equals(
            attachment.getStatus().observedGeneration(), attachment.getMetadata().getGeneration());
  }

  private void removeOrphans() {
    Set<String> there = new HashSet<>();
    Set<NetnsName> targets = new HashSet<>();
    known
        .list()
        .forEach(attachment -> {
          there.add(attachment.getMetadata().getUid());
          SpecReader.targetOf(attachment).ifPresent(target -> targets.add(target.netns()));
        });
    // What somebody took the finalizer from was never cleaned up after.
    wanted.stream().filter(uid -> !there.contains(uid)).forEach(forget);
    wanted = there;
    orphans.clean(there, targets, ORPHANS_GRACE);
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
