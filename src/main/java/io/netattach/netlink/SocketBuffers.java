package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.SOCKADDR_NL;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The memory that one socket sends from and receives into. Connections are often open for one
 * attachment only; so a few sets are kept for the next ones. For one thread at a time.
 */
final class SocketBuffers {
  static final int SEND_BYTES = 64 * 1024;
  private static final int FIRST_RECEIVE_BYTES = 64 * 1024;

  /** How many sets nobody uses are kept. */
  private static final int SPARE = 8;

  private static final BlockingQueue<SocketBuffers> SPARES = new ArrayBlockingQueue<>(SPARE);

  private final Memory sendMemory = new Memory(SEND_BYTES);
  private final ByteBuffer send = buffer(sendMemory);

  /** The address of whoever sent what was received last, and its length. */
  private final Memory sender = new Memory(SOCKADDR_NL + Integer.BYTES);

  private Memory receiveMemory = new Memory(FIRST_RECEIVE_BYTES);
  private ByteBuffer receive = buffer(receiveMemory);

  private SocketBuffers() {}

  /** A set for the caller alone, until it gives that back. */
  static SocketBuffers take() {
    SocketBuffers spare = SPARES.poll();
    SocketBuffers buffers = spare == null ? new SocketBuffers() : spare;
    buffers.sender.clear();
    buffers.expectSender();
    return buffers;
  }

  /** The caller uses neither this nor what it got of it from now on. */
  void giveBack() {
    boolean grown = receiveMemory.size() > FIRST_RECEIVE_BYTES;
    if (grown || !SPARES.offer(this)) {
      sendMemory.close();
      receiveMemory.close();
      sender.close();
    }
  }

  ByteBuffer send() {
    return send;
  }

  long sendAddress() {
    return Pointer.nativeValue(sendMemory);
  }

  ByteBuffer receive() {
    return receive;
  }

  long receiveAddress() {
    return Pointer.nativeValue(receiveMemory);
  }

  long receiveSize() {
    return receiveMemory.size();
  }

  /** Makes room for a datagram of that size, and some more; what was received is lost. */
  void grow(long needed) {
    receiveMemory.close();
    receiveMemory = new Memory(needed + needed / 2);
    receive = buffer(receiveMemory);
  }

  /** Where recvfrom(2) writes the sender's address, and behind it, the room that there is. */
  long senderAddress() {
    return Pointer.nativeValue(sender);
  }

  int senderPort() {
    return sender.getInt(LinuxNetlink.SOCKADDR_NL_PID);
  }

  /** Says again how much room there is for an address. */
  void expectSender() {
    sender.setInt(SOCKADDR_NL, SOCKADDR_NL);
  }

  private static ByteBuffer buffer(Memory memory) {
    return memory.getByteBuffer(0, memory.size()).order(ByteOrder.nativeOrder());
  }
}
