package io.netattach.netlink;

import java.nio.ByteBuffer;

/**
 * One received message, still in the socket's buffer: valid until the socket receives again.
 *
 * @param start where the payload begins, behind the header
 * @param end where the message ends
 */
record Message(ByteBuffer in, int type, int flags, int sequence, int start, int end) {
  int u8(int offset) {
    need(offset + 1);
    return in.get(start + offset) & 0xff;
  }

  int u16(int offset) {
    need(offset + 2);
    return in.getShort(start + offset) & 0xffff;
  }

  int u32(int offset) {
    need(offset + 4);
    return in.getInt(start + offset);
  }

  /** The attributes behind a fixed part of so many bytes. */
  AttributeReader attributes(int fixed) {
    need(fixed);
    return new AttributeReader(in, start + fixed, end);
  }

  private void need(int size) {
    if (end - start < size) {
      throw NetlinkException.because(
          "read a netlink message",
          "type " + type + " has " + (end - start) + " bytes of payload, not " + size);
    }
  }
}
