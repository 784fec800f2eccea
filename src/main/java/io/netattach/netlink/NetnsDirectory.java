package io.netattach.netlink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

  private static final int MAX_MARKER_BYTES = 4096;
  private static final NetnsDirectory SYSTEM = new NetnsDirectory(Path.of("/run/netns"));

  private final Path path;

  /** Whether this process has shared the mounts below, too: with many of them it takes long. */
  private boolean shared;

  private NetnsDirectory(Path path) {
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
    if (Files.isSymbolicLink(file)) {
      return new Entry.SymbolicLink();
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return new Entry.Absent();
    }
    // A symbolic link put here since would lead elsewhere; whose namespace it is, is checked by
    // inode.
    if (Files.isDirectory(file)) {
      return new Entry.Other("a folder");
    }
    Fd fd;
    try {
      fd = Fd.open(file.toString(), Libc.O_RDONLY | Libc.O_NONBLOCK);
    } catch (NetlinkException e) {
      if (e.is(Errno.ENOENT)) {
        return new Entry.Absent();
      }
      // A socket cannot be opened.
      if (e.is(Errno.ENXIO)) {
        return new Entry.Other(SPECIAL_FILE);
      }
      throw e;
    }
    if (Libc.ioctl(fd.number(), Libc.NS_GET_NSTYPE) == Libc.CLONE_NEWNET) {
      return new Entry.Mounted(Netns.of(fd, file.toString()));
    }
    fd.close();
    return Files.isRegularFile(file)
        ? new Entry.MountPoint(beginningOf(file))
        : new Entry.Other(SPECIAL_FILE);
  }

  private static String beginningOf(Path file) {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MAX_MARKER_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
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
   * @param prepare what to do with the namespace before it is mounted
   * @throws NetlinkException with EEXIST when the name is taken
   */
  public Netns create(NetnsName name, String marker, Consumer<Netns> prepare) {
    Netns netns = Netns.create();
    try {
      prepare.accept(netns);
      ensureSharedMount();
      try (DirectoryLock lock = lock()) {
        lock.held();
        removeUnfinished();
        makeMountPoint(name, marker);
        mount(netns, name);
      }
      return netns;
    } catch (RuntimeException e) {
      netns.close();
      throw e;
    }
  }

  private void makeMountPoint(NetnsName name, String marker) {
    Path unfinished =
        path.resolve(UNFINISHED + Long.toHexString(ThreadLocalRandom.current().nextLong()));
    try {
      Files.createFile(
          unfinished,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--r--r--")));
      try {
        Files.writeString(unfinished, marker);
        // A link, not a rename: a rename would replace a file of that name.
        Files.createLink(path(name), unfinished);
      } finally {
        Files.delete(unfinished);
      }
    } catch (FileAlreadyExistsException e) {
      throw NetlinkException.failed("make " + path(name), Errno.EEXIST);
    } catch (IOException e) {
      throw NetlinkException.io("make " + path(name), e);
    }
  }

  private void mount(Netns netns, NetnsName name) {
    String source = "/proc/self/fd/" + netns.fd();
    if (Libc.mount(source, path(name).toString(), null, Libc.MS_BIND, 0) != 0) {
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

  /** Makes the folder a mount point whose mounts spread to other mount namespaces. */
  private synchronized void ensureSharedMount() {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw NetlinkException.io("make " + path, e);
    }
    try (DirectoryLock lock = lock()) {
      lock.held();
      String file = path.toString();
      long share = Libc.MS_SHARED | (shared ? 0 : Libc.MS_REC);
      if (Libc.mount("", file, "none", share, 0) != 0) {
        Errno errno = Libc.errno();
        // EINVAL: it is no mount point yet.
        if (!errno.equals(Errno.EINVAL)
            || Libc.mount(file, file, "none", Libc.MS_BIND | Libc.MS_REC, 0) != 0
            || Libc.mount("", file, "none", share, 0) != 0) {
          throw NetlinkException.failed("make " + path + " a shared mount", Libc.errno());
        }
      }
    }
    shared = true;
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
