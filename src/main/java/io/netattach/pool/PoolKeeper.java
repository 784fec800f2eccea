package io.netattach.pool;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressHolder;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolUse;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.Spelling;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Gives the addresses of pools to attachments that wait for them, and takes them back from those
 * that are gone. What it remembers makes it quick; what is true is in the blocks, and is tested
 * with each write. May be called by several threads, for one pool by one at a time.
 */
public final class PoolKeeper implements AutoCloseable {
  /** The reason of an attachment for which its pool has no address. */
  public static final String EXHAUSTED = Assignment.EXHAUSTED;

  /** The reason of an attachment whose pool does not exist. */
  public static final String NOT_FOUND = Assignment.NOT_FOUND;

  private static final Logger LOG = Logger.getLogger("io.netattach.pool");

  /** Attachments of one decision: each block is written once for all of them. */
  private static final int BATCH = 256;

  /** Attachments that are given addresses before the pool's status tells of it. */
  private static final int ROUND = 1_024;

  /** When what the API server refuses, as a webhook may, is tried again. */
  private static final Duration RETRY = Duration.ofSeconds(10);

  /** When blocks are looked at again that others were quicker to write: never at once. */
  static final Duration OUTRUN = Duration.ofMillis(250);

  /** When an address is looked at again that is kept for who waits, and still held by another. */
  private static final Duration HELD = Duration.ofSeconds(3);

  private final Blocks blocks = new Blocks();
  private final KnownAttachments known;
  private final BlockWriter writer;
  private final Ledger ledger;
  private final Users users;
  private final Returns returns;
  private final Delivery delivery;
  private final PoolStatusWriter statuses;

  private final Map<String, PoolMemory> memories = new ConcurrentHashMap<>();

  /** Of those whose pool does not exist. */
  private final PoolMemory missing = new PoolMemory();

  /**
   * @param client not closed here
   * @param nanoTime such as {@link System#nanoTime}
   */
  public PoolKeeper(
      KubernetesClient client,
      KnownAttachments known,
      EventRecorder events,
      PoolMetrics metrics,
      Clock clock,
      LongSupplier nanoTime) {
    this.known = known;
    this.writer = new BlockWriter(client, blocks, metrics);
    this.ledger = new Ledger(blocks, writer);
    this.users = new Users(client, known);
    this.returns = new Returns(blocks, ledger, users, known, metrics, nanoTime);
    this.delivery = new Delivery(client, known, events, metrics, clock);
    this.statuses = new PoolStatusWriter(client, blocks, metrics, clock, nanoTime);
  }

  /** Where the informer of blocks keeps them. */
  public ItemStore<AddressBlock> store() {
    return blocks;
  }

  /** The pools of which something is left or remembered, whether they are there or not. */
  public Set<String> pools() {
    Set<String> all = new HashSet<>(blocks.pools());
    all.addAll(memories.keySet());
    return all;
  }

  /** The pool whose addresses an attachment waits for: nobody else can go on with it. */
  public static Optional<String> wanted(NetworkAttachment attachment) {
    return Claim.wanted(attachment);
  }

  /**
   * Is told of an attachment that is gone.
   *
   * @return the pool that is to be looked at because of it
   */
  public Optional<String> departed(NetworkAttachment attachment) {
    String uid = attachment.getMetadata().getUid();
    missing.refused.remove(uid);
    Optional<String> pool = Claim.use(attachment).map(AddressPoolUse::name);
    pool.ifPresent(name -> returns.departed(name, uid));
    return pool;
  }

  /**
   * Looks after a pool.
   *
   * @return when it is to be looked at again, at the latest; empty where there is no hurry
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  public Optional<Duration> keep(AddressPool pool) throws InterruptedException {
    String name = pool.getMetadata().getName();
    PoolMemory memory = memories.computeIfAbsent(name, any -> new PoolMemory());
    memory.held = false;
    memory.outrun = false;
    if (!returns.takeBack(name)) {
      return Optional.of(OUTRUN);
    }
    List<NetworkAttachment> waiting = waiting(name, memory);
    try {
      PoolRanges ranges = PoolRanges.of(pool.getSpec());
      requireGateways(name, ranges);
      boolean isMore = give(name, ranges, waiting, memory);
      return next(isMore, statuses.write(pool, ranges), memory);
    } catch (InvalidPool e) {
      boolean isMore =
          delivery.tell(
              waiting,
              Assignment.EXHAUSTED,
              "pool " + name + " gives nothing: " + e.getMessage(),
              memory);
      return next(isMore, statuses.write(pool, e), memory);
    }
  }

  /** A gateway that an attachment has as its address would take the others' packets. */
  private void requireGateways(String pool, PoolRanges ranges) throws InvalidPool {
    for (PoolRange range : ranges.ranges()) {
      PoolAddress gateway = range.gateway();
      AddressHolder holder = gateway == null ? null : blocks.holder(pool, gateway);
      if (holder != null && holder.uid() != null) {
        throw new InvalidPool(
            "the gateway "
                + gateway
                + " of "
                + range.subnet()
                + " is that of "
                + holder.attachment()
                + "; delete that attachment, or write another gateway");
      }
    }
  }

  private static Optional<Duration> next(
      boolean isMore, Optional<Duration> later, PoolMemory memory) {
    if (isMore) {
      return Optional.of(Duration.ZERO);
    }
    if (memory.outrun) {
      return Optional.of(OUTRUN);
    }
    boolean isOpen = memory.overtaken || !memory.refused.isEmpty();
    memory.overtaken = false;
    if (later.isEmpty() && memory.held) {
      return Optional.of(HELD);
    }
    return later.isEmpty() && isOpen ? Optional.of(RETRY) : later;
  }

  /**
   * Looks after a pool that is deleted.
   *
   * @return whether nobody uses it any more, and nothing is left of it
   * @throws KubernetesClientException when the API server refuses, or cannot be reached
   */
  public boolean leave(AddressPool pool) throws InterruptedException {
    String name = pool.getMetadata().getName();
    PoolMemory memory = memories.computeIfAbsent(name, any -> new PoolMemory());
    if (!returns.takeBack(name)) {
      return false;
    }
    if (blocks.users(name) == 0 && deleteBlocks(name)) {
      forget(name);
      return true;
    }
    List<NetworkAttachment> waiting = waiting(name, memory);
    try {
      PoolRanges ranges = PoolRanges.of(pool.getSpec());
      finish(name, ranges, waiting, memory);
      statuses.write(pool, ranges);
    } catch (InvalidPool e) {
      statuses.write(pool, e);
    }
    delivery.tell(
        waiting.stream()
            .filter(each -> !memory.given.contains(each.getMetadata().getUid()))
            .toList(),
        Assignment.NOT_FOUND,
        "pool " + name + " is being deleted and gives nothing new",
        memory);
    return false;
  }

  /** Gives what is recorded already: its records hold the pool for as long as they wait for it. */
  private void finish(
      String pool, PoolRanges ranges, List<NetworkAttachment> waiting, PoolMemory memory)
      throws InterruptedException {
    Map<String, NetworkAttachment> byUid = new HashMap<>();
    List<Claim> claims = new ArrayList<>();
    for (NetworkAttachment each : waiting) {
      String uid = each.getMetadata().getUid();
      if (!blocks.ofUid(pool, uid).isEmpty()) {
        byUid.put(uid, each);
        claims.add(Claim.of(each));
      }
    }
    if (!claims.isEmpty()) {
      Ledger.Recorded recorded = ledger.record(pool, ranges, claims);
      int given = delivery.give(pool, ranges, recorded.recorded(), byUid, memory);
      LOG.infof("pool %s: attachments given what was recorded for them: %d", pool, given);
    }
  }

  /** Looks after what a pool has given that is not there any more. */
  public void leaveWithout(String pool) throws InterruptedException {
    if (returns.takeBack(pool) && blocks.users(pool) == 0) {
      var unused = deleteBlocks(pool);
      forget(pool);
    }
  }

  private void forget(String pool) {
    statuses.forget(pool);
    memories.remove(pool);
    returns.forget(pool);
  }

  private boolean deleteBlocks(String pool) {
    boolean all = true;
    for (Block block : blocks.of(pool).values()) {
      all &= !block.hasUsers() && writer.delete(block);
    }
    return all;
  }

  /** In order of creation. */
  private List<NetworkAttachment> waiting(String pool, PoolMemory memory) {
    List<NetworkAttachment> all =
        known.waiting(pool).stream()
            .filter(attachment -> Claim.wanted(attachment).filter(pool::equals).isPresent())
            .toList();
    Set<String> uids =
        all.stream()
            .map(attachment -> attachment.getMetadata().getUid())
            .collect(Collectors.toSet());
    memory.retain(uids);
    return all.stream()
        .filter(attachment -> !memory.given.contains(attachment.getMetadata().getUid()))
        .sorted(
            Comparator.comparing((NetworkAttachment attachment) ->
                    String.valueOf(attachment.getMetadata().getCreationTimestamp()))
                .thenComparing(Claim::name))
        .toList();
  }

  /** Whether there is more to do. */
  private boolean give(
      String pool, PoolRanges ranges, List<NetworkAttachment> waiting, PoolMemory memory)
      throws InterruptedException {
    int given = 0;
    List<NetworkAttachment> exhausted = new ArrayList<>();
    boolean isMore = false;
    for (int from = 0; from < waiting.size(); from += BATCH) {
      if (given >= ROUND) {
        isMore = true;
        break;
      }
      Map<String, NetworkAttachment> byUid = new HashMap<>();
      List<Claim> claims = new ArrayList<>();
      for (NetworkAttachment each : waiting.subList(from, Math.min(from + BATCH, waiting.size()))) {
        byUid.put(each.getMetadata().getUid(), each);
        claims.add(Claim.of(each));
      }
      returns.release(pool, ofPredecessors(pool, claims));
      memory.held |= claims.removeIf(claim -> isHeld(pool, claim, byUid));
      Ledger.Recorded recorded = ledger.record(pool, ranges, claims);
      given += delivery.give(pool, ranges, recorded.recorded(), byUid, memory);
      recorded
          .exhausted()
          .forEach(claim -> exhausted.add(Objects.requireNonNull(byUid.get(claim.uid()))));
      memory.outrun |= recorded.overtaken();
    }
    if (given > 0) {
      LOG.infof("pool %s: attachments given addresses: %d", pool, given);
    }
    return isMore
        | delivery.tell(
            exhausted,
            Assignment.EXHAUSTED,
            "pool "
                + pool
                + " has no address left; it goes on by itself when one is free: widen the pool, or"
                + " delete attachments that are not needed"
                + PoolReport.closed(blocks.of(pool).values()),
            memory);
  }

  /** What is kept for a pod and recorded for the attachment that it had before. */
  private Set<PoolAddress> ofPredecessors(String pool, List<Claim> claims) {
    Set<PoolAddress> theirs = new HashSet<>();
    for (Claim claim : claims) {
      for (PoolAddress address : claim.in(blocks, pool).kept()) {
        AddressHolder holder = blocks.holder(pool, address);
        if (holder != null && holder.uid() != null && !claim.uid().equals(holder.uid())) {
          theirs.add(address);
        }
      }
    }
    return theirs;
  }

  /**
   * Whether what is kept for a pod is still that of the attachment of its predecessor, which is
   * about to go: who waits a little for it has it for good.
   */
  private boolean isHeld(String pool, Claim claim, Map<String, NetworkAttachment> byUid) {
    NetworkAttachment successor = Objects.requireNonNull(byUid.get(claim.uid()));
    return ofPredecessors(pool, List.of(claim)).stream()
        .map(address -> blocks.holder(pool, address))
        .anyMatch(holder -> holder != null && users.isLeaving(holder, successor));
  }

  /** Whether one of those has not been told that its pool does not exist. */
  public boolean isUntold(List<NetworkAttachment> waiting) {
    return waiting.stream().anyMatch(each -> delivery.isUntold(each, Assignment.NOT_FOUND));
  }

  /**
   * Tells attachments whose pool does not exist.
   *
   * @param pools those that there are
   */
  public void tellOfMissing(String pool, List<NetworkAttachment> waiting, Collection<String> pools)
      throws InterruptedException {
    String meant =
        Spelling.closest(pool, pools).map(name -> " (did you mean " + name + "?)").orElse("");
    var unused =
        delivery.tell(
            waiting,
            Assignment.NOT_FOUND,
            "no AddressPool is named " + pool + meant + "; create it, and this goes on by itself",
            missing);
  }

  @Override
  public void close() {
    delivery.close();
  }
}
