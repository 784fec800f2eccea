package io.netattach.pool;

import io.netattach.api.AddressBlockSpec;
import io.netattach.api.AddressHolder;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolStatus;
import io.netattach.api.AddressRangeStatus;
import io.netattach.api.Condition;
import io.netattach.kube.Conditions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Puts into a pool's status how much of it is used. Pure but for the clock: the same blocks after
 * the same status give an equal status.
 */
final class PoolReport {
  private static final AddressPoolStatus NOTHING =
      new AddressPoolStatus(null, 0, 0, 0, null, List.of(), List.of());

  /** How many users are told by name. */
  private static final int MAX_USERS = 10;

  private final Clock clock;

  PoolReport(Clock clock) {
    this.clock = clock;
  }

  /** What is counted of a range. */
  private static final class Count {
    long used;

    /** Those of them that could be given if nobody had them: not those excluded since. */
    long taken;
  }

  /**
   * The status of a pool that can give.
   *
   * @param before the status so far
   * @param blocks in order of their addresses
   * @param users how many attachments have addresses
   */
  AddressPoolStatus of(
      AddressPool pool,
      @Nullable AddressPoolStatus before,
      PoolRanges ranges,
      Collection<Block> blocks,
      int users) {
    Map<PoolRange, Count> counts = count(ranges, blocks);
    long free =
        ranges.families().stream()
            .mapToLong(family ->
                family.stream().mapToLong(range -> free(range, count(counts, range))).sum())
            .min()
            .orElse(0);
    boolean isLeaving = pool.isMarkedForDeletion();
    Condition ready =
        isLeaving
            ? ready(pool, before, blocks, false, "InUse", leaving(users))
            : free > 0
                ? ready(pool, before, blocks, true, "Available", "there are addresses to give")
                : ready(
                    pool,
                    before,
                    blocks,
                    false,
                    "Exhausted",
                    "no address is left for another attachment; add a range, widen one, or delete"
                        + " attachments that are not needed");
    return new AddressPoolStatus(
        pool.getMetadata().getGeneration(),
        ranges.total(),
        users,
        isLeaving ? 0 : free,
        inUse(blocks),
        ranges.ranges().stream().map(range -> status(range, count(counts, range))).toList(),
        List.of(ready));
  }

  /** The status of a pool whose ranges cannot be used: what was in use there stays told. */
  AddressPoolStatus invalid(
      AddressPool pool,
      @Nullable AddressPoolStatus before,
      InvalidPool e,
      Collection<Block> blocks,
      int users) {
    Condition ready =
        pool.isMarkedForDeletion()
            ? ready(pool, before, blocks, false, "InUse", leaving(users))
            : ready(pool, before, blocks, false, "InvalidSpec", String.valueOf(e.getMessage()));
    return new AddressPoolStatus(
        pool.getMetadata().getGeneration(),
        0,
        users,
        0,
        inUse(blocks),
        (before == null ? NOTHING : before).ranges(),
        List.of(ready));
  }

  private static Map<PoolRange, Count> count(PoolRanges ranges, Collection<Block> blocks) {
    Map<PoolRange, Count> counts = new LinkedHashMap<>();
    ranges.ranges().forEach(range -> counts.put(range, new Count()));
    for (Block block : blocks) {
      if (block.isClosed()) {
        countTaken(ranges, block.first(), counts);
        ranges.overlapping(block.first()).forEach(range -> count(counts, range).used++);
      }
      for (Map.Entry<PoolAddress, AddressHolder> entry : block.holders().entrySet()) {
        if (entry.getValue().uid() != null) {
          ranges
              .rangeOf(entry.getKey())
              .ifPresent(range -> add(count(counts, range), range, entry.getKey()));
        }
      }
    }
    return counts;
  }

  /** Nobody is known to have them, and nobody is given them. */
  private static void countTaken(
      PoolRanges ranges, PoolAddress first, Map<PoolRange, Count> counts) {
    for (int place = 0; place < AddressBlockSpec.SIZE; place++) {
      PoolAddress address = first.plus(place);
      ranges
          .rangeOf(address)
          .filter(range -> range.gives(address))
          .ifPresent(range -> count(counts, range).taken++);
    }
  }

  private static Count count(Map<PoolRange, Count> counts, PoolRange range) {
    return Objects.requireNonNull(counts.get(range));
  }

  private static void add(Count count, PoolRange range, PoolAddress address) {
    count.used++;
    if (range.gives(address)) {
      count.taken++;
    }
  }

  /** The first of those that use the pool, by address. */
  private static @Nullable String inUse(Collection<Block> blocks) {
    List<String> users = new ArrayList<>();
    long more = 0;
    for (Block block : blocks) {
      if (block.isClosed()) {
        users.add(
            "nobody knows whose those of AddressBlock "
                + block.resource().getMetadata().getName()
                + " are, which cannot be read");
      }
      for (Map.Entry<PoolAddress, AddressHolder> entry : block.holders().entrySet()) {
        if (entry.getValue().uid() == null) {
          continue;
        }
        if (users.size() < MAX_USERS) {
          users.add(entry.getKey() + " is that of " + entry.getValue().attachment());
        } else {
          more++;
        }
      }
    }
    if (users.isEmpty()) {
      return null;
    }
    return String.join(", ", users) + (more == 0 ? "" : ", and " + more + " more");
  }

  private static long free(PoolRange range, Count count) {
    return range.size() - count.taken;
  }

  private static AddressRangeStatus status(PoolRange range, Count count) {
    return new AddressRangeStatus(range.subnet(), range.size(), count.used, free(range, count));
  }

  private static String leaving(int users) {
    return "the pool is deleted and gives nothing new; attachments that have addresses of it: "
        + users
        + "; it goes when the last of them has gone";
  }

  /** What cannot be read, as the end of a sentence; empty for nothing. */
  static String closed(Collection<Block> blocks) {
    List<String> closed =
        blocks.stream()
            .filter(Block::isClosed)
            .map(block -> block.resource().getMetadata().getName())
            .toList();
    return closed.isEmpty()
        ? ""
        : "; what cannot be read, so that nobody is given its addresses: AddressBlock "
            + closed.getFirst()
            + (closed.size() == 1 ? "" : ", and " + (closed.size() - 1) + " more")
            + "; put it right, or delete it: what is in use is then recorded again";
  }

  private Condition ready(
      AddressPool pool,
      @Nullable AddressPoolStatus before,
      Collection<Block> blocks,
      boolean isReady,
      String reason,
      String message) {
    return Conditions.of(
        (before == null ? NOTHING : before).conditions(),
        Conditions.READY,
        isReady ? Conditions.TRUE : Conditions.FALSE,
        reason,
        message + closed(blocks),
        pool.getMetadata().getGeneration(),
        clock.instant());
  }
}
