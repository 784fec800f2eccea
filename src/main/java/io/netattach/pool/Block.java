package io.netattach.pool;

import io.netattach.api.AddressBlock;
import io.netattach.api.AddressBlockSpec;
import io.netattach.api.AddressHolder;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An AddressBlock as it was seen. It does not change, and keeps its holders once: what it was read
 * from keeps none.
 */
final class Block {
  private final AddressBlock resource;
  private final String pool;
  private final PoolAddress first;
  private final @Nullable AddressHolder[] holders;
  private final boolean closed;

  private Block(
      AddressBlock resource,
      String pool,
      PoolAddress first,
      @Nullable AddressHolder[] holders,
      boolean closed) {
    this.resource = resource;
    this.pool = pool;
    this.first = first;
    this.holders = holders;
    this.closed = closed;
  }

  /** The block of an object; empty where somebody has written what no controller would. */
  static Optional<Block> of(AddressBlock resource) {
    AddressBlockSpec spec = resource.getSpec();
    if (spec == null || spec.pool() == null || spec.first() == null) {
      return Optional.empty();
    }
    try {
      PoolAddress first = PoolAddress.parse(spec.first());
      @Nullable AddressHolder[] holders = new AddressHolder[AddressBlockSpec.SIZE];
      for (Map.Entry<String, AddressHolder> entry : spec.holders().entrySet()) {
        PoolAddress address = PoolAddress.parse(entry.getKey());
        if (!address.block().equals(first)) {
          return Optional.empty();
        }
        holders[address.place()] = entry.getValue();
      }
      return Optional.of(new Block(lean(resource, spec), spec.pool(), first, holders, false));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * The block that an object stands for by its name, where it holds what cannot be read: nobody is
   * known to have its addresses, and nobody is given one. Empty where the name is not of a block.
   */
  static Optional<Block> closed(AddressBlock resource) {
    String name = resource.getMetadata().getName();
    int dash = name.lastIndexOf('-');
    String digits = name.substring(dash + 1);
    if (dash <= 0) {
      return Optional.empty();
    }
    String pool = name.substring(0, dash);
    try {
      PoolAddress first = PoolAddress.ofDigits(digits);
      if (!first.block().equals(first) || !name.equals(name(pool, first))) {
        return Optional.empty();
      }
      AddressBlockSpec spec = new AddressBlockSpec(pool, first.toString(), Map.of());
      return Optional.of(
          new Block(
              lean(resource, spec), pool, first, new AddressHolder[AddressBlockSpec.SIZE], true));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static AddressBlock lean(AddressBlock resource, AddressBlockSpec spec) {
    AddressBlock lean = new AddressBlock();
    lean.getMetadata().setName(resource.getMetadata().getName());
    lean.getMetadata().setUid(resource.getMetadata().getUid());
    lean.getMetadata().setResourceVersion(resource.getMetadata().getResourceVersion());
    lean.setSpec(new AddressBlockSpec(spec.pool(), spec.first(), Map.of()));
    return lean;
  }

  /** The name of the block of a pool that begins with an address. */
  static String name(String pool, PoolAddress first) {
    return pool + "-" + first.digits();
  }

  /** Its name, uid and version, without its holders. */
  AddressBlock resource() {
    return resource;
  }

  /** Whether it cannot be read, so that all of its addresses count as taken. */
  boolean isClosed() {
    return closed;
  }

  String pool() {
    return pool;
  }

  PoolAddress first() {
    return first;
  }

  @Nullable AddressHolder holder(int place) {
    return holders[place];
  }

  /** A copy, by place. */
  @Nullable AddressHolder[] cells() {
    return Arrays.copyOf(holders, holders.length);
  }

  /** Who has an address, in order of the addresses. */
  SortedMap<PoolAddress, AddressHolder> holders() {
    SortedMap<PoolAddress, AddressHolder> byAddress = new TreeMap<>();
    for (int place = 0; place < holders.length; place++) {
      AddressHolder holder = holders[place];
      if (holder != null) {
        byAddress.put(first.plus(place), holder);
      }
    }
    return byAddress;
  }

  /** Whether an attachment has one of its addresses, or may have. */
  boolean hasUsers() {
    if (closed) {
      return true;
    }
    for (AddressHolder holder : holders) {
      if (holder != null && holder.uid() != null) {
        return true;
      }
    }
    return false;
  }

  boolean isEmpty() {
    if (closed) {
      return false;
    }
    for (AddressHolder holder : holders) {
      if (holder != null) {
        return false;
      }
    }
    return true;
  }
}
