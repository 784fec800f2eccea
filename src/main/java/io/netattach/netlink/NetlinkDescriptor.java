package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.*;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/** Opens sockets of {@code NETLINK_ROUTE} and sets their options. */
final class NetlinkDescriptor {
  private NetlinkDescriptor() {}

  /** A socket in the namespace of the calling thread, closed on exec. */
  static Fd open() {
    int number = Libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (number < 0) {
      throw NetlinkException.failed("open a netlink socket", Libc.errno());
    }
    return new Fd(number, "a netlink socket");
  }

  /**
   * Gives the socket a port id that the kernel chooses. One without takes no multicast: the kernel
   * sees its own id, 0, and does not tell whom it takes for the cause.
   */
  static void bind(Fd fd) {
    try (Memory address = new Memory(SOCKADDR_NL)) {
      address.clear();
      address.setShort(0, (short) AF_NETLINK);
      if (Libc.bind(fd.number(), Pointer.nativeValue(address), SOCKADDR_NL) != 0) {
        throw NetlinkException.failed("bind a netlink socket", Libc.errno());
      }
    }
  }

  static void set(Fd fd, int option, int value) {
    Errno errno = trySet(fd, SOL_NETLINK, option, value);
    if (errno != null) {
      throw NetlinkException.failed("set netlink socket option " + option, errno);
    }
  }

  /**
   * Lets the kernel queue so many bytes for the socket, its own book-keeping included. Beyond
   * net.core.rmem_max that takes CAP_NET_ADMIN in the first user namespace; without, it is that.
   */
  static void receiveBuffer(Fd fd, int bytes) {
    // The kernel doubles what is asked for, see socket(7).
    int half = Math.max(1, bytes / 2);
    if (trySet(fd, SOL_SOCKET, SO_RCVBUFFORCE, half) != null) {
      Errno errno = trySet(fd, SOL_SOCKET, SO_RCVBUF, half);
      if (errno != null) {
        throw NetlinkException.failed("set a receive buffer of " + bytes + " bytes", errno);
      }
    }
  }

  /** Null for done. */
  private static @Nullable Errno trySet(Fd fd, int level, int option, int value) {
    return Libc.setsockopt(fd.number(), level, option, new int[] {value}, Integer.BYTES) == 0
        ? null
        : Libc.errno();
  }
}
