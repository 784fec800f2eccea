package io.netattach.attach;

import io.netattach.netlink.Errno;
import io.netattach.netlink.Link;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Rtnetlink;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Deletes the pairs of attachments. The kernel waits 20 to 30 ms with each link that goes, and once
 * for all that go as a group; so those that several threads want gone at about the same time are
 * gathered. May be used by several threads at once.
 */
final class PairDeletions implements AutoCloseable {
  /** How long the first of several is held back for the others. */
  private static final int GATHER_MILLIS = 2;

  /** Bounds how long the kernel keeps everybody else from changing links. */
  private static final int MAX_AT_ONCE = 512;

  /** A connection of its own: whoever waits here keeps nobody from reading. */
  private final Rtnetlink links;

  private final Ownership ownership;
  private final LinkGroupDeletion groups;
  private final Queue<Wanted> waiting = new ConcurrentLinkedQueue<>();

  /** Who has it carries out what waits, also for the others. */
  private final ReentrantLock turn = new ReentrantLock();

  PairDeletions(Netns node, Ownership ownership) {
    this(Rtnetlink.open(node), ownership, LinkGroupDeletion::new);
  }

  /**
   * @param links closed with this
   */
  PairDeletions(
      Rtnetlink links, Ownership ownership, Function<Rtnetlink, LinkGroupDeletion> groups) {
    this.links = links;
    this.ownership = ownership;
    this.groups = groups.apply(links);
  }

  /** What became of one pair. */
  sealed interface Result {
    /**
     * @param existed whether there was one
     */
    record Gone(boolean existed) implements Result {}

    record Kept(AttachException why) implements Result {}
  }

  /** One that is to go; the result is set and read by whoever has the turn. */
  private static final class Wanted {
    final Identity identity;
    final LinkGroupDeletion.Member member;
    @Nullable Result result;

    Wanted(Identity identity, int index, @Nullable Result result) {
      this.identity = identity;
      this.member = new LinkGroupDeletion.Member(index, Mark.altname(identity.uid()));
      this.result = result;
    }
  }

  /**
   * Deletes the pair of one attachment.
   *
   * @return whether there was one
   * @throws AttachException when it is somebody else's, or the kernel refuses
   */
  boolean delete(Identity identity) {
    return switch (deleteAll(List.of(identity)).getFirst()) {
      case Result.Gone(boolean existed) -> existed;
      case Result.Kept(AttachException why) -> throw why;
    };
  }

  /** Deletes the pairs of all these attachments; a result for each, in their order. */
  List<Result> deleteAll(List<Identity> identities) {
    List<Wanted> all = identities.stream().map(this::find).toList();
    List<Wanted> open = all.stream().filter(wanted -> wanted.result == null).toList();
    if (!open.isEmpty()) {
      waiting.addAll(open);
      awaitTurn(open);
    }
    List<Result> results = new ArrayList<>(all.size());
    for (Wanted wanted : all) {
      results.add(result(wanted));
    }
    return results;
  }

  private Wanted find(Identity identity) {
    try {
      Link host = Observer.hostLink(links, identity.uid()).orElse(null);
      if (host == null) {
        return new Wanted(identity, 0, new Result.Gone(false));
      }
      Mark mark = Mark.parse(host.alias()).orElse(null);
      if (mark != null && !ownership.covers(mark.owner())) {
        String conflict = ownership.conflict(identity, mark.owner());
        return kept(identity, new AttachException(Reason.CONFLICT, conflict));
      }
      if (!Mark.isSurely(host, identity)) {
        return kept(
            identity, new AttachException(Reason.CONFLICT, Admission.doubt(host, identity)));
      }
      return new Wanted(identity, host.index(), null);
    } catch (NetlinkException e) {
      return kept(identity, failure(identity, e));
    }
  }

  private static Wanted kept(Identity identity, AttachException why) {
    return new Wanted(identity, 0, new Result.Kept(why));
  }

  private static AttachException failure(Identity identity, NetlinkException e) {
    return new AttachException(
        Reason.KERNEL_ERROR, "delete the veth of " + identity + ": " + e.getMessage(), e);
  }

  private static Result result(Wanted wanted) {
    Result result = wanted.result;
    if (result == null) {
      throw new IllegalStateException("nobody deleted the veth of " + wanted.identity);
    }
    return result;
  }

  private void awaitTurn(List<Wanted> mine) {
    turn.lock();
    try {
      boolean done = mine.stream().allMatch(wanted -> wanted.result != null);
      if (!done && mine.size() < LinkGroupDeletion.MIN_LINKS) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(GATHER_MILLIS));
      }
      // Mine are among those that wait, perhaps behind others; or whoever took them on has thrown.
      while (!waiting.isEmpty() && mine.stream().anyMatch(wanted -> wanted.result == null)) {
        carryOut(next());
      }
    } finally {
      turn.unlock();
    }
  }

  private List<Wanted> next() {
    List<Wanted> next = new ArrayList<>();
    for (Wanted wanted = waiting.poll(); wanted != null; wanted = waiting.poll()) {
      next.add(wanted);
      if (next.size() == MAX_AT_ONCE) {
        break;
      }
    }
    return next;
  }

  private void carryOut(List<Wanted> all) {
    try {
      List<@Nullable NetlinkException> errors =
          groups.delete(all.stream().map(wanted -> wanted.member).toList());
      for (int i = 0; i < all.size(); i++) {
        NetlinkException error = errors.get(i);
        all.get(i).result =
            error == null || error.is(Errno.ENODEV)
                ? new Result.Gone(error == null)
                : new Result.Kept(failure(all.get(i).identity, error));
      }
    } catch (NetlinkException e) {
      // What was deleted all the same is found gone by whoever tries again.
      all.forEach(wanted -> wanted.result = new Result.Kept(failure(wanted.identity, e)));
    }
  }

  @Override
  public void close() {
    links.close();
  }
}
