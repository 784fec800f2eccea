package io.netattach.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace, held open by a file descriptor.
 *
 * <p>The namespace lives while anything holds it: this handle, a process inside, a mount. Close the
 * handle when done; closing twice does nothing. Two handles are equal when they hold the same
 * namespace. May be used by any thread, virtual ones included: no method moves its caller to
 * another namespace.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/network_namespaces.7.html">
 *     network_namespaces(7)</a>
 * @see NetnsDirectory for namespaces with names
 */
public final class Netns implements AutoCloseable {
  /** What makes a namespace the same as another: the device and the inode of its nsfs file. */
  public record Identity(long device, long inode) {
    @Override
    public String toString() {
      return device + ":" + inode;
    }
  }

  private final Fd fd;
  private final Identity identity;

  private Netns(Fd fd, Identity identity) {
    this.fd = fd;
    this.identity = identity;
  }

  /** Takes over a descriptor: closed with the handle, or at once when it is no namespace. */
  static Netns of(Fd fd, String what) {
    try {
      if (!isOne(fd)) {
        throw NetlinkException.because("open " + what, "it is not a network namespace");
      }
      return ofNetns(fd);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** Whether a descriptor is a network namespace's. */
  static boolean isOne(Fd fd) {
    return Libc.ioctl(fd.number(), Libc.NS_GET_NSTYPE) == Libc.CLONE_NEWNET;
  }

  /** Takes over a descriptor that is a network namespace's. */
  static Netns ofNetns(Fd fd) {
    try {
      return new Netns(fd, identity(fd.number(), "", Libc.AT_EMPTY_PATH));
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * The identity of whatever file a path leads to, symbolic links not followed, or a descriptor is
   * for; see statx(2).
   */
  static Identity identity(int folder, String path, int flags) {
    byte[] bytes = new byte[Libc.STATX_SIZE];
    int options = flags | Libc.AT_SYMLINK_NOFOLLOW;
    if (Libc.statx(folder, path, options, Libc.STATX_INO, bytes) != 0) {
      throw NetlinkException.failed("look at a network namespace", Libc.errno());
    }
    ByteBuffer statx = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    long device =
        (statx.getInt(Libc.STATX_OFFSET_DEV_MAJOR) & 0xffff_ffffL) << 32
            | (statx.getInt(Libc.STATX_OFFSET_DEV_MINOR) & 0xffff_ffffL);
    return new Identity(device, statx.getLong(Libc.STATX_OFFSET_INO));
  }

  /** Makes a namespace that nothing else knows of, with {@code lo} in it, down. */
  public static Netns create() {
    return create(netns -> {});
  }

  /** The same, with a job that is run inside it before anybody else can know of it. */
  static Netns create(Consumer<Netns> inside) {
    return NetnsThreads.unshare(fd -> {
      Netns netns = ofNetns(fd);
      try {
        inside.accept(netns);
        return netns;
      } catch (RuntimeException e) {
        netns.close();
        throw e;
      }
    });
  }

  /** The namespace of this process. */
  public static Netns current() {
    return openPath(Path.of("/proc/self/ns/net"));
  }

  /**
   * The namespace of a process, as seen in /proc.
   *
   * @throws NetlinkException with ENOENT when there is no such process
   * @throws IllegalArgumentException when the number is below 1
   */
  public static Netns ofProcess(long pid) {
    if (pid < 1) {
      throw new IllegalArgumentException("a process id is 1 or more, not " + pid);
    }
    return openPath(Path.of("/proc/" + pid + "/ns/net"));
  }

  /**
   * The namespace named so in /run/netns, as {@code ip netns} names them.
   *
   * @throws NetlinkException with ENOENT when there is none
   */
  public static Netns open(NetnsName name) {
    return NetnsDirectory.system().open(name);
  }

  /**
   * The namespace that a file stands for: /proc/PID/ns/net, or a file that one is mounted on.
   *
   * @throws NetlinkException when there is no such file, or it is something else
   */
  public static Netns openPath(Path path) {
    // Not to wait for a writer, should it be a fifo.
    return of(Fd.open(path.toString(), Libc.O_RDONLY | Libc.O_NONBLOCK), path.toString());
  }

  /** Device and inode, the same for as long as the namespace lives. */
  public Identity identity() {
    return identity;
  }

  /**
   * A file by which this process and others can open the namespace for as long as this handle is
   * open: {@code nsenter --net=FILE}. One with a name has {@link NetnsDirectory#path}, which lasts.
   *
   * @throws NetlinkException when the handle is closed
   */
  public Path path() {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd());
  }

  /**
   * Runs a function inside the namespace and gives its result or its exception back.
   *
   * <p>It runs on a platform thread of this package, which returns home afterwards. Sockets that it
   * opens stay in the namespace; threads that it starts are born there. In it, {@code /proc/self}
   * and {@code java.net.NetworkInterface} still show the process's own namespace: use
   * /proc/thread-self.
   *
   * @throws NetlinkException when the handle is closed, or the namespace may not be entered
   * @throws CompletionException when the function throws a checked exception, which is its cause;
   *     unchecked ones come as they are
   */
  public <T extends @Nullable Object> T call(Callable<T> function) {
    try {
      return NetnsThreads.call(fd, function);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }

  int fd() {
    return fd.number();
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Netns netns && netns.identity.equals(identity);
  }

  @Override
  public int hashCode() {
    return identity.hashCode();
  }

  @Override
  public String toString() {
    return "net:[" + identity.inode + "]";
  }
}
