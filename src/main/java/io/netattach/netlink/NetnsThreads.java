package io.netattach.netlink;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The threads that enter namespaces.
 *
 * <p>A namespace is a property of a thread, and a thread that does not come home poisons whatever
 * runs on it next. So only platform threads of this pool ever enter one, never a caller's thread
 * and never the carrier of a virtual one. Each goes home after every job; one that cannot ends, and
 * another takes its place. Idle ones end after a few seconds.
 */
final class NetnsThreads {
  private static final int IDLE_SECONDS = 3;

  /**
   * The namespace of this process: that of its first thread, which runs no Java code and stays. The
   * descriptor is never closed.
   */
  private static final Fd HOME = Fd.open("/proc/self/ns/net", Libc.O_RDONLY);

  private static final AtomicLong NUMBER = new AtomicLong();

  private static final ThreadPoolExecutor POOL =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Worker::new);

  private NetnsThreads() {}

  /** Runs a job in a namespace, and waits for it however often the caller is interrupted. */
  static <T> T call(Fd netns, Callable<T> job) throws Exception {
    if (Thread.currentThread() instanceof Worker worker) {
      return worker.callIn(netns, job);
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    POOL.execute(() -> worker().serve(netns, job, result));
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw asThrown(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Exception asThrown(ExecutionException e) {
    return switch (e.getCause()) {
      case Error error -> throw error;
      case Exception exception -> exception;
      case null, default -> e;
    };
  }

  /** Starts a thread in the namespace of this process, wherever the calling one is. */
  static void startAtHome(Thread thread) {
    if (!(Thread.currentThread() instanceof Worker worker)) {
      thread.start();
      return;
    }
    try {
      worker.callIn(
          HOME,
          () -> {
            thread.start();
            return thread;
          });
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("no checked exception is thrown above", e);
    }
  }

  /** Makes a new namespace, and runs a job inside, which owns the descriptor for it. */
  static <T> T unshare(Function<Fd, T> job) {
    if (Thread.currentThread() instanceof Worker worker) {
      return worker.unshareFromHere(job);
    }
    try {
      return call(HOME, () -> worker().unshareFromHere(job));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("no checked exception is thrown above", e);
    }
  }

  private static Worker worker() {
    return (Worker) Thread.currentThread();
  }

  private static void enter(Fd netns) {
    if (Libc.setns(netns.number(), Libc.CLONE_NEWNET) != 0) {
      Errno errno = Libc.errno();
      // Entering the namespace that one is in takes CAP_SYS_ADMIN, too; staying takes none.
      if (!errno.equals(Errno.EPERM) || !isHere(netns)) {
        throw NetlinkException.failed("enter a network namespace", errno);
      }
    }
  }

  private static boolean isHere(Fd netns) {
    try (Fd here = Fd.open("/proc/thread-self/ns/net", Libc.O_RDONLY)) {
      return Netns.identity(here.number(), "", Libc.AT_EMPTY_PATH)
          .equals(Netns.identity(netns.number(), "", Libc.AT_EMPTY_PATH));
    }
  }

  private static final class Worker extends Thread {
    /** The namespace that this thread is in; null where it was born. */
    private @Nullable Fd here;

    Worker(Runnable jobs) {
      super(jobs, "netattach-netns-" + NUMBER.incrementAndGet());
      setDaemon(true);
    }

    <T> void serve(Fd netns, Callable<T> job, CompletableFuture<T> result) {
      try {
        goHome();
        result.complete(callIn(netns, job));
      } catch (NetnsLost e) {
        result.completeExceptionally(e);
        // Ends this thread: the pool starts another.
        throw e;
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    }

    /** A thread is born in the namespace of the thread that started it. */
    private void goHome() {
      if (here == null) {
        enter(HOME);
        here = HOME;
      }
    }

    <T> T callIn(Fd netns, Callable<T> job) throws Exception {
      Fd before = here;
      // The same descriptor, not the same number, which another file may have by now.
      if (netns == before) {
        return job.call();
      }
      enter(netns);
      here = netns;
      try {
        return job.call();
      } finally {
        comeBack(before);
      }
    }

    <T> T unshareFromHere(Function<Fd, T> job) {
      if (Libc.unshare(Libc.CLONE_NEWNET) != 0) {
        throw NetlinkException.failed("make a network namespace", Libc.errno());
      }
      Fd before = here;
      try {
        Fd made = Fd.open("/proc/thread-self/ns/net", Libc.O_RDONLY);
        here = made;
        return job.apply(made);
      } finally {
        comeBack(before);
      }
    }

    private void comeBack(@Nullable Fd before) {
      try {
        Fd back = before == null ? HOME : before;
        enter(back);
        here = back;
      } catch (NetlinkException e) {
        throw new NetnsLost(e);
      }
    }
  }

  /** A thread could not leave a namespace. */
  private static final class NetnsLost extends Error {
    private static final long serialVersionUID = 1L;

    NetnsLost(NetlinkException cause) {
      super("a thread could not leave a network namespace", cause);
    }
  }
}
