package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.NLA_F_NESTED;
import static io.netattach.netlink.LinuxNetlink.NLA_HDRLEN;
import static io.netattach.netlink.LinuxNetlink.NLMSG_HDRLEN;
import static io.netattach.netlink.LinuxNetlink.NLM_F_REQUEST;
import static io.netattach.netlink.LinuxNetlink.align;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes netlink messages one after another into a buffer.
 *
 * <p>A message is begun, filled with its fixed part and attributes, and ended, which sets its
 * length: the kernel stops reading in silence at a length that is wrong, so no caller computes one.
 */
final class MessageWriter {
  private final ByteBuffer out;
  private int messageStart;

  /** Writes from the buffer's beginning, in the byte order of this machine. */
  MessageWriter(ByteBuffer out) {
    this.out = out.clear();
  }

  /** How many bytes the messages so far take. */
  int length() {
    return out.position();
  }

  void begin(int type, int flags, int sequence) {
    messageStart = out.position();
    out.putInt(0).putShort((short) type).putShort((short) (NLM_F_REQUEST | flags));
    out.putInt(sequence).putInt(0);
  }

  /** Adds flags to a message that was written. */
  void addFlags(int start, int flags) {
    out.putShort(start + 6, (short) (out.getShort(start + 6) | flags));
  }

  void end() {
    pad();
    out.putInt(messageStart, out.position() - messageStart);
  }

  /** {@code struct ifinfomsg}; bits of {@code change} say which flags count. */
  void interfaceInfo(int family, int index, int flags, int change) {
    out.put((byte) family).put((byte) 0).putShort((short) 0);
    out.putInt(index).putInt(flags).putInt(change);
  }

  /** {@code struct ndmsg}. */
  void neighbourInfo(int family, int index, int state, int flags) {
    out.putInt(0).putInt(index).putShort((short) state).put((byte) flags).put((byte) 0);
    out.put(out.position() - 12, (byte) family);
  }

  /** Bytes of the fixed part of a message. */
  void fixed(byte... bytes) {
    out.put(bytes);
  }

  void fixedInt(int value) {
    out.putInt(value);
  }

  void attribute(int type, byte[] payload) {
    header(type, payload.length);
    out.put(payload);
    pad();
  }

  void attribute(int type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    header(type, bytes.length + 1);
    out.put(bytes).put((byte) 0);
    pad();
  }

  void attribute(int type, MacAddress mac) {
    attribute(type, mac.bytes());
  }

  void u8(int type, int value) {
    header(type, 1);
    out.put((byte) value);
    pad();
  }

  void u16(int type, int value) {
    header(type, 2);
    out.putShort((short) value);
    pad();
  }

  void u32(int type, int value) {
    header(type, 4);
    out.putInt(value);
  }

  void u16Pair(int type, int first, int second) {
    header(type, 4);
    out.putShort((short) first).putShort((short) second);
  }

  void u32Pair(int type, int first, int second) {
    header(type, 8);
    out.putInt(first).putInt(second);
  }

  /** {@code struct ifa_cacheinfo}, without its time stamps, which are the kernel's to say. */
  void lifetime(int type, AddressLifetime lifetime) {
    header(type, 16);
    out.putInt((int) lifetime.preferred()).putInt((int) lifetime.valid()).putInt(0).putInt(0);
  }

  /** Opens an attribute that holds attributes; give the result to {@link #close}. */
  int open(int type) {
    int start = out.position();
    header(type | NLA_F_NESTED, 0);
    return start;
  }

  void close(int start) {
    out.putShort(start, (short) (out.position() - start));
  }

  /** {@code struct rtvia}: an address behind its family. */
  void via(int type, int family, byte[] address) {
    header(type, 2 + address.length);
    out.putShort((short) family).put(address);
    pad();
  }

  /** Begins a {@code struct rtnexthop}; give the result to {@link #close} behind its attributes. */
  int openHop(int flags, int weight, int link) {
    int start = out.position();
    out.putShort((short) 0).put((byte) flags).put((byte) (weight - 1)).putInt(link);
    return start;
  }

  private void header(int type, int payload) {
    out.putShort((short) (NLA_HDRLEN + payload)).putShort((short) type);
  }

  private void pad() {
    int from = messageStart + NLMSG_HDRLEN;
    for (int i = (out.position() - from); i != align(i); i++) {
      out.put((byte) 0);
    }
  }
}
