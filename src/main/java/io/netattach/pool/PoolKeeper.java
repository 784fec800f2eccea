package io.netattach.pool;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressHolder;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolStatus;
import io.netattach.api.AddressPoolUse;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.EventRecorder;
import io.netattach.kube.LogContext;
import io.netattach.kube.Spelling;
import io.netattach.kube.StartFailure;
import io.netattach.kube.StatusWriter;
import io.netattach.kube.WrittenStatuses;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

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

  /** As many as an API server answers at once without being hurt by it. */
  private static final int PARALLEL = 8;

  /** Attachments of one decision: each block is written once for all of them. */
  private static final int BATCH = 256;

  /** Attachments that are given addresses before the pool's status tells of it. */
  private static final int ROUND = 1_024;

  /** How often the status of a pool is written, at most. */
  private static final Duration STATUS_PACE = Duration.ofSeconds(1);

  /** When what the API server refuses, as a webhook may, is tried again. */
  private static final Duration RETRY = Duration.ofSeconds(10);

  /** When blocks are looked at again that others were quicker to write: never at once. */
  static final Duration OUTRUN = Duration.ofMillis(250);

  /** When an address is looked at again that is kept for who waits, and still held by another. */
  private static final Duration HELD = Duration.ofSeconds(3);

  private final Blocks blocks = new Blocks();
  private final KnownAttachments known;
  private final EventRecorder events;
  private final PoolMetrics metrics;
  private final LongSupplier nanoTime;
  private final BlockWriter writer;
  private final Ledger ledger;
  private final Users users;
  private final Returns returns;
  private final Assignment assignment;
  private final PoolReport report;
  private final StatusWriter<AddressPool> statuses;
  private final WrittenStatuses<AddressPoolStatus> written = new WrittenStatuses<>();

  private final Map<String, Memory> memories = new ConcurrentHashMap<>();

  /** Of those whose pool does not exist. */
  private final Memory missing = new Memory();

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          PARALLEL, Thread.ofPlatform().daemon().name("netattach-assign-", 0).factory());

  /** What is remembered of a pool between looks. */
  private static final class Memory {
    @Nullable Long told;

    /** The uids of those that were given addresses and are still seen without. */
    final Set<String> given = ConcurrentHashMap.newKeySet();

    /** Whether the status of one was changed by others again and again. */
    volatile boolean overtaken;

    /** Whether others were quicker to write the blocks, again and again. */
    boolean outrun;

    /** Whether one waits for an address that is kept for it and held by its predecessor. */
    boolean held;

    /** The uids of those whose latest write was refused. */
    final Set<String> refused = ConcurrentHashMap.newKeySet();
  }

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
    this.events = events;
    this.metrics = metrics;
    this.nanoTime = nanoTime;
    this.writer = new BlockWriter(client, blocks, metrics);
    this.ledger = new Ledger(blocks, writer);
    this.users = new Users(client, known);
    this.returns = new Returns(blocks, ledger, users, known, metrics, nanoTime);
    this.assignment = new Assignment(client, clock);
    this.report = new PoolReport(clock);
    this.statuses = new StatusWriter<>(client);
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
    Memory memory = memories.computeIfAbsent(name, any -> new Memory());
    memory.held = false;
    memory.outrun = false;
    if (!returns.takeBack(name)) {
      return Optional.of(OUTRUN);
    }
    List<NetworkAttachment> waiting = waiting(name, memory);
    try {
      PoolRanges ranges = PoolRanges.of(pool.getSpec());
      boolean isMore = give(name, ranges, waiting, memory);
      return next(isMore, writeStatus(pool, ranges, null, memory), memory);
    } catch (InvalidPool e) {
      boolean isMore =
          tell(
              waiting,
              Assignment.EXHAUSTED,
              "pool " + name + " gives nothing: " + e.getMessage(),
              memory);
      return next(isMore, writeStatus(pool, null, e, memory), memory);
    }
  }

  private static Optional<Duration> next(boolean isMore, Optional<Duration> later, Memory memory) {
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
    Memory memory = memories.computeIfAbsent(name, any -> new Memory());
    if (!returns.takeBack(name)) {
      return false;
    }
    if (blocks.users(name) == 0 && deleteBlocks(name)) {
      forget(name);
      written.forget(pool.getMetadata().getUid());
      return true;
    }
    List<NetworkAttachment> waiting = waiting(name, memory);
    try {
      PoolRanges ranges = PoolRanges.of(pool.getSpec());
      finish(name, ranges, waiting, memory);
      writeStatus(pool, ranges, null, memory);
    } catch (InvalidPool e) {
      writeStatus(pool, null, e, memory);
    }
    tell(
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
      String pool, PoolRanges ranges, List<NetworkAttachment> waiting, Memory memory)
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
      int given = assign(pool, ranges, recorded.recorded(), byUid, memory);
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
    metrics.forget(pool);
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
  private List<NetworkAttachment> waiting(String pool, Memory memory) {
    List<NetworkAttachment> all =
        known.waiting(pool).stream()
            .filter(attachment -> Claim.wanted(attachment).filter(pool::equals).isPresent())
            .toList();
    Set<String> uids =
        all.stream()
            .map(attachment -> attachment.getMetadata().getUid())
            .collect(Collectors.toSet());
    memory.given.retainAll(uids);
    memory.refused.retainAll(uids);
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
      String pool, PoolRanges ranges, List<NetworkAttachment> waiting, Memory memory)
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
      given += assign(pool, ranges, recorded.recorded(), byUid, memory);
      recorded
          .exhausted()
          .forEach(claim -> exhausted.add(Objects.requireNonNull(byUid.get(claim.uid()))));
      memory.outrun |= recorded.overtaken();
    }
    if (given > 0) {
      LOG.infof("pool %s: attachments given addresses: %d", pool, given);
    }
    return isMore
        | tell(
            exhausted,
            Assignment.EXHAUSTED,
            "pool "
                + pool
                + " has no address left; it goes on by itself when one is free: widen the pool, or"
                + " delete attachments that are not needed",
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

  private int assign(
      String pool,
      PoolRanges ranges,
      List<Claim> claims,
      Map<String, NetworkAttachment> byUid,
      Memory memory)
      throws InterruptedException {
    List<Callable<Boolean>> writes = new ArrayList<>();
    for (Claim claim : claims) {
      NetworkAttachment attachment = Objects.requireNonNull(byUid.get(claim.uid()));
      writes.add(() ->
          write(
              attachment,
              memory,
              () -> give(attachment, Assignment.of(pool, ranges, claim), memory)));
    }
    return (int) all(writes).stream().filter(given -> given).count();
  }

  private boolean give(NetworkAttachment attachment, AssignedAddresses assigned, Memory memory) {
    String uid = attachment.getMetadata().getUid();
    Assignment.Outcome outcome = assignment.give(attachment, assigned);
    switch (outcome) {
      case GIVEN -> {
        memory.given.add(uid);
        metrics.gave();
      }
      case SETTLED -> memory.given.add(uid);
      case OVERTAKEN -> memory.overtaken = true;
    }
    return outcome == Assignment.Outcome.GIVEN;
  }

  /**
   * Writes one attachment. What the API server answers, such as a webhook's refusal, is about this
   * one, and the others have their turn; where it does not answer, none of them would have.
   */
  private static boolean write(
      NetworkAttachment attachment, Memory memory, BooleanSupplier writing) {
    String uid = attachment.getMetadata().getUid();
    try (var about = LogContext.attachment(attachment)) {
      boolean wrote = writing.getAsBoolean();
      memory.refused.remove(uid);
      return wrote;
    } catch (KubernetesClientException e) {
      if (!ApiAnswer.isOne(e)) {
        throw e;
      }
      if (memory.refused.add(uid)) {
        LOG.warnf(
            "%s: its addresses cannot be written, trying again: %s",
            Claim.name(attachment), StartFailure.innermost(e));
      }
      return false;
    }
  }

  /**
   * Once each, those last whose latest write was refused; whether some are left to another look at
   * once.
   */
  private boolean tell(
      List<NetworkAttachment> waiting, String reason, String message, Memory memory)
      throws InterruptedException {
    // Each is asked for once: others take from those that were refused at the same time.
    Map<Boolean, List<NetworkAttachment>> byRefused =
        waiting.stream()
            .filter(each -> Assignment.isUntold(each, reason, known::hasNode))
            .collect(
                Collectors.partitioningBy(
                    each -> memory.refused.contains(each.getMetadata().getUid())));
    List<NetworkAttachment> untold =
        Stream.of(false, true)
            .flatMap(was -> byRefused.getOrDefault(was, List.of()).stream())
            .toList();
    List<Callable<Boolean>> writes = new ArrayList<>();
    for (NetworkAttachment attachment : untold.subList(0, Math.min(ROUND, untold.size()))) {
      writes.add(() -> write(attachment, memory, () -> tell(attachment, reason, message)));
    }
    boolean wrote = all(writes).contains(true);
    return wrote && untold.size() > ROUND;
  }

  private boolean tell(NetworkAttachment attachment, String reason, String message) {
    if (!assignment.tell(attachment, reason, message)) {
      return false;
    }
    if (reason.equals(Assignment.EXHAUSTED)) {
      metrics.exhausted();
    }
    LOG.warnf("%s: %s: %s", Claim.name(attachment), reason, message);
    events.warning(attachment, reason, message);
    return true;
  }

  /** Whether one of those has not been told that its pool does not exist. */
  public boolean isUntold(List<NetworkAttachment> waiting) {
    return waiting.stream()
        .anyMatch(each -> Assignment.isUntold(each, Assignment.NOT_FOUND, known::hasNode));
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
        tell(
            waiting,
            Assignment.NOT_FOUND,
            "no AddressPool is named " + pool + meant + "; create it, and this goes on by itself",
            missing);
  }

  private <T> List<T> all(List<Callable<T>> tasks) throws InterruptedException {
    List<T> results = new ArrayList<>();
    KubernetesClientException failure = null;
    for (Future<T> result : threads.invokeAll(tasks)) {
      try {
        results.add(result.get());
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof KubernetesClientException refused)) {
          throw new IllegalStateException("give addresses", e.getCause());
        }
        failure = refused;
      }
    }
    if (failure != null) {
      // Those that were refused are tried again, whatever became of the others.
      throw failure;
    }
    return results;
  }

  /** When it is to be written after all; empty where it is. */
  private Optional<Duration> writeStatus(
      AddressPool pool, @Nullable PoolRanges ranges, @Nullable InvalidPool invalid, Memory memory) {
    String name = pool.getMetadata().getName();
    AddressPoolStatus before = written.latest(pool);
    NavigableMap<PoolAddress, Block> known = blocks.of(name);
    int used = blocks.users(name);
    AddressPoolStatus status =
        ranges == null
            ? report.invalid(pool, before, Objects.requireNonNull(invalid), known.values(), used)
            : report.of(pool, before, ranges, known.values(), used);
    metrics.tells(name, status);
    if (status.equals(before)) {
      return Optional.empty();
    }
    Long told = memory.told;
    long now = nanoTime.getAsLong();
    if (told != null && now - told < STATUS_PACE.toNanos()) {
      return Optional.of(STATUS_PACE.minusNanos(now - told));
    }
    written.writing(pool, status);
    try {
      statuses.write(pool, status).ifPresent(written::wrote);
      memory.told = now;
    } catch (RuntimeException e) {
      written.forget(pool.getMetadata().getUid());
      throw e;
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
