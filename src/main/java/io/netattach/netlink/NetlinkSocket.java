package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.*;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A socket of {@code NETLINK_ROUTE}: requests out, answers in, one conversation at a time.
 *
 * <p>It belongs to the namespace that its opening thread was in, for life. Strict checking is on:
 * without it the kernel ignores filters that it does not know and answers with something else. The
 * caller must not use it from two threads at once.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
final class NetlinkSocket implements AutoCloseable {
  /** The kernel's default receive buffer holds 256 acknowledgements; half of it is safe. */
  static final int MAX_BATCH = 128;

  /** How often a dump that the kernel says was interrupted by a change is asked for again. */
  static final int MAX_DUMPS = 20;

  /** A reply that takes longer means a kernel or a socket that is stuck. Seconds. */
  private static final int REPLY_TIMEOUT = 30;

  private static final int SEND_BYTES = 64 * 1024;
  private static final int FIRST_RECEIVE_BYTES = 64 * 1024;

  private final Fd fd;
  private final Memory sendMemory = new Memory(SEND_BYTES);
  private final ByteBuffer sendBuffer = buffer(sendMemory);
  private Memory receiveMemory = new Memory(FIRST_RECEIVE_BYTES);
  private ByteBuffer receiveBuffer = buffer(receiveMemory);
  private int sequence;

  /** Takes over a descriptor that is set up. */
  NetlinkSocket(Fd fd) {
    this.fd = fd;
  }

  /** Opens a socket in the namespace of the calling thread. */
  static NetlinkSocket open() {
    int number = Libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (number < 0) {
      throw NetlinkException.failed("open a netlink socket", Libc.errno());
    }
    Fd fd = new Fd(number, "a netlink socket");
    try {
      option(number, SOL_NETLINK, NETLINK_EXT_ACK, 1);
      option(number, SOL_NETLINK, NETLINK_CAP_ACK, 1);
      option(number, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
      timeout(number);
      return new NetlinkSocket(fd);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static void option(int fd, int level, int name, int value) {
    try (Memory memory = new Memory(Integer.BYTES)) {
      memory.setInt(0, value);
      setOption(fd, level, name, memory);
    }
  }

  private static void timeout(int fd) {
    // struct timeval of a 64-bit system: seconds and microseconds, eight bytes each
    try (Memory memory = new Memory(2 * Long.BYTES)) {
      memory.setLong(0, REPLY_TIMEOUT);
      memory.setLong(Long.BYTES, 0);
      setOption(fd, SOL_SOCKET, SO_RCVTIMEO, memory);
    }
  }

  private static void setOption(int fd, int level, int name, Memory value) {
    if (Libc.setsockopt(fd, level, name, address(value), (int) value.size()) != 0) {
      throw NetlinkException.failed("set netlink socket option " + name, Libc.errno());
    }
  }

  /**
   * Sends requests, many in one send, and returns what the kernel said to each: null for done.
   *
   * <p>The kernel goes on after a message that failed.
   */
  List<@Nullable NetlinkException> execute(List<? extends Request> requests) {
    List<@Nullable NetlinkException> results = new ArrayList<>(requests.size());
    int from = 0;
    while (from < requests.size()) {
      MessageWriter writer = new MessageWriter(sendBuffer);
      int first = sequence + 1;
      int to = from;
      List<Integer> starts = new ArrayList<>();
      while (to < requests.size()
          && to - from < MAX_BATCH
          && writer.length() < SEND_BYTES - Request.MAX_BYTES) {
        starts.add(writer.length());
        requests.get(to).write(writer, NLM_F_ACK, ++sequence);
        to++;
      }
      List<? extends Request> sent = requests.subList(from, to);
      send(writer.length(), sent.getFirst());
      results.addAll(acknowledgements(sent, first, starts));
      from = to;
    }
    return results;
  }

  private List<@Nullable NetlinkException> acknowledgements(
      List<? extends Request> sent, int first, List<Integer> starts) {
    @Nullable NetlinkException[] results = new NetlinkException[sent.size()];
    int open = sent.size();
    while (open > 0) {
      Datagram datagram = receive(sent.getFirst());
      while (datagram != null && datagram.hasNext()) {
        Message message = datagram.next();
        int i = message.sequence() - first;
        // An answer to an earlier request whose reader gave up is passed over.
        if (i >= 0 && i < results.length && message.type() == NLMSG_ERROR) {
          results[i] = error(message, sent.get(i), starts.get(i));
          open--;
        }
      }
    }
    return Arrays.asList(results);
  }

  /** Asks for one object; empty where the kernel answers with one of the errors in {@code none}. */
  <T> Optional<T> get(Request request, Function<Message, T> parser, Errno... none) {
    int asked = ask(request, 0);
    while (true) {
      Datagram datagram = receive(request);
      if (datagram == null) {
        return get(request, parser, none);
      }
      while (datagram.hasNext()) {
        Message message = datagram.next();
        if (message.sequence() == asked && message.type() != NLMSG_ERROR) {
          return Optional.of(parser.apply(message));
        }
        if (message.sequence() == asked) {
          NetlinkException error = error(message, request, 0);
          if (error != null && !error.is(none)) {
            throw error;
          }
          return Optional.empty();
        }
      }
    }
  }

  /**
   * Asks for all objects that match the request. A dump that a change interrupted may lack objects:
   * it is asked for again, {@value #MAX_DUMPS} times at most.
   */
  <T> List<T> dump(Request request, Function<Message, @Nullable T> parser) {
    for (int i = 0; i < MAX_DUMPS; i++) {
      List<T> objects = new ArrayList<>();
      if (dumpInto(objects, request, parser)) {
        return objects;
      }
    }
    throw NetlinkException.because(
        request.toString(), "interrupted by changes " + MAX_DUMPS + " times in a row");
  }

  /** Whether the dump is complete and consistent. It is read to its end, whatever is in it. */
  private <T> boolean dumpInto(
      List<T> objects, Request request, Function<Message, @Nullable T> parser) {
    int asked = ask(request, NLM_F_DUMP);
    boolean consistent = true;
    NetlinkException malformed = null;
    while (true) {
      Datagram datagram = receive(request);
      consistent &= datagram != null;
      while (datagram != null && datagram.hasNext()) {
        Message message = datagram.next();
        if (message.sequence() != asked) {
          continue;
        }
        consistent &= (message.flags() & NLM_F_DUMP_INTR) == 0;
        if (isEnd(message, request)) {
          if (malformed != null) {
            throw malformed;
          }
          return consistent;
        }
        try {
          T object = parser.apply(message);
          if (object != null) {
            objects.add(object);
          }
        } catch (NetlinkException e) {
          // A socket with a dump that was not read to its end refuses the next one.
          malformed = e;
        }
      }
    }
  }

  private boolean isEnd(Message message, Request request) {
    return switch (message.type()) {
      case NLMSG_ERROR -> {
        NetlinkException error = error(message, request, 0);
        if (error != null) {
          throw error;
        }
        yield true;
      }
      case NLMSG_DONE -> {
        // The error of a dump that began and could not go on comes with its end.
        int errno = message.end() - message.start() >= Integer.BYTES ? -message.u32(0) : 0;
        if (errno > 0) {
          throw NetlinkException.failed(request.toString(), new Errno(errno));
        }
        yield true;
      }
      default -> false;
    };
  }

  private int ask(Request request, int flags) {
    MessageWriter writer = new MessageWriter(sendBuffer);
    request.write(writer, flags, ++sequence);
    send(writer.length(), request);
    return sequence;
  }

  private void send(int length, Request first) {
    long sent;
    do {
      sent = Libc.send(fd.number(), address(sendMemory), length, 0);
    } while (sent < 0 && Libc.errno().equals(Errno.EINTR));
    if (sent < 0) {
      throw NetlinkException.failed(first + ": send", Libc.errno());
    }
  }

  /** Receives one datagram; null where it was larger than the buffer, which has grown since. */
  private @Nullable Datagram receive(Request request) {
    long received;
    do {
      received = Libc.recv(fd.number(), address(receiveMemory), receiveMemory.size(), MSG_TRUNC);
    } while (received < 0 && Libc.errno().equals(Errno.EINTR));
    if (received < 0) {
      throw NetlinkException.failed(request + ": receive", Libc.errno());
    }
    if (received == 0) {
      throw NetlinkException.because(request + ": receive", "the socket is at its end");
    }
    if (received > receiveMemory.size()) {
      receiveMemory.close();
      receiveMemory = new Memory(received + received / 2);
      receiveBuffer = buffer(receiveMemory);
      return null;
    }
    return new Datagram(receiveBuffer, (int) received);
  }

  /** What an NLMSG_ERROR says; null where it is the acknowledgement of success. */
  private @Nullable NetlinkException error(Message message, Request request, int requestStart) {
    int errno = -message.u32(0);
    if (errno == 0) {
      return null;
    }
    String text = null;
    int attribute = 0;
    if ((message.flags() & NLM_F_ACK_TLVS) != 0) {
      // struct nlmsgerr: the error, the header of the request, and with NLM_F_CAPPED no more of it.
      int echoed = message.u32(4);
      int fixed =
          4 + ((message.flags() & NLM_F_CAPPED) != 0 ? NLMSG_HDRLEN : align(Math.max(0, echoed)));
      AttributeReader attributes = message.attributes(fixed);
      while (attributes.next()) {
        switch (attributes.type()) {
          case NLMSGERR_ATTR_MSG -> text = attributes.text();
          case NLMSGERR_ATTR_OFFS -> attribute = attributeAt(requestStart, attributes.u32());
          default -> {}
        }
      }
    }
    return NetlinkException.refused(request.toString(), new Errno(errno), text, attribute);
  }

  private int attributeAt(int requestStart, int offset) {
    long at = (long) requestStart + (offset & 0xffff_ffffL);
    return at + NLA_HDRLEN <= SEND_BYTES ? sendBuffer.getShort((int) at + 2) & NLA_TYPE_MASK : 0;
  }

  @Override
  public void close() {
    fd.close();
    sendMemory.close();
    receiveMemory.close();
  }

  private static ByteBuffer buffer(Memory memory) {
    return memory.getByteBuffer(0, memory.size()).order(ByteOrder.nativeOrder());
  }

  private static long address(Memory memory) {
    return Pointer.nativeValue(memory);
  }
}
