package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.NLA_HDRLEN;
import static io.netattach.netlink.LinuxNetlink.NLA_TYPE_MASK;
import static io.netattach.netlink.LinuxNetlink.align;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Walks over the attributes of a message.
 *
 * <p>Every read is checked against the bounds of its attribute: bytes that are not well-formed end
 * in a {@link NetlinkException}, and each step consumes at least a header, so a walk always ends. A
 * reader is valid until the socket receives again.
 */
final class AttributeReader {
  private final ByteBuffer in;
  private final int end;
  private int next;
  private int type;
  private int payload;
  private int length;

  /** Reads the bytes from {@code start} up to, not including, {@code end}. */
  AttributeReader(ByteBuffer in, int start, int end) {
    this.in = in;
    this.next = start;
    this.end = end;
  }

  /** Steps to the next attribute; false at the end. */
  boolean next() {
    if (end - next < NLA_HDRLEN) {
      return false;
    }
    int size = in.getShort(next) & 0xffff;
    if (size < NLA_HDRLEN || size > end - next) {
      throw malformed("an attribute of " + size + " bytes where " + (end - next) + " are left");
    }
    type = in.getShort(next + 2) & NLA_TYPE_MASK;
    payload = next + NLA_HDRLEN;
    length = size - NLA_HDRLEN;
    next = Math.min(end, next + align(size));
    return true;
  }

  int type() {
    return type;
  }

  int length() {
    return length;
  }

  int u8(int offset) {
    need(offset + 1);
    return in.get(payload + offset) & 0xff;
  }

  int u8() {
    return u8(0);
  }

  int u16(int offset) {
    need(offset + 2);
    return in.getShort(payload + offset) & 0xffff;
  }

  int u16() {
    return u16(0);
  }

  /** A number of 16 bits in network order. */
  int u16BigEndian() {
    need(2);
    return (in.get(payload) & 0xff) << 8 | (in.get(payload + 1) & 0xff);
  }

  /** A number of 32 bits at an offset within the attribute, as an int with the same bits. */
  int u32(int offset) {
    need(offset + 4);
    return in.getInt(payload + offset);
  }

  int u32() {
    return u32(0);
  }

  long u64(int offset) {
    need(offset + 8);
    return in.getLong(payload + offset);
  }

  byte[] bytes() {
    byte[] bytes = new byte[length];
    in.get(payload, bytes);
    return bytes;
  }

  /** Text up to its final zero, or to the end of the attribute. */
  String text() {
    byte[] bytes = bytes();
    int size = 0;
    while (size < length && bytes[size] != 0) {
      size++;
    }
    return new String(bytes, 0, size, StandardCharsets.UTF_8);
  }

  IpAddress address() {
    return switch (length) {
      case 4 -> new IpAddress(false, 0, u32BigEndian(0));
      case 16 ->
          new IpAddress(
              true,
              u32BigEndian(0) << 32 | u32BigEndian(4),
              u32BigEndian(8) << 32 | u32BigEndian(12));
      default -> throw malformed("an IP address of " + length + " bytes");
    };
  }

  /** A number of 32 bits in network order. */
  private long u32BigEndian(int offset) {
    int number = in.getInt(payload + offset);
    boolean reversed = in.order() == ByteOrder.LITTLE_ENDIAN;
    return Integer.toUnsignedLong(reversed ? Integer.reverseBytes(number) : number);
  }

  AttributeReader nested() {
    return new AttributeReader(in, payload, payload + length);
  }

  /** The attributes between two offsets within this one. */
  AttributeReader attributes(int from, int to) {
    need(to);
    return new AttributeReader(in, payload + from, payload + to);
  }

  private void need(int size) {
    if (length < size) {
      throw malformed("attribute " + type + " has " + length + " bytes, not " + size);
    }
  }

  private static NetlinkException malformed(String what) {
    return NetlinkException.because("read a netlink message", what);
  }
}
