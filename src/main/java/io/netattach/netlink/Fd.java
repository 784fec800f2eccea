package io.netattach.netlink;

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

  /** The number; an error once it is closed, since the kernel may have given it to another file. */
  int number() {
    int fd = number.get();
    if (fd < 0) {
      throw NetlinkException.because("use " + what, "it is closed");
    }
    return fd;
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
