package io.netattach.pool;

import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressHolder;
import io.netattach.kube.ObjectVersion;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * All blocks that are known, and who is in them. It is the store of an informer, so that nothing is
 * kept twice, and is also told what this process has just written, which the informer hears later:
 * of two versions of a block the later one stays. Safe for use by several threads.
 */
final class Blocks implements ItemStore<AddressBlock> {
  private static final Logger LOG = Logger.getLogger("io.netattach.pool");

  private final Map<String, Block> byName = new HashMap<>();
  private final Map<String, Book> books = new HashMap<>();

  /** The pools of blocks that somebody else has taken users from, or deleted with their users. */
  private final Set<String> robbed = new HashSet<>();

  /** The names of blocks that are being written here, of which the watch may be told first. */
  private final Set<String> writing = new HashSet<>();

  /** Those of them that were heard to have lost users, by this write or by somebody else's. */
  private final Set<String> suspected = new HashSet<>();

  /** What is known of one pool. */
  private static final class Book {
    final NavigableMap<PoolAddress, Block> blocks = new TreeMap<>();
    final Map<String, Set<PoolAddress>> byUid = new HashMap<>();
    final Map<String, Set<PoolAddress>> byKeptFor = new HashMap<>();

    void add(Block block) {
      blocks.put(block.first(), block);
      block
          .holders()
          .forEach((address, holder) -> {
            index(byUid, holder.uid(), address);
            index(byKeptFor, holder.keptFor(), address);
          });
    }

    void remove(Block block) {
      blocks.remove(block.first(), block);
      block
          .holders()
          .forEach((address, holder) -> {
            unindex(byUid, holder.uid(), address);
            unindex(byKeptFor, holder.keptFor(), address);
          });
    }

    private static void index(
        Map<String, Set<PoolAddress>> index, @Nullable String key, PoolAddress address) {
      if (key != null) {
        index.computeIfAbsent(key, any -> new TreeSet<>()).add(address);
      }
    }

    private static void unindex(
        Map<String, Set<PoolAddress>> index, @Nullable String key, PoolAddress address) {
      if (key != null) {
        index.computeIfPresent(
            key,
            (any, addresses) -> {
              addresses.remove(address);
              return addresses.isEmpty() ? null : addresses;
            });
      }
    }
  }

  /** Takes a block as it was written here, unless a later one is known. */
  synchronized void put(AddressBlock resource) {
    String name = resource.getMetadata().getName();
    Block known = byName.get(name);
    if (known != null && isLater(known.resource(), resource)) {
      return;
    }
    forget(name);
    Block.of(resource)
        .filter(block -> name.equals(Block.name(block.pool(), block.first())))
        .or(() -> Block.closed(resource))
        .ifPresent(block -> {
          if (block.isClosed() && (known == null || !known.isClosed())) {
            LOG.errorf(
                "AddressBlock %s cannot be read, and its addresses are given to nobody: put it"
                    + " right, or delete it: what is in use is then recorded again",
                name);
          }
          byName.put(name, block);
          books.computeIfAbsent(block.pool(), pool -> new Book()).add(block);
        });
  }

  private static boolean isLater(AddressBlock known, AddressBlock other) {
    return !ObjectVersion.isAtLeast(
        other.getMetadata().getResourceVersion(), known.getMetadata().getResourceVersion());
  }

  /**
   * Takes a block as it was heard of, unless a later one is known. What it has lost, somebody else
   * has taken, and may not have known who uses it.
   */
  synchronized void hear(AddressBlock resource) {
    String name = resource.getMetadata().getName();
    Block before = byName.get(name);
    put(resource);
    Block now = byName.get(name);
    if (before == null || before == now || !hasLost(before, now)) {
      return;
    }
    if (writing.contains(name)) {
      suspected.add(name);
    } else {
      robbed.add(before.pool());
    }
  }

  private static boolean hasLost(Block before, @Nullable Block now) {
    if (now == null || before.isClosed()) {
      return before.hasUsers();
    }
    return !now.isClosed()
        && before.holders().entrySet().stream()
            .filter(entry -> entry.getValue().uid() != null)
            .anyMatch(entry -> {
              AddressHolder holder = now.holder(entry.getKey().place());
              return holder == null || !Objects.equals(holder.uid(), entry.getValue().uid());
            });
  }

  /** A block is about to be written here. */
  synchronized void writing(String name) {
    writing.add(name);
  }

  /**
   * A block was written here, or was not.
   *
   * @param isDone whether it is certain that it was: then nobody else has changed it meanwhile
   */
  synchronized void wrote(String name, boolean isDone) {
    writing.remove(name);
    Block known = byName.get(name);
    if (suspected.remove(name) && !isDone && known != null) {
      robbed.add(known.pool());
    }
  }

  /** A block is gone that nobody here has deleted. */
  synchronized void lose(String name) {
    Block known = byName.get(name);
    if (known != null && known.hasUsers()) {
      robbed.add(known.pool());
    }
    forget(name);
  }

  /** Whether somebody has taken users from a pool, of which the attachments must be asked. */
  synchronized boolean isRobbed(String pool) {
    return robbed.contains(pool);
  }

  /** The same, and from now on it has not. */
  synchronized boolean takeRobbed(String pool) {
    return robbed.remove(pool);
  }

  /** A block is gone. */
  synchronized void forget(String name) {
    Block known = byName.remove(name);
    if (known != null) {
      Book book = books.get(known.pool());
      if (book != null) {
        book.remove(known);
        if (book.blocks.isEmpty()) {
          books.remove(known.pool());
        }
      }
    }
  }

  /** The pools that have blocks. */
  synchronized Set<String> pools() {
    return new HashSet<>(books.keySet());
  }

  /** The blocks of a pool as they are now, by their first addresses. */
  synchronized NavigableMap<PoolAddress, Block> of(String pool) {
    Book book = books.get(pool);
    return book == null ? new TreeMap<>() : new TreeMap<>(book.blocks);
  }

  /** The addresses of a pool that are recorded for an attachment, in order. */
  synchronized List<PoolAddress> ofUid(String pool, String uid) {
    Book book = books.get(pool);
    return book == null ? List.of() : List.copyOf(book.byUid.getOrDefault(uid, Set.of()));
  }

  /** The addresses of a pool that are kept for a pod of a Set, whoever has them, in order. */
  synchronized List<PoolAddress> keptFor(String pool, String keptFor) {
    Book book = books.get(pool);
    return book == null ? List.of() : List.copyOf(book.byKeptFor.getOrDefault(keptFor, Set.of()));
  }

  /** How many attachments have addresses of a pool; a block that cannot be read counts as one. */
  synchronized int users(String pool) {
    Book book = books.get(pool);
    return book == null
        ? 0
        : book.byUid.size() + (int) book.blocks.values().stream().filter(Block::isClosed).count();
  }

  /** Who has an address. */
  synchronized @Nullable AddressHolder holder(String pool, PoolAddress address) {
    Book book = books.get(pool);
    Block block = book == null ? null : book.blocks.get(address.block());
    return block == null ? null : block.holder(address.place());
  }

  /** The block of a name, without its holders. */
  @Override
  public synchronized @Nullable AddressBlock get(String name) {
    Block block = byName.get(name);
    return block == null ? null : block.resource();
  }

  @Override
  public String getKey(AddressBlock resource) {
    return Cache.metaNamespaceKeyFunc(resource);
  }

  @Override
  public synchronized @Nullable AddressBlock put(String key, AddressBlock resource) {
    AddressBlock before = get(key);
    hear(resource);
    return before;
  }

  @Override
  public synchronized @Nullable AddressBlock remove(String key) {
    AddressBlock before = get(key);
    lose(key);
    return before;
  }

  @Override
  public synchronized Stream<String> keySet() {
    return List.copyOf(byName.keySet()).stream();
  }

  @Override
  public synchronized Stream<AddressBlock> values() {
    Collection<Block> blocks = List.copyOf(byName.values());
    return blocks.stream().map(Block::resource);
  }

  @Override
  public synchronized int size() {
    return byName.size();
  }

  /** Nobody may take what it gives for whole objects. */
  @Override
  public boolean isFullState() {
    return false;
  }
}
