package io.netattach.cli.bench;

import io.netattach.attach.AttachException;
import io.netattach.attach.Attacher;
import io.netattach.attach.Attachment;
import io.netattach.attach.DetachResult;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Owner;
import io.netattach.attach.Ownership;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Rtnetlink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

  /** What an operation on one item of this many costs is what the compiler has seen by then. */
  private static final int WARM_UP_ITEMS = 300;

  private static final int WARM_UP_ROUNDS = 5;

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
      if (count < 1 || workers < 1) {
        throw new IllegalArgumentException("items and workers are 1 or more");
      }
      if (base < 0 || count + WARM_UP_ITEMS > BenchItem.MAX_NUMBER - base) {
        throw new IllegalArgumentException(
            "the numbers of items are within 0 to " + (BenchItem.MAX_NUMBER - WARM_UP_ITEMS));
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

  /** Does it all to other items first, so that what is measured is compiled. */
  public void warmUp(List<Operation> operations, int workers) {
    Load warm = new Load(WARM_UP_ITEMS, workers, BenchItem.MAX_NUMBER - 2 * WARM_UP_ITEMS);
    for (int round = 0; round < WARM_UP_ROUNDS && !stopped.getAsBoolean(); round++) {
      try {
        measure(Operation.SETUP, warm);
        operations.stream()
            .filter(operation -> operation != Operation.SETUP && operation != Operation.TEARDOWN)
            .distinct()
            .forEach(operation -> measure(operation, warm));
      } finally {
        clear(warm);
      }
    }
    try {
      Thread.sleep(SETTLE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Removes what is left of the items, without measuring. */
  public void clear(Load load) {
    for (int from = 0; from < load.count(); from += TEARDOWN_SLICE) {
      int to = Math.min(load.count(), from + TEARDOWN_SLICE);
      teardown(items(load).subList(from, to));
    }
  }

  /**
   * Does one operation to all items.
   *
   * @return a line of JSON
   */
  public Result run(Operation operation, Load load) {
    Measurement measurement = measure(operation, load);
    return new Result(measurement.json(), measurement.failed());
  }

  /**
   * What an operation came to.
   *
   * @param json one line: the fields are told by {@code netattach bench --help}
   * @param failed how many items failed
   */
  public record Result(String json, int failed) {}

  private static List<Attachment> items(Load load) {
    return IntStream.range(load.base(), load.base() + load.count())
        .mapToObj(BenchItem::attachment)
        .toList();
  }

  private Measurement measure(Operation operation, Load load) {
    int count = load.count();
    List<Attachment> items = items(load);
    int slice =
        operation == Operation.TEARDOWN
            ? Math.min(TEARDOWN_SLICE, Math.ceilDiv(count, load.workers()))
            : 1;
    long[] nanos = new long[count];
    AtomicInteger next = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    List<Thread> workers = new ArrayList<>();
    ResourceUse before = ResourceUse.now();
    long start = System.nanoTime();
    for (int worker = 0; worker < load.workers(); worker++) {
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
      Thread thread =
          new Thread(() -> node.call(Executors.callable(work)), "netattach-bench-" + worker);
      workers.add(thread);
      thread.start();
    }
    workers.forEach(Bench::join);
    double wall = (System.nanoTime() - start) / 1e9;
    return new Measurement(
        operation,
        load.workers(),
        load.base(),
        failed.get(),
        wall,
        nanos,
        before,
        ResourceUse.now());
  }

  private static void join(Thread worker) {
    boolean interrupted = false;
    while (true) {
      try {
        worker.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
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
      if (result instanceof DetachResult.Failed(Attachment item, AttachException why)) {
        errors.accept(item.identity() + ": " + why.getMessage());
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
