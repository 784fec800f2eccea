package io.netattach.netlink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * The folder of named namespaces, /run/netns: each is a file that a namespace is mounted on.
 *
 * <p>Compatible with {@code ip netns}: the same folder, a shared mount so that namespaces are seen
 * in other mount namespaces, and the same lock. Making and deleting need CAP_SYS_ADMIN. May be used
 * by any thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-netns.8.html">ip-netns(8)</a>
 */
public final class NetnsDirectory {
  /** Mount points are made under such a name first; one that is left was not finished. */
  private static final String UNFINISHED = ".netattach-";

  private static final String SPECIAL_FILE = "a device, socket or pipe";

  /** Of a mount point: r--r--r--. */
  private static final int READ_ONLY = 0444;

  private static final int MAX_MARKER_BYTES = 4096;
  private static final NetnsDirectory SYSTEM = new NetnsDirectory(Path.of("/run/netns"));

  private final Path path;

  /**
   * Whether this process has shared the mounts below, too, and removed what an earlier one left
   * unfinished: with many of them it takes long.
   */
  private boolean shared;

  /** For tests: one that has done nothing yet. */
  NetnsDirectory(Path path) {
    this.path = path;
  }

  /** /run/netns. */
  public static NetnsDirectory system() {
    return SYSTEM;
  }

  /** What is there under a name. */
  public sealed interface Entry {
    /** Nothing. */
    record Absent() implements Entry {}

    /** A namespace, open: close it. */
    record Mounted(Netns netns) implements Entry {}

    /**
     * A file that no namespace is mounted on: being made, left behind, or not ours.
     *
     * @param text its beginning: what {@link #create} wrote there; empty for iproute2's
     */
    record MountPoint(String text) implements Entry {}

    /** A link to somewhere else, not followed. */
    record SymbolicLink() implements Entry {}

    /** A folder or the like, never a namespace. */
    record Other(String what) implements Entry {}
  }

  /** The folder. */
  Path folder() {
    return path;
  }

  /** The file that a namespace of that name is mounted on. */
  public Path path(NetnsName name) {
    try {
      return path.resolve(name.value());
    } catch (InvalidPathException e) {
      throw NetlinkException.because(
          "find namespace " + name,
          "the locale of this process cannot write its name; set LC_ALL=C.UTF-8");
    }
  }

  /** What is there under a name; the caller closes what is open in it. */
  public Entry entry(NetnsName name) {
    Path file = path(name);
    int flags = Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
    int number = Libc.open(file.toString(), flags);
    if (number < 0) {
      return unopened(file, Libc.errno());
    }
    Fd fd = new Fd(number, file.toString());
    if (Netns.isOne(fd)) {
      return new Entry.Mounted(Netns.ofNetns(fd));
    }
    fd.close();
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      return new Entry.Other("a folder");
    }
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        ? new Entry.MountPoint(beginningOf(file))
        : new Entry.Other(SPECIAL_FILE);
  }

  private static Entry unopened(Path file, Errno errno) {
    if (errno.equals(Errno.ENOENT)) {
      return new Entry.Absent();
    }
    if (errno.equals(Errno.ELOOP)) {
      return new Entry.SymbolicLink();
    }
    // A socket cannot be opened.
    if (errno.equals(Errno.ENXIO)) {
      return new Entry.Other(SPECIAL_FILE);
    }
    throw NetlinkException.failed("open " + file, errno);
  }

  private static String beginningOf(Path file) {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MAX_MARKER_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  /** Whether a name is just that namespace's. */
  public boolean leadsTo(NetnsName name, Netns.Identity expected) {
    try {
      return Netns.identity(Libc.AT_FDCWD, path(name).toString(), 0).equals(expected);
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Opens the namespace of that name.
   *
   * @throws NetlinkException when there is none, or the name is something else's
   */
  public Netns open(NetnsName name) {
    return switch (entry(name)) {
      case Entry.Mounted(Netns netns) -> netns;
      case Entry.Absent() -> throw NetlinkException.failed("open " + path(name), Errno.ENOENT);
      case Entry.MountPoint(String text) ->
          throw NetlinkException.because(
              "open " + path(name), "it is a file, no namespace is mounted on it");
      case Entry.SymbolicLink() ->
          throw NetlinkException.because("open " + path(name), "it is a symbolic link");
      case Entry.Other(String what) ->
          throw NetlinkException.because("open " + path(name), "it is " + what);
    };
  }

  /** The names of the namespaces that are mounted here, sorted. */
  public List<NetnsName> list() {
    return files().stream().filter(this::isMounted).toList();
  }

  /** The names of all files here, sorted, whether a namespace is mounted on them or not. */
  public List<NetnsName> files() {
    List<NetnsName> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        name(file.getFileName().toString()).ifPresent(names::add);
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException | DirectoryIteratorException e) {
      throw NetlinkException.io("list " + path, e);
    }
    names.sort(null);
    return names;
  }

  private static Optional<NetnsName> name(String fileName) {
    try {
      return Optional.of(new NetnsName(fileName));
    } catch (IllegalArgumentException e) {
      // A file that no namespace made here or by ip netns can be.
      return Optional.empty();
    }
  }

  private boolean isMounted(NetnsName name) {
    if (entry(name) instanceof Entry.Mounted(Netns netns)) {
      netns.close();
      return true;
    }
    return false;
  }

  /** Makes a namespace of that name, as {@code ip netns add} does, and opens it. */
  public Netns create(NetnsName name) {
    return create(name, "", netns -> {});
  }

  /**
   * Makes a namespace of that name, prepared before anyone can see it.
   *
   * <p>Wherever this is interrupted, what is left under the name is nothing, a file that holds
   * {@code marker}, or the prepared namespace.
   *
   * @param marker text for the file that the namespace is mounted on; below 4 KiB
   * @param prepare what to do with the namespace before it is mounted; runs inside it
   * @throws NetlinkException with EEXIST when the name is taken
   */
  public Netns create(NetnsName name, String marker, Consumer<Netns> prepare) {
    Netns netns = Netns.create(prepare);
    try {
      try (DirectoryLock lock = lockMade()) {
        lock.held();
        share();
        makeMountPoint(name, marker);
        mount(netns, name);
      }
      return netns;
    } catch (RuntimeException e) {
      netns.close();
      throw e;
    }
  }

  /** Makes the file with its text in it at once, so that a kill leaves all of it or nothing. */
  private void makeMountPoint(NetnsName name, String marker) {
    String file = path(name).toString();
    byte[] text = marker.getBytes(StandardCharsets.UTF_8);
    int flags = Libc.O_TMPFILE | Libc.O_WRONLY | Libc.O_CLOEXEC;
    int number = Libc.openat(Libc.AT_FDCWD, path.toString(), flags, READ_ONLY);
    if (number < 0) {
      // A file system that knows no files without a name, such as overlayfs before Linux 6.3.
      makeMountPointByName(file, text);
      return;
    }
    try (Fd unnamed = new Fd(number, file)) {
      unnamed.write(text);
      String source = "/proc/thread-self/fd/" + number;
      if (Libc.linkat(Libc.AT_FDCWD, source, Libc.AT_FDCWD, file, Libc.AT_SYMLINK_FOLLOW) != 0) {
        throw NetlinkException.failed("make " + file, Libc.errno());
      }
    }
  }

  private void makeMountPointByName(String file, byte[] text) {
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    String unfinished = path.resolve(UNFINISHED + random).toString();
    try (Fd fd = Fd.create(unfinished, READ_ONLY)) {
      fd.write(text);
      // A link, not a rename: a rename would replace a file of that name.
      if (Libc.linkat(Libc.AT_FDCWD, unfinished, Libc.AT_FDCWD, file, 0) != 0) {
        throw NetlinkException.failed("make " + file, Libc.errno());
      }
    } finally {
      removeFile(Path.of(unfinished));
    }
  }

  private void mount(Netns netns, NetnsName name) {
    String source = "/proc/self/fd/" + netns.fd();
    if (Libc.mount(source, path(name).toString(), null, Libc.MS_BIND) != 0) {
      NetlinkException failure =
          NetlinkException.failed("mount a namespace on " + path(name), Libc.errno());
      removeFile(path(name));
      throw failure;
    }
  }

  /**
   * Takes the name away. The namespace itself goes when nothing else holds it, which the kernel
   * does later, in its own time; so delete links that matter first.
   *
   * @return false when there was nothing of that name
   */
  public boolean delete(NetnsName name) {
    if (!Files.exists(path(name), LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (DirectoryLock lock = lock()) {
      lock.held();
      return unmount(name);
    }
  }

  private boolean unmount(NetnsName name) {
    // A name can carry several mounts, one over the other; the last umount says EINVAL. Of a
    // symbolic link only the link itself goes.
    int flags = Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW;
    while (Libc.umount2(path(name).toString(), flags) == 0) {}
    Errno errno = Libc.errno();
    if (!errno.equals(Errno.EINVAL) && !errno.equals(Errno.ENOENT)) {
      throw NetlinkException.failed("unmount " + path(name), errno);
    }
    return removeFile(path(name));
  }

  /**
   * Takes the name away from just this namespace.
   *
   * @return false when the name is not, or no longer, that namespace's
   */
  public boolean delete(NetnsName name, Netns.Identity expected) {
    if (!Files.exists(path(name), LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (DirectoryLock lock = lock()) {
      lock.held();
      if (!(entry(name) instanceof Entry.Mounted(Netns netns))) {
        return false;
      }
      netns.close();
      return netns.identity().equals(expected) && unmount(name);
    }
  }

  /**
   * Removes a file that no namespace is mounted on.
   *
   * @return false when there is none of that name, or something is mounted on it by now
   */
  public boolean deleteMountPoint(NetnsName name) {
    try (DirectoryLock lock = lock()) {
      lock.held();
      Entry entry = entry(name);
      if (entry instanceof Entry.Mounted(Netns netns)) {
        netns.close();
      }
      return entry instanceof Entry.MountPoint && removeFile(path(name));
    }
  }

  private static boolean removeFile(Path file) {
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      throw NetlinkException.io("remove " + file, e);
    }
  }

  private void removeUnfinished() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, UNFINISHED + "*")) {
      for (Path file : files) {
        removeFile(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw NetlinkException.io("list " + path, e);
    }
  }

  /**
   * Makes the folder a mount point whose mounts spread to other mount namespaces; under the lock.
   * Said again each time, as {@code ip netns add} does, for somebody may have undone it.
   */
  private synchronized void share() {
    String folder = path.toString();
    long flags = Libc.MS_SHARED | (shared ? 0 : Libc.MS_REC);
    if (Libc.mount("", folder, "none", flags) != 0) {
      Errno errno = Libc.errno();
      // EINVAL: it is no mount point yet.
      if (!errno.equals(Errno.EINVAL)
          || Libc.mount(folder, folder, "none", Libc.MS_BIND | Libc.MS_REC) != 0
          || Libc.mount("", folder, "none", flags) != 0) {
        throw NetlinkException.failed("make " + path + " a shared mount", Libc.errno());
      }
    }
    if (!shared) {
      removeUnfinished();
      shared = true;
    }
  }

  /** The lock; the folder is made if need be. */
  private DirectoryLock lockMade() {
    try {
      return lock();
    } catch (NetlinkException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw NetlinkException.io("make " + path, e);
    }
    return lock();
  }

  /** The lock that iproute2 takes, too: flock(2) on the folder. */
  private DirectoryLock lock() {
    return new DirectoryLock(Fd.open(path.toString(), Libc.O_RDONLY));
  }

  private record DirectoryLock(Fd fd) implements AutoCloseable {
    void held() {
      while (Libc.flock(fd.number(), Libc.LOCK_EX) != 0) {
        Errno errno = Libc.errno();
        if (!errno.equals(Errno.EINTR)) {
          throw NetlinkException.failed("lock the folder of namespaces", errno);
        }
      }
    }

    @Override
    public void close() {
      fd.close();
    }
  }
}
