package io.netattach.pool;

import io.netattach.api.AddressBlockSpec;
import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a pool can give.
 *
 * @param ranges as they are written, apart from each other
 */
record PoolRanges(List<PoolRange> ranges) {

  /**
   * The ranges of a pool.
   *
   * @throws InvalidPool where they cannot be used
   */
  static PoolRanges of(AddressPoolSpec spec) throws InvalidPool {
    List<PoolRange> ranges = new ArrayList<>();
    for (AddressRange written : spec.ranges()) {
      PoolRange range = PoolRange.of(written);
      for (PoolRange other : ranges) {
        if (other.whole().overlaps(range.whole())) {
          throw new InvalidPool(
              "ranges "
                  + other.subnet()
                  + " and "
                  + range.subnet()
                  + " overlap; leave one out, or write networks that are apart");
        }
      }
      ranges.add(range);
    }
    PoolRanges all = new PoolRanges(List.copyOf(ranges));
    if (ranges.isEmpty()) {
      throw new InvalidPool("the pool has no range; write one, such as subnet: 10.10.0.0/24");
    }
    for (List<PoolRange> family : all.families()) {
      if (size(family) == 0) {
        throw new InvalidPool(
            "nothing is left to give of "
                + String.join(", ", family.stream().map(PoolRange::subnet).toList())
                + "; exclude less, or add a range");
      }
    }
    return all;
  }

  /** The ranges of each IP family that there is, in the order of the first of each. */
  List<List<PoolRange>> families() {
    Map<Integer, List<PoolRange>> families = new LinkedHashMap<>();
    ranges.forEach(
        range -> families.computeIfAbsent(range.bits(), bits -> new ArrayList<>()).add(range));
    return List.copyOf(families.values());
  }

  /** The range whose network has an address, given or not. */
  Optional<PoolRange> rangeOf(PoolAddress address) {
    return ranges.stream().filter(range -> range.whole().contains(address)).findFirst();
  }

  /** The ranges that have addresses of a block. */
  Stream<PoolRange> overlapping(PoolAddress block) {
    PoolRange.Span span = new PoolRange.Span(block, block.plus(AddressBlockSpec.SIZE - 1));
    return ranges.stream()
        .filter(range -> range.bits() == block.bits())
        .filter(range -> range.whole().overlaps(span));
  }

  /** How many attachments can have one address of each family. */
  long total() {
    return families().stream().mapToLong(PoolRanges::size).min().orElse(0);
  }

  private static long size(List<PoolRange> family) {
    return family.stream().mapToLong(PoolRange::size).sum();
  }
}
