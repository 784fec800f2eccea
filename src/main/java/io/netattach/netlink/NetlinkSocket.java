package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.*;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A socket of {@code NETLINK_ROUTE}: requests out, answers in, one conversation at a time.
 *
 * <p>It belongs to the namespace that its opening thread was in, for life. Strict checking is on:
 * without it the kernel ignores filters that it does not know and answers with something else.
 *
 * <p>May be used by any thread; conversations wait for each other. Closing wakes the one that waits
 * for an answer, and frees descriptor and memory when it has gone.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
final class NetlinkSocket implements AutoCloseable {
  /**
   * The kernel's default receive buffer holds 256 answers without the requests that they are about;
   * half of it is safe, should every request fail.
   */
  static final int MAX_BATCH = 128;

  /** How often a dump that the kernel says was interrupted by a change is asked for again. */
  static final int MAX_DUMPS = 20;

  /** An answer that takes longer means a kernel or a socket that is stuck. */
  static final Duration TIMEOUT = Duration.ofSeconds(30);

  final Fd fd;
  private final long timeout;
  private final ReentrantLock conversation = new ReentrantLock();
  private final SocketBuffers buffers = SocketBuffers.take();
  private int sequence;
  private volatile boolean closing;

  /** Made when there is something to wait for: the kernel nearly always answers within send(2). */
  private @Nullable Doorbell doorbell;

  /** Takes over a descriptor that is set up. */
  NetlinkSocket(Fd fd, Duration timeout) {
    this.fd = fd;
    this.timeout = timeout.toNanos();
  }

  /** Opens a socket in the namespace of the calling thread. */
  static NetlinkSocket open(Duration timeout) {
    Fd fd = NetlinkDescriptor.open();
    try {
      NetlinkDescriptor.set(fd, NETLINK_EXT_ACK, 1);
      NetlinkDescriptor.set(fd, NETLINK_CAP_ACK, 1);
      NetlinkDescriptor.set(fd, NETLINK_GET_STRICT_CHK, 1);
      return new NetlinkSocket(fd, timeout);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /**
   * Sends requests, many in one send, and returns what the kernel said to each: null for done.
   *
   * <p>The kernel goes on after a message that failed.
   */
  List<@Nullable NetlinkException> execute(List<? extends Request> requests) {
    conversation.lock();
    try {
      List<@Nullable NetlinkException> results = new ArrayList<>(requests.size());
      while (results.size() < requests.size()) {
        results.addAll(executeSome(requests.subList(results.size(), requests.size())));
      }
      return results;
    } finally {
      conversation.unlock();
    }
  }

  /** As many as go into one send. */
  private List<@Nullable NetlinkException> executeSome(List<? extends Request> requests) {
    MessageWriter writer = writer();
    int first = sequence + 1;
    int count = 0;
    List<Integer> starts = new ArrayList<>();
    while (count < requests.size()
        && count < MAX_BATCH
        && writer.length() < SocketBuffers.SEND_BYTES - Request.MAX_BYTES) {
      starts.add(writer.length());
      requests.get(count).write(writer, 0, ++sequence);
      count++;
    }
    NetlinkStatistics.REQUESTS.add(count);
    // The kernel tells every error, in order: the last one's answer says that of all before.
    writer.addFlags(starts.getLast(), NLM_F_ACK);
    send(writer.length(), requests.getFirst());
    return acknowledgements(requests.subList(0, count), first, starts);
  }

  private List<@Nullable NetlinkException> acknowledgements(
      List<? extends Request> sent, int first, List<Integer> starts) {
    @Nullable NetlinkException[] results = new NetlinkException[sent.size()];
    boolean lost = false;
    boolean ended = false;
    while (!ended) {
      Datagram datagram;
      try {
        datagram = receive(sent.getFirst(), lost ? 0 : timeout);
      } catch (NetlinkException e) {
        if (e.is(Errno.ENOBUFS)) {
          // What is queued is still to be had, and no more will come.
          lost = true;
          continue;
        }
        if (lost && e.is(Errno.ETIMEDOUT)) {
          break;
        }
        throw e;
      }
      while (datagram != null && datagram.hasNext()) {
        Message message = datagram.next();
        int i = message.sequence() - first;
        // An answer to an earlier request whose reader gave up is passed over.
        if (i >= 0 && i < results.length && message.type() == NLMSG_ERROR) {
          results[i] = error(message, sent.get(i), buffers.send(), starts.get(i));
          ended |= i == results.length - 1;
        }
      }
    }
    for (int i = 0; i < results.length && lost; i++) {
      if (results[i] == null) {
        results[i] =
            NetlinkException.failed(
                sent.get(i) + ": done or not, the answer is lost", Errno.ENOBUFS);
      }
    }
    return Arrays.asList(results);
  }

  /** Asks for one object; empty where the kernel answers with one of the errors in {@code none}. */
  <T> Optional<T> get(Request request, Function<Message, @Nullable T> parser, Errno... none) {
    conversation.lock();
    try {
      int asked = ask(request, 0);
      while (true) {
        Datagram datagram = receive(request, timeout);
        if (datagram == null) {
          asked = ask(request, 0);
        }
        while (datagram != null && datagram.hasNext()) {
          Message message = datagram.next();
          if (message.sequence() == asked && message.type() != NLMSG_ERROR) {
            return Optional.ofNullable(parser.apply(message));
          }
          if (message.sequence() == asked) {
            if (!isOneOf(-message.u32(0), none)) {
              NetlinkException error = error(message, request, buffers.send(), 0);
              if (error != null) {
                throw error;
              }
            }
            return Optional.empty();
          }
        }
      }
    } finally {
      conversation.unlock();
    }
  }

  /** Asked before an exception is made: what is not there is nothing exceptional. */
  private static boolean isOneOf(int errno, Errno... candidates) {
    for (Errno candidate : candidates) {
      if (candidate.number() == errno) {
        return true;
      }
    }
    return false;
  }

  /**
   * Asks for all objects that match the request. A dump that a change interrupted may lack objects:
   * it is asked for again, {@value #MAX_DUMPS} times at most.
   */
  <T> List<T> dump(Request request, Function<Message, @Nullable T> parser) {
    conversation.lock();
    try {
      for (int i = 0; i < MAX_DUMPS; i++) {
        List<T> objects = new ArrayList<>();
        NetlinkStatistics.DUMPS.increment();
        if (i > 0) {
          NetlinkStatistics.DUMP_RETRIES.increment();
        }
        if (dumpInto(objects, request, parser)) {
          return objects;
        }
      }
    } finally {
      conversation.unlock();
    }
    throw NetlinkException.because(
        request.toString(), "interrupted by changes " + MAX_DUMPS + " times in a row");
  }

  /** Whether the dump is complete and consistent. It is read to its end, whatever is in it. */
  private <T> boolean dumpInto(
      List<T> objects, Request request, Function<Message, @Nullable T> parser) {
    int asked = ask(request, NLM_F_DUMP);
    boolean consistent = true;
    boolean atEnd = false;
    NetlinkException malformed = null;
    try {
      while (true) {
        if (closing) {
          throw closed(request);
        }
        Datagram datagram = receive(request, timeout);
        consistent &= datagram != null;
        while (datagram != null && datagram.hasNext()) {
          Message message = datagram.next();
          if (message.sequence() != asked) {
            continue;
          }
          consistent &= (message.flags() & NLM_F_DUMP_INTR) == 0;
          atEnd = message.type() == NLMSG_ERROR || message.type() == NLMSG_DONE;
          if (atEnd && isEnd(message, request)) {
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
            malformed = e;
          }
        }
      }
    } finally {
      if (!atEnd && !closing) {
        passOver(request);
      }
    }
  }

  /** Reads what is left of a dump: a socket with one that is under way refuses the next. */
  private void passOver(Request request) {
    try {
      Datagram left;
      do {
        left = receive(request, 0);
      } while (left == null || left.hasNext());
    } catch (NetlinkException e) {
      // Nothing is left: that is how it ends.
    }
  }

  private boolean isEnd(Message message, Request request) {
    return switch (message.type()) {
      case NLMSG_ERROR -> {
        NetlinkException error = error(message, request, buffers.send(), 0);
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

  private MessageWriter writer() {
    // Closed or not is asked before memory is written to.
    fd.number();
    return new MessageWriter(buffers.send());
  }

  private int ask(Request request, int flags) {
    MessageWriter writer = writer();
    request.write(writer, flags, ++sequence);
    NetlinkStatistics.REQUESTS.increment();
    send(writer.length(), request);
    return sequence;
  }

  private void send(int length, Request first) {
    while (Libc.send(fd.number(), buffers.sendAddress(), length, 0) < 0) {
      Errno errno = Libc.errno();
      if (!errno.equals(Errno.EINTR)) {
        throw NetlinkException.failed(first + ": send", errno);
      }
    }
  }

  /**
   * Receives one datagram of the kernel; null where it was larger than the buffer, which has grown
   * since.
   *
   * @param wait how long to wait for it, in nanoseconds
   */
  private @Nullable Datagram receive(Request request, long wait) {
    long deadline = 0;
    while (true) {
      long sender = buffers.senderAddress();
      long received =
          Libc.recvfrom(
              fd.number(),
              buffers.receiveAddress(),
              buffers.receiveSize(),
              MSG_TRUNC | MSG_DONTWAIT,
              sender,
              sender + SOCKADDR_NL);
      if (received > 0 && buffers.senderPort() == 0) {
        return received > buffers.receiveSize() ? grow(received) : datagram((int) received);
      }
      if (received == 0) {
        throw NetlinkException.because(request + ": receive", "the socket is at its end");
      }
      Errno errno = received < 0 ? Libc.errno() : Errno.EINTR;
      if (errno.equals(Errno.EAGAIN)) {
        long now = System.nanoTime();
        deadline = deadline == 0 ? now + wait : deadline;
        await(request, deadline - now, deadline);
      } else if (!errno.equals(Errno.EINTR)) {
        throw NetlinkException.failed(request + ": receive", errno);
      }
      // Else it was interrupted, or another process wrote: the kernel's own port is 0.
      buffers.expectSender();
    }
  }

  private Datagram datagram(int length) {
    return new Datagram(buffers.receive(), length);
  }

  private @Nullable Datagram grow(long needed) {
    buffers.grow(needed);
    return null;
  }

  private void await(Request request, long left, long deadline) {
    if (closing) {
      throw closed(request);
    }
    if (left > 0) {
      switch (doorbell(request).await(fd, deadline)) {
        case RUNG -> throw closed(request);
        case READABLE -> {
          return;
        }
        case TIMEOUT -> {}
      }
    }
    throw NetlinkException.failed(
        request + ": receive: no answer within " + seconds(), Errno.ETIMEDOUT);
  }

  private String seconds() {
    return TimeUnit.NANOSECONDS.toMillis(timeout) / 1000.0 + " s";
  }

  private synchronized Doorbell doorbell(Request request) {
    if (closing) {
      throw closed(request);
    }
    if (doorbell == null) {
      doorbell = Doorbell.open();
    }
    return doorbell;
  }

  private static NetlinkException closed(Request request) {
    return NetlinkException.because(request.toString(), "the connection was closed meanwhile");
  }

  /** What an NLMSG_ERROR says; null where it is the acknowledgement of success. */
  static @Nullable NetlinkException error(
      Message message, Request request, ByteBuffer sent, int requestStart) {
    int errno = -message.u32(0);
    if (errno == 0) {
      return null;
    }
    String text = null;
    int attribute = 0;
    if ((message.flags() & NLM_F_ACK_TLVS) != 0) {
      // struct nlmsgerr: the error, the header of the request, and with NLM_F_CAPPED no more of it.
      boolean capped = (message.flags() & NLM_F_CAPPED) != 0;
      int echoed = capped ? NLMSG_HDRLEN : message.u32(4);
      if (echoed < 0 || echoed > message.end()) {
        throw NetlinkException.because(
            "read a netlink message", "an error about a request of " + echoed + " bytes");
      }
      AttributeReader attributes = message.attributes(Integer.BYTES + align(echoed));
      while (attributes.next()) {
        switch (attributes.type()) {
          case NLMSGERR_ATTR_MSG -> text = attributes.text();
          case NLMSGERR_ATTR_OFFS -> attribute = attributeAt(sent, requestStart, attributes.u32());
          default -> {}
        }
      }
    }
    return NetlinkException.refused(request.toString(), new Errno(errno), text, attribute);
  }

  private static int attributeAt(ByteBuffer sent, int requestStart, int offset) {
    long at = (long) requestStart + (offset & 0xffff_ffffL);
    return at + NLA_HDRLEN <= sent.capacity() ? sent.getShort((int) at + 2) & NLA_TYPE_MASK : 0;
  }

  @Override
  public void close() {
    synchronized (this) {
      closing = true;
      if (doorbell != null) {
        doorbell.ring();
      }
    }
    conversation.lock();
    try {
      if (fd.isOpen()) {
        fd.close();
        buffers.giveBack();
      }
      if (doorbell != null) {
        doorbell.close();
      }
    } finally {
      conversation.unlock();
    }
  }
}
