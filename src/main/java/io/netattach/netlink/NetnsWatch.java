package io.netattach.netlink;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells a listener what happens to the names of namespaces, of which the kernel sends no netlink
 * event: a file in /run/netns comes or goes, or something is mounted or unmounted.
 *
 * <p>A name is a file first and a namespace a moment later, when it is mounted on: both are told.
 * Which mount it was, the kernel does not tell, and there are many that are no namespaces.
 *
 * <p>Threads: the listener and the error handler are called by one thread of this watch's own, a
 * daemon. What a listener throws goes to the error handler, and the watch goes on. {@link #close}
 * may be called by any thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7)</a>
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html">
 *     proc_pid_mountinfo(5)</a>, and proc_pid_mounts(5) for how it is polled
 */
public final class NetnsWatch implements AutoCloseable {
  /** What happened. */
  public sealed interface Event {
    /** A file of that name came or went, or was replaced. */
    record Name(NetnsName name) implements Event {}

    /** Something was mounted or unmounted somewhere in this process's mount namespace. */
    record Mounts() implements Event {}

    /** Names may have come or gone that nobody told of: look at all that matter. */
    record Resync() implements Event {}
  }

  private static final int MASK =
      Libc.IN_CREATE | Libc.IN_DELETE | Libc.IN_MOVED_FROM | Libc.IN_MOVED_TO | Libc.IN_ONLYDIR;

  /**
   * struct inotify_event: the number of the watch, the mask, a cookie, and how many bytes the name
   * has.
   */
  private static final int EVENT_BYTES = 16;

  private static final int EVENT_MASK = 4;
  private static final int EVENT_LENGTH = 12;

  /** struct pollfd: the descriptor, the events asked for, those that there are. */
  private static final int POLLFD = 8;

  private static final int EVENTS = 4;
  private static final int REVENTS = 6;

  private final Path folder;
  private final Consumer<? super Event> listener;
  private final Consumer<? super Throwable> errors;
  private final Fd inotify;
  private final Fd mounts;
  private final Fd bell;
  private final byte[] buffer = new byte[64 * 1024];
  private final Thread thread;

  /** Which folder is watched: another can be mounted or made in its place. */
  private @Nullable Object watched;

  /** The number of the watch on the folder itself; -1 while it is its parent that is watched. */
  private int watch = -1;

  private boolean belled;
  private volatile boolean closed;

  private NetnsWatch(
      Path folder, Consumer<? super Event> listener, Consumer<? super Throwable> errors) {
    this.folder = folder;
    this.listener = listener;
    this.errors = errors;
    List<Fd> opened = new ArrayList<>();
    try {
      this.inotify = opened(Libc.inotify_init1(Libc.IN_CLOEXEC | Libc.IN_NONBLOCK), opened);
      this.mounts = Fd.open("/proc/thread-self/mountinfo", Libc.O_RDONLY);
      opened.add(mounts);
      this.bell = opened(Libc.eventfd(0, Libc.EFD_CLOEXEC), opened);
      follow();
    } catch (RuntimeException e) {
      opened.forEach(Fd::close);
      throw e;
    }
    this.thread = Thread.ofPlatform().daemon().name("netattach-netns-watch").unstarted(this::run);
  }

  private static Fd opened(int number, List<Fd> opened) {
    if (number < 0) {
      throw NetlinkException.failed("watch the names of namespaces", Libc.errno());
    }
    Fd fd = new Fd(number, "a watch of namespaces");
    opened.add(fd);
    return fd;
  }

  /**
   * Watches /run/netns, also before there is one. What happens after this returns is told.
   *
   * @throws NetlinkException when the user has no more watches: EMFILE by
   *     fs.inotify.max_user_instances, ENOSPC by fs.inotify.max_user_watches
   */
  public static NetnsWatch open(
      Consumer<? super Event> listener, Consumer<? super Throwable> errors) {
    return open(NetnsDirectory.system().folder(), listener, errors);
  }

  static NetnsWatch open(
      Path folder, Consumer<? super Event> listener, Consumer<? super Throwable> errors) {
    NetnsWatch watch = new NetnsWatch(folder, listener, errors);
    NetnsThreads.startAtHome(watch.thread);
    return watch;
  }

  /**
   * Watches the folder that has the path now; whether it is another one than before. Until there is
   * one, its parent is watched, whose every new name leads here.
   */
  private boolean follow() {
    Object now = key(folder);
    if (now != null && now.equals(watched)) {
      return false;
    }
    Path path = now == null ? folder.getParent() : folder;
    int added = Libc.inotify_add_watch(inotify.number(), String.valueOf(path), MASK);
    if (added < 0) {
      Errno errno = Libc.errno();
      if (!errno.equals(Errno.ENOENT)) {
        throw NetlinkException.failed("watch " + path, errno);
      }
      // It went just now, which the next mount or name tells.
      now = null;
    }
    watch = now == null ? -1 : added;
    boolean another = !Objects.equals(watched, now);
    watched = now;
    return another;
  }

  private static @Nullable Object key(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (IOException e) {
      return null;
    }
  }

  private void run() {
    try (Memory polls = new Memory(3 * POLLFD)) {
      while (!closed) {
        expect(polls, 0, bell, Libc.POLLIN);
        expect(polls, 1, inotify, Libc.POLLIN);
        expect(polls, 2, mounts, Libc.POLLPRI);
        if (Libc.poll(Pointer.nativeValue(polls), 3, -1) < 0) {
          Errno errno = Libc.errno();
          if (!errno.equals(Errno.EINTR)) {
            throw NetlinkException.failed("wait for namespaces to come and go", errno);
          }
          continue;
        }
        boolean mounted = polls.getShort(2 * POLLFD + REVENTS) != 0;
        if (polls.getShort(POLLFD + REVENTS) != 0) {
          takeAll();
        }
        if (mounted) {
          tell(new Event.Mounts());
          if (follow()) {
            tell(new Event.Resync());
          }
        }
      }
    } catch (NetlinkException e) {
      tell(e);
    } finally {
      close(bell);
      inotify.close();
      mounts.close();
    }
  }

  private static void expect(Memory polls, int at, Fd fd, short events) {
    polls.setInt((long) at * POLLFD, fd.number());
    polls.setShort((long) at * POLLFD + EVENTS, events);
    polls.setShort((long) at * POLLFD + REVENTS, (short) 0);
  }

  private void takeAll() {
    boolean lost = false;
    while (!closed) {
      long length = Libc.read(inotify.number(), buffer, buffer.length);
      if (length <= 0) {
        break;
      }
      ByteBuffer events = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
      int at = 0;
      while (at + EVENT_BYTES <= length) {
        int mask = events.getInt(at + EVENT_MASK);
        int bytes = events.getInt(at + EVENT_LENGTH);
        lost |= (mask & (Libc.IN_Q_OVERFLOW | Libc.IN_IGNORED)) != 0;
        if (events.getInt(at) == watch) {
          name(at + EVENT_BYTES, bytes).ifPresent(name -> tell(new Event.Name(name)));
        }
        at += EVENT_BYTES + bytes;
      }
    }
    if (follow() || lost) {
      tell(new Event.Resync());
    }
  }

  /** What no namespace can be called is of no interest. */
  private Optional<NetnsName> name(int from, int bytes) {
    int end = from;
    while (end < from + bytes && buffer[end] != 0) {
      end++;
    }
    try {
      return end == from
          ? Optional.empty()
          : Optional.of(new NetnsName(new String(buffer, from, end - from, UTF_8)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private void tell(Event event) {
    if (closed) {
      return;
    }
    try {
      listener.accept(event);
    } catch (RuntimeException e) {
      tell(e);
    }
  }

  private void tell(Throwable error) {
    errors.accept(error);
  }

  /**
   * Whether it still listens: not after {@link #close}, nor when an error has ended it, which the
   * error handler was told.
   */
  public boolean isListening() {
    return !closed && thread.isAlive();
  }

  /**
   * Ends it, and waits until its thread has ended, that is, for a listener that is at work. From
   * within the listener, or when interrupted, it does not wait. Closing twice does nothing.
   */
  @Override
  public void close() {
    closed = true;
    ring();
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void ring() {
    if (!belled) {
      Libc.eventfd_write(bell.number(), 1);
    }
  }

  private synchronized void close(Fd ended) {
    belled = true;
    ended.close();
  }
}
