package io.netattach.netlink;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * The other end of a socket, which answers what a test wants: the kernel itself sends nothing that
 * is malformed. Answers are laid up before the question; the first one is to number 1.
 */
final class FakeKernel implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_NONBLOCK = 0x800;

  static {
    Native.register(FakeKernel.class, "c");
  }

  final NetlinkSocket socket;
  private final Fd other;

  static native int socketpair(int domain, int type, int protocol, long fds);

  static native long write(int fd, byte[] bytes, long length);

  static native long sendto(
      int fd, byte[] bytes, long length, int flags, long address, int addressLength);

  static native int getsockname(int fd, long address, long length);

  static native int gettid();

  static native int tgkill(int process, int thread, int signal);

  static native long read(int fd, byte[] bytes, long length);

  FakeKernel() {
    this(Duration.ZERO);
  }

  FakeKernel(Duration timeout) {
    Fd[] ends = pair();
    socket = new NetlinkSocket(ends[0], timeout);
    other = ends[1];
  }

  /** Two sockets, of which each receives what is written to the other. */
  static Fd[] pair() {
    try (Memory fds = new Memory(2 * Integer.BYTES)) {
      int type = SOCK_SEQPACKET | SOCK_NONBLOCK | LinuxNetlink.SOCK_CLOEXEC;
      if (socketpair(AF_UNIX, type, 0, Pointer.nativeValue(fds)) != 0) {
        throw NetlinkException.failed("make a pair of sockets", Libc.errno());
      }
      return new Fd[] {
        new Fd(fds.getInt(0), "one end"), new Fd(fds.getInt(Integer.BYTES), "the other end")
      };
    }
  }

  /** Lays up one datagram of these messages. */
  FakeKernel answer(byte[]... messages) {
    ByteArrayOutputStream datagram = new ByteArrayOutputStream();
    for (byte[] message : messages) {
      datagram.writeBytes(message);
    }
    byte[] bytes = datagram.toByteArray();
    if (write(other.number(), bytes, bytes.length) != bytes.length) {
      throw NetlinkException.failed("lay up an answer", Libc.errno());
    }
    return this;
  }

  /** How many questions have been asked since this was called last. */
  int questions() {
    byte[] question = new byte[1 << 16];
    int count = 0;
    while (read(other.number(), question, question.length) > 0) {
      count++;
    }
    return count;
  }

  static byte[] message(int type, int flags, int sequence, byte[] payload) {
    return buffer(16 + LinuxNetlink.align(payload.length))
        .putInt(16 + payload.length)
        .putShort((short) type)
        .putShort((short) flags)
        .putInt(sequence)
        .putInt(0)
        .put(payload)
        .array();
  }

  /** NLMSG_ERROR with NLM_F_CAPPED: the error and the header of the request. */
  static byte[] error(int sequence, int errno) {
    return message(
        LinuxNetlink.NLMSG_ERROR,
        LinuxNetlink.NLM_F_CAPPED,
        sequence,
        buffer(20).putInt(-errno).array());
  }

  static byte[] done(int sequence, int flags) {
    return message(LinuxNetlink.NLMSG_DONE, flags, sequence, new byte[4]);
  }

  /** An RTM_NEWLINK with that name. */
  static byte[] link(int sequence, int flags, String name) {
    ByteBuffer payload = buffer(1 << 17);
    MessageWriter writer = new MessageWriter(payload);
    writer.begin(LinuxRtnetlink.RTM_NEWLINK, 0, sequence);
    writer.interfaceInfo(0, 7, 0, 0);
    writer.attribute(LinuxIfLink.IFLA_IFNAME, name);
    writer.end();
    byte[] bytes = new byte[writer.length()];
    payload.get(0, bytes);
    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putShort(6, (short) flags);
    return bytes;
  }

  static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    socket.close();
    other.close();
  }
}
