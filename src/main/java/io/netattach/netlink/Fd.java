package io.netattach.netlink;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** A file descriptor that is closed once, whoever closes it and however often. */
final class Fd implements AutoCloseable {
  private final AtomicInteger number;
  private final String what;

  Fd(int number, String what) {
    this.number = new AtomicInteger(number);
    this.what = what;
  }

  static Fd open(String path, int flags) {
    int fd = Libc.open(path, flags | Libc.O_CLOEXEC);
    if (fd < 0) {
      throw NetlinkException.failed("open " + path, Libc.errno());
    }
    return new Fd(fd, path);
  }

  /** Makes a new file, open for writing; the umask takes from its permissions. */
  static Fd create(String path, int mode) {
    int flags = Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC;
    int fd = Libc.openat(Libc.AT_FDCWD, path, flags, mode);
    if (fd < 0) {
      throw NetlinkException.failed("make " + path, Libc.errno());
    }
    return new Fd(fd, path);
  }

  /** Writes all bytes. */
  void write(byte[] bytes) {
    int from = 0;
    while (from < bytes.length) {
      from += writeSome(from == 0 ? bytes : Arrays.copyOfRange(bytes, from, bytes.length));
    }
  }

  /** Writes bytes from the first on, at once; how many there was room for. */
  int writeSome(byte[] bytes) {
    while (true) {
      long written = Libc.write(number(), bytes, bytes.length);
      if (written >= 0) {
        return (int) written;
      }
      Errno errno = Libc.errno();
      if (!errno.equals(Errno.EINTR)) {
        throw NetlinkException.failed("write to " + what, errno);
      }
    }
  }

  /** The number; an error once it is closed, since the kernel may have given it to another file. */
  int number() {
    int fd = number.get();
    if (fd < 0) {
      throw NetlinkException.because("use " + what, "it is closed");
    }
    return fd;
  }

  boolean isOpen() {
    return number.get() >= 0;
  }

  @Override
  public void close() {
    int fd = number.getAndSet(-1);
    if (fd >= 0) {
      // The descriptor is gone whatever close(2) returns, EINTR included: never a second try.
      Libc.close(fd);
    }
  }
}
