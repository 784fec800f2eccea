package io.netattach.netlink;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.concurrent.TimeUnit;

/**
 * Ends a thread's wait for a descriptor from another thread: an eventfd(2) that is polled beside
 * it. Once rung it stays so.
 *
 * <p>Any thread rings. The one that waits is the one that closes it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd(2)</a>
 */
final class Doorbell implements AutoCloseable {
  /** What a wait ended with. */
  enum Wake {
    RUNG,
    READABLE,
    TIMEOUT
  }

  /** {@code struct pollfd}: the descriptor, the events asked for, those that there are. */
  private static final int POLLFD = 8;

  private static final int EVENTS = 4;
  private static final int REVENTS = 6;

  private final Fd fd;
  private final Memory polls = new Memory(2 * POLLFD);
  private boolean closed;

  private Doorbell(Fd fd) {
    this.fd = fd;
  }

  static Doorbell open() {
    int number = Libc.eventfd(0, Libc.EFD_CLOEXEC);
    if (number < 0) {
      throw NetlinkException.failed("make an eventfd", Libc.errno());
    }
    return new Doorbell(new Fd(number, "an eventfd"));
  }

  /** Ends the present wait and all that come; does nothing once it is closed. */
  synchronized void ring() {
    if (!closed) {
      Libc.eventfd_write(fd.number(), 1);
    }
  }

  /** Waits until the descriptor has something to read or an error, for as long as it takes. */
  Wake await(Fd other) {
    Wake wake;
    do {
      wake = await(other, System.nanoTime() + TimeUnit.HOURS.toNanos(1));
    } while (wake == Wake.TIMEOUT);
    return wake;
  }

  /** Waits so, up to a {@link System#nanoTime()}. */
  Wake await(Fd other, long deadline) {
    expect(0, fd.number());
    expect(POLLFD, other.number());
    while (true) {
      long left = Math.max(0, deadline - System.nanoTime());
      // Rounded up: or the last fraction of a millisecond would be spent turning round.
      int milliseconds =
          (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(left + 999_999));
      int ready = Libc.poll(Pointer.nativeValue(polls), 2, milliseconds);
      if (ready > 0) {
        return polls.getShort(REVENTS) != 0 ? Wake.RUNG : Wake.READABLE;
      }
      if (ready == 0) {
        return Wake.TIMEOUT;
      }
      Errno errno = Libc.errno();
      if (!errno.equals(Errno.EINTR)) {
        throw NetlinkException.failed("wait for a netlink socket", errno);
      }
    }
  }

  private void expect(int at, int number) {
    polls.setInt(at, number);
    polls.setShort(at + EVENTS, Libc.POLLIN);
    polls.setShort(at + REVENTS, (short) 0);
  }

  @Override
  public synchronized void close() {
    closed = true;
    fd.close();
    polls.close();
  }
}
