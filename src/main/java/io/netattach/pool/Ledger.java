package io.netattach.pool;

import io.netattach.api.AddressHolder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Records in blocks who has which address, beside any number of others who do the same at once.
 * Where another was quicker, the block is looked at again, and decided on again, after a random
 * while. Safe for use by several threads, for one pool by one at a time.
 */
final class Ledger {
  /** So often others may be quicker, in a row, before it is somebody else's turn. */
  static final int ATTEMPTS = 12;

  private static final long FIRST_PAUSE_MILLIS = 10;

  /** The longest pause is the first one, doubled so often. */
  private static final int LONGEST_PAUSE = 5;

  private final Blocks blocks;
  private final BlockWriter writer;

  Ledger(Blocks blocks, BlockWriter writer) {
    this.blocks = blocks;
    this.writer = writer;
  }

  /**
   * What came of claims.
   *
   * @param recorded those that have an address of each family
   * @param exhausted those for whom there is nothing
   * @param overtaken whether others were quicker for so long that some are neither
   */
  record Recorded(List<Claim> recorded, List<Claim> exhausted, boolean overtaken) {}

  /** Records addresses for claims, in their order, beside what is recorded for them already. */
  Recorded record(String pool, PoolRanges ranges, List<Claim> claims) throws InterruptedException {
    // Of a block that was lost, the attachments are asked before anything else is given.
    for (int attempt = 0; attempt < ATTEMPTS && !blocks.isRobbed(pool); attempt++) {
      List<Claim> seen = claims.stream().map(claim -> claim.in(blocks, pool)).toList();
      Map<Boolean, List<Claim>> byNeed =
          seen.stream()
              .collect(
                  Collectors.partitioningBy(
                      claim -> !Allocation.missing(ranges.families(), claim).isEmpty()));
      List<Claim> lacking = byNeed.getOrDefault(true, List.of());
      List<Claim> recorded = byNeed.getOrDefault(false, List.of());
      NavigableMap<PoolAddress, Block> known = blocks.of(pool);
      Allocation allocation = Allocation.of(ranges, known, lacking);
      if (allocation.changes().isEmpty()) {
        return new Recorded(recorded, allocation.exhausted(), false);
      }
      if (!write(pool, known, allocation)) {
        pause(attempt);
      }
    }
    return new Recorded(
        claims.stream()
            .map(claim -> claim.in(blocks, pool))
            .filter(claim -> Allocation.missing(ranges.families(), claim).isEmpty())
            .toList(),
        List.of(),
        true);
  }

  /**
   * Records again what attachments were given, where it is recorded for nobody.
   *
   * @return how many addresses that were; empty where others were quicker again and again, and some
   *     may still be recorded for nobody
   */
  OptionalInt restore(String pool, Map<PoolAddress, AddressHolder> given)
      throws InterruptedException {
    int restored = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      NavigableMap<PoolAddress, Block> known = blocks.of(pool);
      SortedMap<PoolAddress, SortedMap<PoolAddress, AddressHolder>> changes = new TreeMap<>();
      given.forEach((address, user) -> {
        Block block = known.get(address.block());
        AddressHolder holder = block == null ? null : block.holder(address.place());
        boolean isClosed = block != null && block.isClosed();
        if (!isClosed && (holder == null || holder.uid() == null)) {
          changes.computeIfAbsent(address.block(), first -> new TreeMap<>()).put(address, user);
        }
      });
      if (changes.isEmpty()) {
        return OptionalInt.of(restored);
      }
      if (write(pool, known, new Allocation(changes, List.of()))) {
        restored += changes.values().stream().mapToInt(Map::size).sum();
      } else {
        pause(attempt);
      }
    }
    return OptionalInt.empty();
  }

  private boolean write(
      String pool, NavigableMap<PoolAddress, Block> known, Allocation allocation) {
    boolean all = true;
    for (Map.Entry<PoolAddress, SortedMap<PoolAddress, AddressHolder>> change :
        allocation.changes().entrySet()) {
      PoolAddress first = change.getKey();
      all &= writer.record(pool, first, known.get(first), change.getValue());
    }
    return all;
  }

  private static void pause(int attempt) throws InterruptedException {
    long longest = FIRST_PAUSE_MILLIS << Math.min(attempt, LONGEST_PAUSE);
    Thread.sleep(ThreadLocalRandom.current().nextLong(longest));
  }

  /** What is to become of an address that somebody has. */
  sealed interface Verdict {
    /** It stays with who has it. */
    record Stays() implements Verdict {}

    /** It is kept for who may come again. */
    record Kept(AddressHolder holder) implements Verdict {}

    /** It is free. */
    record Free() implements Verdict {}
  }

  /**
   * Takes addresses from those who may not keep them.
   *
   * @param addresses about which there is doubt
   * @param judge asked about each of them, by who has it
   * @return how many were taken; those that others changed meanwhile are left to another look
   */
  int release(
      String pool,
      Collection<PoolAddress> addresses,
      BiFunction<PoolAddress, AddressHolder, Verdict> judge)
      throws InterruptedException {
    int released = 0;
    Map<PoolAddress, List<PoolAddress>> byBlock =
        addresses.stream()
            .collect(
                Collectors.groupingBy(
                    PoolAddress::block, TreeMap::new, Collectors.toCollection(ArrayList::new)));
    for (Map.Entry<PoolAddress, List<PoolAddress>> part : byBlock.entrySet()) {
      Function<Block, Map<PoolAddress, @Nullable AddressHolder>> change =
          block -> judged(block, part.getValue(), judge);
      released += release(pool, part.getKey(), change);
    }
    return released;
  }

  private int release(
      String pool,
      PoolAddress first,
      Function<Block, Map<PoolAddress, @Nullable AddressHolder>> change)
      throws InterruptedException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Block block = blocks.of(pool).get(first);
      if (block == null) {
        return 0;
      }
      Map<PoolAddress, @Nullable AddressHolder> released = change.apply(block);
      if (released.isEmpty()) {
        return 0;
      }
      if (writer.release(block, released)) {
        return released.size();
      }
      pause(attempt);
    }
    return 0;
  }

  private static Map<PoolAddress, @Nullable AddressHolder> judged(
      Block block,
      List<PoolAddress> addresses,
      BiFunction<PoolAddress, AddressHolder, Verdict> judge) {
    Map<PoolAddress, @Nullable AddressHolder> released = new TreeMap<>();
    for (PoolAddress address : addresses) {
      AddressHolder holder = block.holder(address.place());
      if (holder == null) {
        continue;
      }
      switch (judge.apply(address, holder)) {
        case Verdict.Stays stays -> {}
        case Verdict.Free free -> released.put(address, null);
        case Verdict.Kept kept -> released.put(address, kept.holder());
      }
    }
    return released;
  }
}
