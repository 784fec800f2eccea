package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.*;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * A socket that hears what the kernel multicasts in the namespace that its opening thread was in,
 * and on demand in all that have an nsid there. For one thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/recvmsg.2.html">recvmsg(2)</a>
 */
final class MulticastSocket implements AutoCloseable {
  /** What {@link #receive} met. */
  enum Outcome {
    DATAGRAM,
    NOTHING,
    /** The queue was full: from then until it is empty the kernel drops all that happens. */
    OVERFLOW,
    /** A datagram that was larger than the memory, which has grown since. */
    TOO_LARGE
  }

  /** struct msghdr of a 64-bit system: offsets of what changes, and the size. */
  private static final int MSG_NAMELEN = 8;

  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;
  private static final int MSGHDR = 56;

  /** struct cmsghdr: the length, level and type, and the data behind. */
  private static final int CMSG_LEVEL = 8;

  private static final int CMSG_TYPE = 12;
  private static final int CMSG_DATA = 16;
  private static final int CONTROL_BYTES = 64;

  private static final int IOVEC = MSGHDR;
  private static final int NAME = IOVEC + 16;
  private static final int CONTROL = NAME + 16;

  final Fd fd;
  private final Memory header = new Memory(CONTROL + CONTROL_BYTES);
  private Memory memory;
  private ByteBuffer buffer;
  private int received;
  private OptionalInt nsid = OptionalInt.empty();

  /** Takes over a descriptor that is set up. */
  MulticastSocket(Fd fd, int memoryBytes) {
    this.fd = fd;
    header.clear();
    long address = Pointer.nativeValue(header);
    header.setLong(0, address + NAME);
    header.setLong(MSG_IOV, address + IOVEC);
    header.setLong(MSG_IOVLEN, 1);
    header.setLong(MSG_CONTROL, address + CONTROL);
    memory = new Memory(memoryBytes);
    buffer = use(memory);
  }

  /** Opens one; {@code memoryBytes} is for the first datagram, and grows. */
  static MulticastSocket open(LinkMonitor.Settings settings, int memoryBytes) {
    Fd fd = NetlinkDescriptor.open();
    try {
      NetlinkDescriptor.receiveBuffer(fd, settings.receiveBuffer());
      NetlinkDescriptor.bind(fd);
      if (settings.everyNamespace()) {
        NetlinkDescriptor.set(fd, NETLINK_LISTEN_ALL_NSID, 1);
      }
      for (LinkMonitor.Group group : settings.groups()) {
        NetlinkDescriptor.set(fd, NETLINK_ADD_MEMBERSHIP, group.number());
      }
      return new MulticastSocket(fd, memoryBytes);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private ByteBuffer use(Memory target) {
    header.setLong(IOVEC, Pointer.nativeValue(target));
    header.setLong(IOVEC + 8, target.size());
    return target.getByteBuffer(0, target.size()).order(ByteOrder.nativeOrder());
  }

  /** Takes one datagram of the kernel from the queue, without waiting. */
  Outcome receive() {
    while (true) {
      header.setInt(MSG_NAMELEN, SOCKADDR_NL);
      header.setLong(MSG_CONTROLLEN, CONTROL_BYTES);
      header.setInt(NAME + SOCKADDR_NL_PID, 0);
      long length =
          Libc.recvmsg(fd.number(), Pointer.nativeValue(header), MSG_DONTWAIT | MSG_TRUNC);
      Errno errno = length < 0 ? Libc.errno() : null;
      if (errno != null) {
        if (errno.equals(Errno.EAGAIN)) {
          return Outcome.NOTHING;
        }
        if (errno.equals(Errno.ENOBUFS)) {
          return Outcome.OVERFLOW;
        }
        if (!errno.equals(Errno.EINTR)) {
          throw NetlinkException.failed("receive events", errno);
        }
      } else if (header.getInt(NAME + SOCKADDR_NL_PID) == 0) {
        return taken(length);
      }
      // Else it was interrupted, or another process wrote: the kernel's own port is 0.
    }
  }

  private Outcome taken(long length) {
    if (length == 0) {
      throw NetlinkException.because("receive events", "the socket is at its end");
    }
    if (length > memory.size()) {
      memory.close();
      memory = new Memory(length + length / 2);
      buffer = use(memory);
      return Outcome.TOO_LARGE;
    }
    received = (int) length;
    nsid = readNsid();
    return Outcome.DATAGRAM;
  }

  private OptionalInt readNsid() {
    long length = header.getLong(MSG_CONTROLLEN);
    return length >= CMSG_DATA + Integer.BYTES
            && header.getInt(CONTROL + CMSG_LEVEL) == SOL_NETLINK
            && header.getInt(CONTROL + CMSG_TYPE) == NETLINK_LISTEN_ALL_NSID
        ? OptionalInt.of(header.getInt(CONTROL + CMSG_DATA))
        : OptionalInt.empty();
  }

  /** What was received last; valid until the next is. */
  Datagram datagram() {
    return new Datagram(buffer, received);
  }

  /** Where it comes from; empty for the socket's own namespace. */
  OptionalInt nsid() {
    return nsid;
  }

  @Override
  public void close() {
    fd.close();
    header.close();
    memory.close();
  }
}
