package io.netattach.pool;

import io.netattach.api.AddressHolder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What comes back to pools: addresses of attachments that are gone, and records of those that are
 * there and whose block was lost. A pool is looked at by one thread at a time; of departures it may
 * be told by any.
 */
final class Returns {
  private static final Logger LOG = Logger.getLogger("io.netattach.pool");

  /** How often all that a pool has given is looked at, although nobody was heard to be gone. */
  private static final Duration SWEEP = Duration.ofMinutes(3);

  private final Blocks blocks;
  private final Ledger ledger;
  private final Users users;
  private final KnownAttachments known;
  private final PoolMetrics metrics;
  private final LongSupplier nanoTime;
  private final Map<String, Memory> memories = new ConcurrentHashMap<>();

  /** What is remembered of a pool between looks. */
  private static final class Memory {
    @Nullable Long swept;

    /** Uids of attachments that are gone. */
    final Set<String> departed = ConcurrentHashMap.newKeySet();

    /** The uids of those of which it cannot be read what they were given. */
    final Set<String> unread = new HashSet<>();

    Set<String> takeDeparted() {
      Set<String> taken = Set.copyOf(departed);
      departed.removeAll(taken);
      return taken;
    }
  }

  /**
   * @param nanoTime such as {@link System#nanoTime}
   */
  Returns(
      Blocks blocks,
      Ledger ledger,
      Users users,
      KnownAttachments known,
      PoolMetrics metrics,
      LongSupplier nanoTime) {
    this.blocks = blocks;
    this.ledger = ledger;
    this.users = users;
    this.known = known;
    this.metrics = metrics;
    this.nanoTime = nanoTime;
  }

  /** An attachment is gone. The first look at a pool doubts everybody, so none is told before. */
  void departed(String pool, String uid) {
    memories.computeIfPresent(
        pool,
        (name, memory) -> {
          memory.departed.add(uid);
          return memory;
        });
  }

  /** Keeps nothing of a pool that is gone. */
  void forget(String pool) {
    memories.remove(pool);
  }

  /**
   * Takes addresses from those that were heard to be gone, and now and then from all others.
   *
   * @return whether all that attachments were given is recorded, as far as is known; until then
   *     nothing may be given, since what looks free may be somebody's
   */
  boolean takeBack(String pool) throws InterruptedException {
    Memory memory = memories.computeIfAbsent(pool, any -> new Memory());
    Set<String> gone = memory.takeDeparted();
    Long swept = memory.swept;
    long now = nanoTime.getAsLong();
    boolean isRobbed = blocks.takeRobbed(pool);
    boolean isDue = isRobbed || swept == null || now - swept >= SWEEP.toNanos();
    memory.swept = isDue ? null : swept;
    try {
      Set<PoolAddress> doubtful = new HashSet<>();
      gone.forEach(uid -> doubtful.addAll(blocks.ofUid(pool, uid)));
      if (isDue) {
        doubtful.addAll(doubtful(pool));
      }
      release(pool, doubtful);
      if (isDue && !restore(pool, memory)) {
        return false;
      }
      memory.swept = isDue ? Long.valueOf(now) : swept;
      return true;
    } catch (RuntimeException e) {
      memory.departed.addAll(gone);
      throw e;
    }
  }

  /** What attachments were given stays theirs, whatever became of the blocks. */
  private boolean restore(String pool, Memory memory) throws InterruptedException {
    Map<PoolAddress, AddressHolder> given = new HashMap<>();
    List<Map.Entry<PoolAddress, AddressHolder>> all = new ArrayList<>();
    Set<String> unread = new HashSet<>();
    known
        .all()
        .forEach(attachment -> {
          try {
            all.addAll(Claim.given(attachment, pool).entrySet());
          } catch (IllegalArgumentException e) {
            String uid = attachment.getMetadata().getUid();
            unread.add(uid);
            if (memory.unread.add(uid)) {
              LOG.errorf(
                  "pool %s: status.assigned of %s cannot be read, and counts for nothing: %s; delete"
                      + " that attachment and create it again",
                  pool, Claim.name(attachment), e.getMessage());
            }
          }
        });
    memory.unread.retainAll(unread);
    all.forEach(use -> given.putIfAbsent(use.getKey(), use.getValue()));
    OptionalInt restored = ledger.restore(pool, given);
    if (restored.isEmpty()) {
      LOG.warnf(
          "pool %s: addresses in use are in no AddressBlock, and others were quicker to write those"
              + " again and again: nothing is given until they are recorded",
          pool);
      return false;
    }
    if (restored.getAsInt() > 0) {
      LOG.warnf(
          "pool %s: addresses in use that were in no AddressBlock, recorded again: %d",
          pool, restored.getAsInt());
    }
    all.forEach(use -> tellOfTwo(pool, use.getKey(), use.getValue()));
    return true;
  }

  /** Says of an address that is recorded for one whether another that is there has it, too. */
  private void tellOfTwo(String pool, PoolAddress address, AddressHolder user) {
    AddressHolder holder = blocks.holder(pool, address);
    if (holder != null
        && !Objects.equals(holder.uid(), user.uid())
        && users.judge(pool, address, user) instanceof Ledger.Verdict.Stays) {
      LOG.errorf(
          "pool %s: %s is that of %s, and of %s too: delete one of them",
          pool, address, holder.attachment(), user.attachment());
    }
  }

  private List<PoolAddress> doubtful(String pool) {
    return blocks.of(pool).values().stream()
        .flatMap(block -> block.holders().entrySet().stream())
        .filter(entry -> users.isDoubtful(pool, entry.getKey(), entry.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Takes from addresses those who may not keep them, as the API server knows it now. */
  void release(String pool, Collection<PoolAddress> doubtful) throws InterruptedException {
    if (doubtful.isEmpty()) {
      return;
    }
    int released =
        ledger.release(pool, doubtful, (address, holder) -> users.judge(pool, address, holder));
    if (released > 0) {
      metrics.released(released);
      LOG.infof("pool %s: addresses taken back: %d", pool, released);
    }
  }
}
