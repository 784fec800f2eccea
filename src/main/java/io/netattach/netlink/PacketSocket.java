package io.netattach.netlink;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Sends whole Ethernet frames out by one link. It receives nothing.
 *
 * <p>It stays in the namespace of the thread that opened it and keeps that alive: close it. May be
 * used by any thread. Opening takes CAP_NET_RAW in the namespace's user namespace. Closing waits
 * until no processor is at work on a frame for it, which takes the kernel some milliseconds.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/packet.7.html">packet(7)</a>
 */
public final class PacketSocket implements AutoCloseable {
  // <bits/socket.h>, <linux/if_packet.h>
  static final int AF_PACKET = 17;
  private static final int SOCKADDR_LL = 20;
  private static final int SLL_IFINDEX = 4;

  /** The protocol that nothing is received of. */
  private static final int NOTHING = 0;

  final Fd fd;

  private PacketSocket(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens one in the namespace of the calling thread.
   *
   * @param link the ifindex
   * @throws NetlinkException with EPERM where that is not allowed, with ENODEV when there is no
   *     such link
   */
  public static PacketSocket open(int link) {
    return open(link, NOTHING);
  }

  /**
   * One that receives, too.
   *
   * @param protocol {@code ETH_P_*} of linux/if_ether.h
   */
  static PacketSocket open(int link, int protocol) {
    // Without a protocol at first: else it would receive from every link until it is bound.
    int number = Libc.socket(AF_PACKET, LinuxNetlink.SOCK_RAW | LinuxNetlink.SOCK_CLOEXEC, NOTHING);
    if (number < 0) {
      throw NetlinkException.failed("open a packet socket", Libc.errno());
    }
    PacketSocket socket = new PacketSocket(new Fd(number, "a packet socket"));
    try {
      socket.bind(link, protocol);
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private void bind(int link, int protocol) {
    try (Memory address = new Memory(SOCKADDR_LL)) {
      address.clear();
      ByteBuffer bytes = address.getByteBuffer(0, SOCKADDR_LL).order(ByteOrder.nativeOrder());
      bytes.putShort(0, (short) AF_PACKET);
      bytes.putInt(SLL_IFINDEX, link);
      bytes.order(ByteOrder.BIG_ENDIAN).putShort(2, (short) protocol);
      if (Libc.bind(fd.number(), Pointer.nativeValue(address), SOCKADDR_LL) != 0) {
        throw NetlinkException.failed("bind a packet socket to link " + link, Libc.errno());
      }
    }
  }

  /**
   * Sends a frame.
   *
   * @throws NetlinkException with ENETDOWN while the link is down, with ENXIO when it is gone
   */
  public void send(byte[] frame) {
    fd.write(frame);
  }

  @Override
  public void close() {
    fd.close();
  }
}
