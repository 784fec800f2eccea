package io.netattach.pool;

import io.netattach.api.AddressBlockSpec;
import io.netattach.api.AddressHolder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is to get which address. Pure: it decides on blocks as they were seen, and whoever writes
 * them lets the API server test that they still are.
 *
 * @param changes what is to be written into the block that begins with an address
 * @param exhausted those for whom there is nothing
 */
record Allocation(
    SortedMap<PoolAddress, SortedMap<PoolAddress, AddressHolder>> changes, List<Claim> exhausted) {

  /** Who has an address of a block that cannot be read. */
  private static final AddressHolder UNKNOWN = new AddressHolder(null, "unknown", null);

  /**
   * Decides for claims in their order.
   *
   * @param blocks of the pool, by their first addresses
   */
  static Allocation of(
      PoolRanges ranges, NavigableMap<PoolAddress, Block> blocks, List<Claim> claims) {
    Round round = new Round(blocks, claims);
    List<Claim> exhausted = new ArrayList<>();
    List<List<PoolRange>> families = ranges.families();
    for (Claim claim : claims) {
      if (!round.decide(families, claim)) {
        exhausted.add(claim);
      }
    }
    return new Allocation(round.changes, List.copyOf(exhausted));
  }

  /** The families of which a claim has no address yet. */
  static List<List<PoolRange>> missing(List<List<PoolRange>> families, Claim claim) {
    return families.stream()
        .filter(family ->
            claim.has().stream()
                .noneMatch(has -> family.stream().anyMatch(range -> range.whole().contains(has))))
        .toList();
  }

  /** What was given to the pods of a Set. */
  private static final class OfSet {
    final SortedSet<PoolAddress> kept = new TreeSet<>();
    int used;
  }

  /** Blocks as they are with what was decided so far. */
  private static final class Round {
    private final NavigableMap<PoolAddress, Block> blocks;
    private final Map<PoolAddress, @Nullable AddressHolder[]> cells = new HashMap<>();
    private final SortedMap<PoolAddress, SortedMap<PoolAddress, AddressHolder>> changes =
        new TreeMap<>();

    /** Below it nothing is free: nothing becomes free in a round. */
    private final Map<PoolRange, PoolAddress> freeFrom = new HashMap<>();

    /** Below it nothing is kept that nobody who asks now had before. */
    private final Map<PoolRange, PoolAddress> unexpectedFrom = new HashMap<>();

    /** Below it nothing is kept. */
    private final Map<PoolRange, PoolAddress> keptFrom = new HashMap<>();

    /** By Set, what was given to its pods. */
    private final Map<String, OfSet> sets = new HashMap<>();

    /** What those who ask now had before. */
    private final Set<PoolAddress> expected = new HashSet<>();

    Round(NavigableMap<PoolAddress, Block> blocks, List<Claim> claims) {
      this.blocks = blocks;
      if (claims.stream().anyMatch(claim -> claim.keptFor() != null)) {
        claims.forEach(claim -> expected.addAll(claim.kept()));
        blocks.values().forEach(block -> block.holders().forEach(this::count));
      }
    }

    private void count(PoolAddress address, AddressHolder holder) {
      if (holder.keptFor() == null) {
        return;
      }
      OfSet set = sets.computeIfAbsent(setOf(holder.keptFor()), name -> new OfSet());
      if (holder.uid() == null) {
        set.kept.add(address);
      } else {
        set.used++;
      }
    }

    private static String setOf(String keptFor) {
      return keptFor.substring(0, Math.max(0, keptFor.lastIndexOf('/')));
    }

    /** All that a claim lacks, or nothing. */
    boolean decide(List<List<PoolRange>> families, Claim claim) {
      List<PoolAddress> chosen = new ArrayList<>();
      for (List<PoolRange> family : missing(families, claim)) {
        Optional<PoolAddress> address = choose(family, claim);
        if (address.isEmpty()) {
          return false;
        }
        chosen.add(address.get());
      }
      for (PoolAddress address : chosen) {
        sets.values().forEach(set -> set.kept.remove(address));
        count(address, claim.holder());
        cells(address.block())[address.place()] = claim.holder();
        changes
            .computeIfAbsent(address.block(), block -> new TreeMap<>())
            .put(address, claim.holder());
      }
      return true;
    }

    private Optional<PoolAddress> choose(List<PoolRange> family, Claim claim) {
      return claim.kept().stream()
          .filter(address -> isKept(address, claim.keptFor()))
          .filter(address -> family.stream().anyMatch(range -> range.gives(address)))
          .findFirst()
          .or(() -> spare(family, claim))
          .or(() -> family.stream().flatMap(range -> free(range).stream()).findFirst())
          .or(() ->
              family.stream()
                  .flatMap(range -> kept(range, unexpectedFrom, this::isUnexpected).stream())
                  .findFirst())
          .or(() ->
              family.stream()
                  .flatMap(range -> kept(range, keptFrom, any -> true).stream())
                  .findFirst());
    }

    /**
     * What is kept for another pod of the same Set, where more is kept than used: names of pods
     * that never come again would take ever more.
     */
    private Optional<PoolAddress> spare(List<PoolRange> family, Claim claim) {
      OfSet set = claim.keptFor() == null ? null : sets.get(setOf(claim.keptFor()));
      if (set == null || set.kept.size() <= set.used) {
        return Optional.empty();
      }
      return set.kept.stream()
          .filter(this::isUnexpected)
          .filter(address -> family.stream().anyMatch(range -> range.gives(address)))
          .findFirst();
    }

    private boolean isKept(PoolAddress address, @Nullable String keptFor) {
      AddressHolder holder = cells(address.block())[address.place()];
      return holder != null
          && holder.uid() == null
          && keptFor != null
          && keptFor.equals(holder.keptFor());
    }

    /** The lowest that nobody has and that is kept for nobody. */
    private Optional<PoolAddress> free(PoolRange range) {
      Optional<PoolAddress> at = range.next(freeFrom.getOrDefault(range, range.bounds().first()));
      while (at.isPresent()) {
        PoolAddress address = at.get();
        freeFrom.put(range, address);
        int place = empty(address);
        if (place == address.place()) {
          return at;
        }
        at = range.next(address.block().plus(place));
      }
      freeFrom.put(range, range.bounds().last().plus(1));
      return Optional.empty();
    }

    private boolean isUnexpected(PoolAddress address) {
      return !expected.contains(address);
    }

    /**
     * The lowest that is kept for somebody who is not there.
     *
     * @param begin by range, below what none is
     */
    private Optional<PoolAddress> kept(
        PoolRange range, Map<PoolRange, PoolAddress> begin, Predicate<PoolAddress> which) {
      PoolAddress from = begin.getOrDefault(range, range.bounds().first());
      for (Block block : blocks.tailMap(from.block(), true).values()) {
        if (block.first().compareTo(range.bounds().last()) > 0) {
          break;
        }
        @Nullable AddressHolder[] holders = cells(block.first());
        for (int place = 0; place < holders.length; place++) {
          AddressHolder holder = holders[place];
          PoolAddress address = block.first().plus(place);
          if (holder != null
              && holder.uid() == null
              && range.gives(address)
              && which.test(address)) {
            begin.put(range, address);
            return Optional.of(address);
          }
        }
      }
      begin.put(range, range.bounds().last().plus(1));
      return Optional.empty();
    }

    /** The next place in the block of an address that nobody has; the size where there is none. */
    private int empty(PoolAddress from) {
      @Nullable AddressHolder[] holders = cells(from.block());
      int place = from.place();
      while (place < holders.length && holders[place] != null) {
        place++;
      }
      return place;
    }

    private @Nullable AddressHolder[] cells(PoolAddress first) {
      return cells.computeIfAbsent(
          first,
          absent -> {
            Block block = blocks.get(absent);
            @Nullable AddressHolder[] holders =
                block == null ? new AddressHolder[AddressBlockSpec.SIZE] : block.cells();
            if (block != null && block.isClosed()) {
              Arrays.fill(holders, UNKNOWN);
            }
            return holders;
          });
    }
  }
}
