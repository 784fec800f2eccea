package io.netattach.attach;

import io.netattach.attach.ObservedAttachment.Target;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsDirectory.Entry;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Rtnetlink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes attachments, keeps them as desired and removes them, on one node.
 *
 * <p>Doing again what is done already changes nothing; what fails takes back what it made; removing
 * what is gone succeeds; what is not ours is never changed. May be used by several threads at once;
 * those with the same target wait for each other. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN.
 */
public final class Attacher implements AutoCloseable {
  /**
   * How often is read and planned until both agree. Once is enough unless a removal took more with
   * it, or somebody changes the same things at the same time.
   */
  private static final int MAX_PASSES = 5;

  private static final int LOCKS = 64;

  /** What a namespace is known by that would be made. */
  private static final Netns.Identity UNBORN = new Netns.Identity(0, 0);

  private final Netns node;
  private final Ownership ownership;
  private final Rtnetlink nodeLinks;
  private final NodeConnections connections;
  private final NetnsDirectory directory = NetnsDirectory.system();
  private final Observer observer;
  private final PairDeletions deletions;
  private final Announcer announcer = new Announcer();
  private final Planner planner;
  private final ReentrantLock[] locks = new ReentrantLock[LOCKS];

  /**
   * The kernel changes links one at a time, whatever the number of threads; those that wait for it
   * in the kernel burn processor time, or are sent back to begin again, those that wait here do
   * not.
   */
  private final ReentrantLock changing = new ReentrantLock();

  /**
   * @param node the namespace that stands for the node; not closed here
   */
  public Attacher(Netns node, NodePolicy policy, Ownership ownership) {
    this.node = node;
    this.ownership = ownership;
    this.nodeLinks = Rtnetlink.open(node);
    this.connections = new NodeConnections(node);
    this.observer = observer(nodeLinks);
    this.deletions = new PairDeletions(node, ownership);
    this.planner = new Planner(policy, ownership);
    Arrays.setAll(locks, i -> new ReentrantLock());
  }

  private Observer observer(Rtnetlink links) {
    return new Observer(node, links, directory, ownership);
  }

  /** What the kernel has of an attachment. */
  public ObservedAttachment observe(Attachment desired) {
    return told(
        "read what is there",
        () -> node.call(() -> connections.with(links -> observer(links).observe(desired))));
  }

  /**
   * What would be done, and nothing is.
   *
   * @param before steps that would be done before: a namespace that one of them makes counts as
   *     there
   * @throws AttachException as {@link #attach} would
   */
  public Plan plan(Attachment desired, List<Step> before) {
    ObservedAttachment observed = observe(desired);
    for (Step step : before) {
      if (step instanceof Step.CreateNetns(NetnsName name, Mark mark)
          && name.equals(desired.target().netns())) {
        observed = observed.with(new Target.Present(UNBORN, Optional.of(mark), true));
      }
    }
    return planner.plan(desired, observed);
  }

  /**
   * Makes the kernel have what is desired.
   *
   * @throws AttachException with the reason and the step that failed; what was made until then is
   *     taken back
   */
  public Attached attach(Attachment desired) {
    // On a thread that may enter namespaces from the first to the last step.
    return node.call(() -> connections.with(links -> attachHere(desired, links)));
  }

  private Attached attachHere(Attachment desired, Rtnetlink links) {
    long start = System.nanoTime();
    ReentrantLock lock = lock(desired.target().netns());
    lock.lock();
    try (OpenEnds ends = new OpenEnds(node, links)) {
      Observer here = observer(links);
      Execution execution = new Execution(desired, directory, here, ends, changing);
      try {
        ObservedAttachment observed = carryOut(desired, execution, here, ends);
        announcer.announce(desired, execution.done(), ends);
        return new Attached(observed, execution.done(), since(start));
      } catch (AttachException e) {
        throw execution.takenBack(e);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Until all is as desired; null where it was made so at once and not read again. */
  private @Nullable ObservedAttachment carryOut(
      Attachment desired, Execution execution, Observer here, OpenEnds ends) {
    for (int pass = 0; pass < MAX_PASSES; pass++) {
      ObservedAttachment observed = told("read what is there", () -> here.observe(desired, ends));
      Plan plan = planner.plan(desired, observed);
      if (plan.isEmpty()) {
        return observed;
      }
      execution.run(plan, observed);
      if (plan.makesAllAnew() && told("look for the namespace", execution::isWhereNamed)) {
        return null;
      }
    }
    throw new AttachException(
        Reason.KERNEL_ERROR,
        "not as desired after "
            + MAX_PASSES
            + " passes; something else on this node may be changing it");
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /**
   * The attachment of the same owner, namespace and name but of another uid that has an interface
   * which this one wants. Only whoever knows that it is gone may detach it.
   */
  public Optional<Identity> predecessor(Attachment desired) {
    ObservedAttachment observed = observe(desired);
    return told(
        "look for who is in the way",
        () ->
            Stream.of(
                    Optional.ofNullable(observed.hostNameTaken()),
                    otherEnd(observed.containerNameTaken()))
                .flatMap(Optional::stream)
                .flatMap(host -> predecessor(desired.identity(), host).stream())
                .findFirst());
  }

  private Optional<Link> otherEnd(@Nullable Link container) {
    return container == null || !container.isVeth() || container.peer() == 0
        ? Optional.empty()
        : nodeLinks.link(container.peer()).filter(host -> host.peer() == container.index());
  }

  private Optional<Identity> predecessor(Identity identity, Link host) {
    return Optional.of(host)
        .filter(Link::isVeth)
        .filter(link ->
            Mark.parse(link.alias())
                .filter(this::isMine)
                .filter(mark -> mark.isJust(identity))
                .isPresent())
        .flatMap(Mark::uid)
        .filter(uid -> !uid.equals(identity.uid()))
        .map(uid -> new Identity(uid, identity.namespace(), identity.name()));
  }

  private boolean isMine(Mark mark) {
    return mark.owner().equals(ownership.me());
  }

  /**
   * Gives a link that has a name which another wants, and which is not its own, its derived name,
   * so that the other can have its. For links of attachments only that are kept: they get their own
   * names back like after any other renaming.
   *
   * @param kept what is desired of an attachment by its uid; null where it is not kept
   * @return whether one made way, so that it is worth to try again
   */
  boolean isGivenWay(Attachment desired, Function<String, @Nullable Attachment> kept) {
    return told(
        "make way for " + desired.identity(),
        () ->
            node.call(() -> {
              ObservedAttachment observed = observe(desired);
              return hostMakesWay(desired, observed.hostNameTaken(), kept)
                  | containerMakesWay(desired, observed.containerNameTaken(), kept);
            }));
  }

  private boolean hostMakesWay(
      Attachment desired, @Nullable Link taken, Function<String, @Nullable Attachment> kept) {
    Attachment holder = taken == null ? null : holder(taken, kept);
    return taken != null
        && holder != null
        && !holder.host().name().equals(desired.host().name())
        && isPutAside(nodeLinks, taken, holder);
  }

  private boolean containerMakesWay(
      Attachment desired, @Nullable Link taken, Function<String, @Nullable Attachment> kept) {
    Link host = otherEnd(taken).orElse(null);
    Attachment holder = host == null ? null : holder(host, kept);
    if (taken == null
        || holder == null
        || !holder.target().netns().equals(desired.target().netns())
        || holder.container().name().equals(desired.container().name())
        || !(directory.entry(desired.target().netns()) instanceof Entry.Mounted(Netns netns))) {
      return false;
    }
    try (netns;
        Rtnetlink inside = Rtnetlink.open(netns)) {
      return isPutAside(inside, taken, holder);
    }
  }

  /** Whose host end it is, of those that are kept. */
  private static @Nullable Attachment holder(
      Link host, Function<String, @Nullable Attachment> kept) {
    Attachment holder = Mark.uid(host).map(kept).orElse(null);
    return holder != null && Mark.isSurely(host, holder.identity()) ? holder : null;
  }

  private boolean isPutAside(Rtnetlink links, Link link, Attachment holder) {
    InterfaceName aside = Derived.hostInterface(holder.identity().uid());
    changing.lock();
    try {
      links.execute(LinkRequest.set(link.index()).name(aside));
      return true;
    } catch (NetlinkException e) {
      // It is gone, or up on a kernel that renames none that is: what was in the way is told.
      return false;
    } finally {
      changing.unlock();
    }
  }

  /**
   * Removes an attachment; see {@link #detach(Identity, NetnsName, Reclaim)}.
   *
   * @throws AttachException also when there is nothing with its mark, and yet a link that says that
   *     it is this attachment's
   */
  public Detached detach(Attachment attachment) {
    Leaving what = leaving(attachment);
    Detached detached = detach(what.identity(), what.target(), what.reclaim());
    if (!detached.link()) {
      refuseUnmarked(attachment);
    }
    return detached;
  }

  /**
   * Removes many attachments, their pairs all at once, which takes about as long as one. One that
   * fails is no other's concern.
   *
   * @return a result for each, in their order
   */
  public List<DetachResult> detachAll(List<Attachment> attachments) {
    return node.call(() -> {
      List<DetachResult> results = detachEach(attachments.stream().map(Attacher::leaving).toList());
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i) instanceof DetachResult.Done(Identity identity, Detached detached)
            && !detached.link()) {
          results.set(i, unlessUnmarked(attachments.get(i), detached));
        }
      }
      return results;
    });
  }

  private static Leaving leaving(Attachment attachment) {
    Attachment.Target target = attachment.target();
    return new Leaving(attachment.identity(), target.netns(), target.reclaim());
  }

  private DetachResult unlessUnmarked(Attachment attachment, Detached detached) {
    try {
      refuseUnmarked(attachment);
      return new DetachResult.Done(attachment.identity(), detached);
    } catch (AttachException e) {
      return new DetachResult.Failed(attachment.identity(), e);
    }
  }

  /**
   * What is known of an attachment that is to go by its marks alone.
   *
   * @param target null where it is not known, so that only the pair goes
   */
  record Leaving(Identity identity, @Nullable NetnsName target, Reclaim reclaim) {}

  /** The same for what is known by its marks alone: a result for each, in their order. */
  List<DetachResult> detachEach(List<Leaving> all) {
    all.forEach(leaving -> announcer.forget(leaving.identity().uid()));
    return node.call(() -> {
      List<PairDeletions.Result> pairs =
          deletions.deleteAll(all.stream().map(Leaving::identity).toList());
      List<DetachResult> results = new ArrayList<>(all.size());
      for (int i = 0; i < all.size(); i++) {
        results.add(afterPair(all.get(i), pairs.get(i)));
      }
      return results;
    });
  }

  private DetachResult afterPair(Leaving what, PairDeletions.Result pair) {
    Identity identity = what.identity();
    try {
      return switch (pair) {
        case PairDeletions.Result.Kept(AttachException why) ->
            new DetachResult.Failed(identity, why);
        case PairDeletions.Result.Gone(boolean existed) ->
            new DetachResult.Done(
                identity, detachNetns(identity, what.target(), what.reclaim(), existed));
      };
    } catch (AttachException e) {
      return new DetachResult.Failed(identity, e);
    }
  }

  /** Nothing was removed, and yet a link says that it is this attachment's. */
  private void refuseUnmarked(Attachment attachment) {
    InterfaceName name = attachment.host().name();
    told("look for " + name, () -> nodeLinks.link(name))
        .filter(link -> Admission.isUnmarked(attachment, link))
        .ifPresent(link -> {
          throw new AttachException(
              Reason.CONFLICT,
              "link " + name + " is left: " + Admission.lostMark(attachment, name.value()));
        });
  }

  /**
   * Removes an attachment, the pair first and then the namespace, if that was made for attachments
   * of the same Kubernetes namespace, is not to be retained, and nothing else is in it. Removing
   * what is gone succeeds. Several threads that do so at the same time wait no longer than one.
   *
   * @param target null where it is not known, so that only the pair goes
   * @throws AttachException when somebody else made it, or the kernel refuses
   */
  public Detached detach(Identity identity, @Nullable NetnsName target, Reclaim reclaim) {
    announcer.forget(identity.uid());
    boolean pair = deletions.delete(identity);
    return detachNetns(identity, target, reclaim, pair);
  }

  private Detached detachNetns(
      Identity identity, @Nullable NetnsName target, Reclaim reclaim, boolean pair) {
    return target == null || reclaim == Reclaim.RETAIN
        ? new Detached(pair, false, List.of())
        : deleteNetns(target, identity.namespace(), identity.uid(), pair);
  }

  /** Deletes a namespace that was made for an attachment, unless something is in it. */
  public Detached detach(Inventory.MarkedNetns left) {
    return deleteNetns(left.name(), left.mark().namespace(), "", false);
  }

  private Detached deleteNetns(
      NetnsName target, String kubernetesNamespace, String uid, boolean pair) {
    ReentrantLock lock = lock(target);
    lock.lock();
    try {
      return told(
          "delete namespace " + target, () -> deleteEntry(target, kubernetesNamespace, uid, pair));
    } finally {
      lock.unlock();
    }
  }

  private Detached deleteEntry(
      NetnsName target, String kubernetesNamespace, String uid, boolean pair) {
    return switch (directory.entry(target)) {
      case Entry.Mounted(Netns netns) -> {
        try (netns) {
          yield deleteMounted(target, netns, kubernetesNamespace, uid, pair);
        }
      }
      case Entry.MountPoint(String text) -> {
        boolean ours = isDeletable(Mark.parse(text), kubernetesNamespace);
        yield new Detached(pair, ours && directory.deleteMountPoint(target), List.of());
      }
      case Entry.Absent() -> new Detached(pair, false, List.of());
      case Entry.SymbolicLink() -> new Detached(pair, false, List.of());
      case Entry.Other(String what) -> new Detached(pair, false, List.of());
    };
  }

  private Detached deleteMounted(
      NetnsName target, Netns netns, String kubernetesNamespace, String uid, boolean pair) {
    if (netns.equals(node)) {
      return new Detached(pair, false, List.of());
    }
    try (Rtnetlink inside = Rtnetlink.open(netns)) {
      if (!isDeletable(Observer.mark(inside), kubernetesNamespace)) {
        return new Detached(pair, false, List.of());
      }
      List<String> occupants = observer.occupants(netns, inside, uid);
      boolean deleted = occupants.isEmpty() && directory.delete(target, netns.identity());
      return new Detached(pair, deleted, occupants);
    }
  }

  private boolean isDeletable(Optional<Mark> found, String kubernetesNamespace) {
    return found
        .filter(mark -> mark.reclaim() == Reclaim.DELETE)
        .filter(mark -> ownership.covers(mark.owner()))
        .filter(mark -> mark.namespace().equals(kubernetesNamespace))
        .isPresent();
  }

  /** Whether the kernel answers: asked for the node's loopback link, which is always there. */
  public boolean answers() {
    try {
      return nodeLinks.link(Observer.LOOPBACK_INDEX).isPresent();
    } catch (NetlinkException e) {
      return false;
    }
  }

  /** How many addresses neighbours were told of, each repetition counted. */
  public long announcementsSent() {
    return announcer.sent();
  }

  /** How many neighbours could not be told of. */
  public long announcementsFailed() {
    return announcer.failed();
  }

  /** Everything on this node that is ours, whoever of us made it. */
  public Inventory inventory() {
    return told("list what is ours", () -> Inventory.read(node, nodeLinks, directory));
  }

  private ReentrantLock lock(NetnsName target) {
    return locks[Math.floorMod(target.hashCode(), LOCKS)];
  }

  private interface Reading<T> {
    T read();
  }

  private static <T> T told(String doing, Reading<T> reading) {
    try {
      return reading.read();
    } catch (NetlinkException e) {
      throw new AttachException(Reason.KERNEL_ERROR, doing + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    announcer.close();
    deletions.close();
    connections.close();
    nodeLinks.close();
  }
}
