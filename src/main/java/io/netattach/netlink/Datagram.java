package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.NLMSG_HDRLEN;
import static io.netattach.netlink.LinuxNetlink.align;

import java.nio.ByteBuffer;

/**
 * The messages of one received datagram. Each step consumes at least a header, so a walk always
 * ends; a length that makes no sense ends it in a {@link NetlinkException}.
 */
final class Datagram {
  private final ByteBuffer in;
  private final int end;
  private int next;

  /** The first {@code length} bytes of the buffer. */
  Datagram(ByteBuffer in, int length) {
    this.in = in;
    this.end = length;
  }

  boolean hasNext() {
    return end - next >= NLMSG_HDRLEN;
  }

  /** The next message; valid until the buffer is received into again. */
  Message next() {
    int start = next;
    int length = in.getInt(start);
    if (length < NLMSG_HDRLEN || length > end - start) {
      throw NetlinkException.because(
          "read netlink messages",
          "one of " + length + " bytes where " + (end - start) + " are left");
    }
    next = Math.min(end, start + align(length));
    return new Message(
        in,
        in.getShort(start + 4) & 0xffff,
        in.getShort(start + 6) & 0xffff,
        in.getInt(start + 8),
        start + NLMSG_HDRLEN,
        start + length);
  }
}
