package io.netattach.netlink;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The system calls of this package, mapped directly onto the C library.
 *
 * <p>Addresses and sizes are {@code long}: Java 25 runs on 64-bit Linux only. Every method returns
 * what the C function returns; {@link #errno()} must be the very next call on the same thread.
 */
final class Libc {
  static {
    Native.register(Libc.class, "c");
  }

  // <fcntl.h>, the values of asm-generic that all JDK 25 platforms share for these flags
  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;

  /** Arm and PowerPC have numbers of their own for some flags. */
  private static final boolean OWN_FLAGS =
      switch (System.getProperty("os.arch", "")) {
        case "aarch64", "arm", "ppc64", "ppc64le" -> true;
        default -> false;
      };

  static final int O_NOFOLLOW = OWN_FLAGS ? 0x8000 : 0x20000;
  static final int O_TMPFILE = OWN_FLAGS ? 0x404000 : 0x410000;

  static final int AT_FDCWD = -100;

  // <sys/eventfd.h>, <poll.h>
  static final int EFD_CLOEXEC = O_CLOEXEC;
  static final short POLLIN = 1;
  static final short POLLPRI = 2;

  // <sys/inotify.h>
  static final int IN_CLOEXEC = O_CLOEXEC;
  static final int IN_NONBLOCK = O_NONBLOCK;
  static final int IN_MOVED_FROM = 0x40;
  static final int IN_MOVED_TO = 0x80;
  static final int IN_CREATE = 0x100;
  static final int IN_DELETE = 0x200;
  static final int IN_Q_OVERFLOW = 0x4000;
  static final int IN_IGNORED = 0x8000;
  static final int IN_ONLYDIR = 0x1000000;

  // <sys/file.h>
  static final int LOCK_EX = 2;

  // <linux/sched.h>
  static final int CLONE_NEWNET = 0x40000000;

  // <linux/mount.h>
  static final long MS_BIND = 4096;
  static final long MS_REC = 16384;
  static final long MS_SHARED = 1 << 20;
  static final int MNT_DETACH = 2;
  static final int UMOUNT_NOFOLLOW = 8;

  // <linux/nsfs.h>: _IO(0xb7, 0x3)
  static final long NS_GET_NSTYPE = 0xb703;

  // <linux/stat.h>, <fcntl.h>
  static final int AT_EMPTY_PATH = 0x1000;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_SYMLINK_FOLLOW = 0x400;
  static final int STATX_INO = 0x100;
  static final int STATX_SIZE = 256;
  static final int STATX_OFFSET_INO = 32;
  static final int STATX_OFFSET_DEV_MAJOR = 136;
  static final int STATX_OFFSET_DEV_MINOR = 140;

  private Libc() {}

  static native int socket(int domain, int type, int protocol);

  static native int setsockopt(int fd, int level, int name, int[] value, int length);

  static native int bind(int fd, long address, int length);

  static native long send(int fd, long buffer, long length, int flags);

  static native long recvfrom(
      int fd, long buffer, long length, int flags, long sender, long senderLength);

  static native long recvmsg(int fd, long message, int flags);

  static native int poll(long descriptors, long count, int milliseconds);

  static native int eventfd(int value, int flags);

  static native int eventfd_write(int fd, long value);

  static native int inotify_init1(int flags);

  static int inotify_add_watch(int fd, String path, int mask) {
    return inotify_add_watch(fd, text(path), mask);
  }

  private static native int inotify_add_watch(int fd, byte[] path, int mask);

  static native long read(int fd, byte[] buffer, long length);

  static int open(String path, int flags) {
    return open(text(path), flags);
  }

  private static native int open(byte[] path, int flags);

  static int openat(int dirfd, String path, int flags, int mode) {
    return openat(dirfd, text(path), flags, mode);
  }

  private static native int openat(int dirfd, byte[] path, int flags, int mode);

  static native long write(int fd, byte[] buffer, long length);

  static int linkat(int fromFolder, String from, int toFolder, String to, int flags) {
    return linkat(fromFolder, text(from), toFolder, text(to), flags);
  }

  private static native int linkat(int fromFolder, byte[] from, int toFolder, byte[] to, int flags);

  static native int close(int fd);

  static native int flock(int fd, int operation);

  static int statx(int dirfd, String path, int flags, int mask, byte[] buffer) {
    return statx(dirfd, text(path), flags, mask, buffer);
  }

  private static native int statx(int dirfd, byte[] path, int flags, int mask, byte[] buffer);

  static native int ioctl(int fd, long request);

  static native int setns(int fd, int type);

  static native int unshare(int flags);

  static int mount(String source, String target, @Nullable String type, long flags) {
    return mount(text(source), text(target), type == null ? null : text(type), flags, 0);
  }

  private static native int mount(
      byte[] source, byte[] target, byte @Nullable [] type, long flags, long data);

  static int umount2(String target, int flags) {
    return umount2(text(target), flags);
  }

  private static native int umount2(byte[] target, int flags);

  /** As C has it, in UTF-8. JNA could do it, by several calls back into Java for each text. */
  private static byte[] text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  // Not of the C library before glibc 2.36, so called by number: the same on all architectures.
  private static final long SYS_FSOPEN = 430;
  private static final long SYS_FSCONFIG = 431;
  private static final long SYS_FSMOUNT = 432;

  // One mapping of the name only: with two, JNA 5.19.1 was seen to corrupt memory.
  private static native long syscall(long number, long a, long b, long c, long d, long e);

  static int fsopen(String type, int flags) {
    try (Memory name = new Memory(type.length() + 1)) {
      name.setString(0, type);
      return (int) syscall(SYS_FSOPEN, Pointer.nativeValue(name), flags, 0, 0, 0);
    }
  }

  static int fsconfig(int fd, int command, long key, long value, int aux) {
    return (int) syscall(SYS_FSCONFIG, fd, command, key, value, aux);
  }

  static int fsmount(int fd, int flags, int attributes) {
    return (int) syscall(SYS_FSMOUNT, fd, flags, attributes, 0, 0);
  }

  static native String strerror(int errno);

  /** The error of the last call on this thread. */
  static Errno errno() {
    return new Errno(Native.getLastError());
  }
}
