package io.netattach.cli.bench;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.DetachResult;
import io.netattach.attach.Identity;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Owner;
import io.netattach.attach.Ownership;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Rtnetlink;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Measures the engine on this node, with attachments of its own. For one thread, which starts the
 * workers.
 */
public final class Bench implements AutoCloseable {
  /** How many detaches are given to the engine at once. */
  private static final int TEARDOWN_SLICE = 256;

  private static final int MAX_WORKERS = 1000;

  private static final int WARM_UP_ITEMS = 300;

  /** Numbers from here on are of items that are not measured. */
  private static final int WARM_UP_BASE = BenchItem.MAX_NUMBER + 1 - WARM_UP_ITEMS;

  /** The kernel removes namespaces after they were unmounted, and that would be measured, too. */
  private static final int SETTLE_MILLIS = 1500;

  private final Netns node = Netns.current();
  private final Rtnetlink links = Rtnetlink.open(node);
  private final Attacher attacher =
      new Attacher(
          node, NodePolicy.defaults(), new Ownership(new Owner("file:netattach-bench"), false));
  private final Consumer<String> errors;
  private final BooleanSupplier stopped;

  /**
   * Which items.
   *
   * @param count 1 and up
   * @param workers how many threads, 1 and up
   * @param base the number of the first
   */
  public record Load(int count, int workers, int base) {
    public Load {
      if (count < 1) {
        throw new IllegalArgumentException("N is 1 or more items, not " + count);
      }
      if (workers < 1 || workers > MAX_WORKERS) {
        throw new IllegalArgumentException("C is 1 to " + MAX_WORKERS + " workers, not " + workers);
      }
      if (base < 0 || count > WARM_UP_BASE - base) {
        throw new IllegalArgumentException(
            "items are numbered 0 to "
                + (WARM_UP_BASE - 1)
                + "; write N and BASE so that BASE + N is not above "
                + WARM_UP_BASE);
      }
    }
  }

  /**
   * @param errors gets a line for each item that failed
   * @param stopped whether to end early; asked before each item
   */
  public Bench(Consumer<String> errors, BooleanSupplier stopped) {
    this.errors = errors;
    this.stopped = stopped;
  }

  /**
   * Does it all to other items first, so that what is measured is compiled.
   *
   * @param rounds how often
   */
  public void warmUp(List<Operation> operations, int workers, int rounds) {
    List<Attachment> items = items(WARM_UP_BASE, WARM_UP_ITEMS);
    Set<Operation> between = EnumSet.copyOf(operations);
    between.removeAll(EnumSet.of(Operation.SETUP, Operation.TEARDOWN));
    for (int round = 0; round < rounds && !stopped.getAsBoolean(); round++) {
      try {
        measure(Operation.SETUP, items, workers);
        between.forEach(operation -> measure(operation, items, workers));
      } finally {
        teardown(items);
      }
    }
    if (rounds > 0) {
      settle();
    }
  }

  private static void settle() {
    try {
      Thread.sleep(SETTLE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Removes what is left of the items, without measuring. */
  public void clear(Load load) {
    teardown(items(load.base(), load.count()));
  }

  /**
   * Does one operation to all items.
   *
   * @return a line of JSON
   */
  public Result run(Operation operation, Load load) {
    Measured measured = measure(operation, items(load.base(), load.count()), load.workers());
    return new Result(measured.json(operation, load), measured.failed());
  }

  /**
   * What an operation came to.
   *
   * @param json one line: the fields are told by {@code netattach bench --help}
   * @param failed how many items failed
   */
  public record Result(String json, int failed) {}

  private static List<Attachment> items(int base, int count) {
    return IntStream.range(base, base + count).mapToObj(BenchItem::attachment).toList();
  }

  private Measured measure(Operation operation, List<Attachment> items, int workers) {
    int count = items.size();
    int slice =
        operation == Operation.TEARDOWN
            ? Math.min(TEARDOWN_SLICE, Math.ceilDiv(count, workers))
            : 1;
    long[] nanos = new long[count];
    AtomicInteger next = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    Runnable work =
        () -> {
          for (int from = next.getAndAdd(slice); from < count; from = next.getAndAdd(slice)) {
            int to = Math.min(count, from + slice);
            long began = System.nanoTime();
            failed.addAndGet(carryOut(operation, items.subList(from, to)));
            Arrays.fill(nanos, from, to, System.nanoTime() - began);
          }
        };
    // On a thread that may enter namespaces, so that no item has to wait for one.
    Runnable worker = () -> node.call(Executors.callable(work));
    Rusage before = Rusage.now();
    long start = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
      CompletableFuture<?>[] all = new CompletableFuture<?>[workers];
      Arrays.setAll(all, i -> CompletableFuture.runAsync(worker, threads));
      CompletableFuture.allOf(all).join();
    }
    double wall = (System.nanoTime() - start) / 1e9;
    return new Measured(failed.get(), wall, nanos, before, ResourceUse.now());
  }

  /** How many of the items failed. */
  private int carryOut(Operation operation, List<Attachment> items) {
    if (stopped.getAsBoolean()) {
      return items.size();
    }
    if (operation == Operation.TEARDOWN) {
      return teardown(items);
    }
    Attachment item = items.getFirst();
    Optional<String> failure = one(operation, item);
    failure.ifPresent(text -> errors.accept(item.identity() + ": " + text));
    return failure.isPresent() ? 1 : 0;
  }

  private Optional<String> one(Operation operation, Attachment item) {
    try {
      return switch (operation) {
        case SETUP -> {
          attacher.attach(item);
          yield Optional.empty();
        }
        case VERIFY -> {
          int changes = attacher.attach(item).steps().size();
          yield unless(changes == 0, "was not as desired: took " + changes + " changes");
        }
        case LIST -> unless(!links.links().isEmpty(), "no link was listed");
        case GET -> {
          InterfaceName name = item.host().name();
          yield unless(links.link(name).isPresent(), "there is no link " + name);
        }
        case TEARDOWN -> throw new IllegalStateException("not for a single item");
      };
    } catch (AttachException | NetlinkException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static Optional<String> unless(boolean good, String failure) {
    return good ? Optional.empty() : Optional.of(failure);
  }

  /** How many could not be torn down. */
  private int teardown(List<Attachment> items) {
    int failed = 0;
    for (DetachResult result : attacher.detachAll(items)) {
      if (result instanceof DetachResult.Failed(Identity item, AttachException why)) {
        errors.accept(item + ": " + why.getMessage());
        failed++;
      }
    }
    return failed;
  }

  @Override
  public void close() {
    attacher.close();
    links.close();
    node.close();
  }
}
