package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.NLMSG_OVERRUN;
import static io.netattach.netlink.LinuxRtnetlink.*;

import java.util.EnumSet;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Tells a listener what changes in a namespace and in all namespaces that have an nsid there, over
 * one socket. What happens after it has been opened is told; read the present state then.
 *
 * <p>What the kernel does not tell, or not as one would think:
 *
 * <ul>
 *   <li>A namespace without an nsid in the monitored one is silent. A veth pair into it gives it
 *       one, but what happens there before is not heard.
 *   <li>An nsid is used again after {@link NsidEvent.Removed}: do not keep it as the name of a
 *       namespace without heeding those events.
 *   <li>IPv4 routes that are lost since their link goes down or loses its address are not told of:
 *       take {@link LinkEvent} and {@link AddressEvent} for a reason to read routes again.
 *   <li>A namespace that dies tells nothing from inside. The end of a pair that is outside is told
 *       of as removed when the kernel gets to it, tens of milliseconds later or more.
 *   <li>Another alias, group or alternative name of a link that is down is not told of.
 *   <li>Taking a namespace's name away ({@code ip netns del}) is no event as long as a process or a
 *       handle holds the namespace. Watch the folder for that.
 * </ul>
 *
 * <p>Threads: the listener and the error handler are called by one thread of this monitor's own, a
 * daemon in the namespace of this process, one event after another in the kernel's order. While a
 * listener is at work, events queue in the receive buffer; when that is full, {@link
 * MonitorEvent.Resync} tells that some are lost. What a listener throws goes to the error handler,
 * and the monitor goes on. All other methods may be called by any thread.
 *
 * <p>An open monitor keeps the monitored namespace alive, none of the others: close it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7),
 *     NETLINK_LISTEN_ALL_NSID</a>
 */
public final class LinkMonitor implements AutoCloseable {
  private static final AtomicLong NUMBER = new AtomicLong();

  /** What the kernel sends at once is below this, with rare links of many functions. */
  private static final int FIRST_MEMORY_BYTES = 64 * 1024;

  /** In a storm that does not end, the listener is told of a loss each time after so many. */
  private static final int MAX_PASSED_OVER = 1 << 14;

  /** What can be heard ({@code RTNLGRP_*} of linux/rtnetlink.h). */
  public enum Group {
    /** {@link LinkEvent}. */
    LINK(RTNLGRP_LINK),
    /** {@link AddressEvent} of IPv4. */
    IPV4_IFADDR(RTNLGRP_IPV4_IFADDR),
    /** {@link AddressEvent} of IPv6. */
    IPV6_IFADDR(RTNLGRP_IPV6_IFADDR),
    /** {@link RouteEvent} of IPv4. */
    IPV4_ROUTE(RTNLGRP_IPV4_ROUTE),
    /** {@link RouteEvent} of IPv6. */
    IPV6_ROUTE(RTNLGRP_IPV6_ROUTE),
    /** {@link NeighbourEvent} of both families, and {@link FdbEvent}. */
    NEIGH(RTNLGRP_NEIGH),
    /** {@link RuleEvent} of IPv4. */
    IPV4_RULE(RTNLGRP_IPV4_RULE),
    /** {@link RuleEvent} of IPv6. */
    IPV6_RULE(RTNLGRP_IPV6_RULE),
    /** {@link NsidEvent}. */
    NSID(RTNLGRP_NSID);

    private final int number;

    Group(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /**
   * What a monitor hears.
   *
   * @param groups which events, one at least
   * @param everyNamespace whether those of all namespaces with an nsid are told, which takes
   *     CAP_NET_BROADCAST in the monitored namespace's user namespace; else those of the monitored
   *     one alone
   * @param receiveBuffer how many bytes the kernel may queue, its own book-keeping included, which
   *     is about a kilobyte an event. Beyond net.core.rmem_max it takes CAP_NET_ADMIN in the first
   *     user namespace; without, it is that
   */
  public record Settings(Set<Group> groups, boolean everyNamespace, int receiveBuffer) {
    /** Room for thousands of events. */
    public static final int DEFAULT_RECEIVE_BUFFER = 8 << 20;

    public Settings {
      groups = Set.copyOf(groups);
      if (groups.isEmpty()) {
        throw new IllegalArgumentException("a monitor hears one group of events at least");
      }
      if (receiveBuffer < 1) {
        throw new IllegalArgumentException(
            "a receive buffer has 1 byte or more, not " + receiveBuffer);
      }
    }

    /** These groups, of every namespace. */
    public static Settings of(Group first, Group... more) {
      return new Settings(EnumSet.of(first, more), true, DEFAULT_RECEIVE_BUFFER);
    }

    /** All groups, of every namespace. */
    public static Settings all() {
      return new Settings(EnumSet.allOf(Group.class), true, DEFAULT_RECEIVE_BUFFER);
    }

    /** With a buffer of so many bytes, 1 and up. */
    public Settings withReceiveBuffer(int bytes) {
      return new Settings(groups, everyNamespace, bytes);
    }

    /** The monitored namespace alone, which needs no privilege. */
    public Settings withOneNamespace() {
      return new Settings(groups, false, receiveBuffer);
    }
  }

  private final MulticastSocket socket;
  private final Doorbell doorbell;
  private final Consumer<? super MonitorEvent> listener;
  private final Consumer<? super Throwable> errors;
  private final Thread thread;
  private volatile boolean closed;

  private LinkMonitor(
      MulticastSocket socket,
      Doorbell doorbell,
      Consumer<? super MonitorEvent> listener,
      Consumer<? super Throwable> errors) {
    this.socket = socket;
    this.doorbell = doorbell;
    this.listener = listener;
    this.errors = errors;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("netattach-monitor-" + NUMBER.incrementAndGet())
            .unstarted(this::run);
  }

  /**
   * Monitors a namespace, whose handle may be closed afterwards. Errors go to the default handler
   * of uncaught exceptions, which prints them.
   *
   * @throws NetlinkException with EPERM where {@link Settings#everyNamespace} is not allowed
   */
  public static LinkMonitor open(
      Netns netns, Settings settings, Consumer<? super MonitorEvent> listener) {
    return open(netns, settings, listener, LinkMonitor::uncaught);
  }

  /**
   * Monitors a namespace.
   *
   * @param errors told what the listener throws, and with {@link NetlinkException} that a message
   *     made no sense, or, as the last there is, that the kernel ended the monitor
   * @throws NetlinkException with EPERM where {@link Settings#everyNamespace} is not allowed
   */
  public static LinkMonitor open(
      Netns netns,
      Settings settings,
      Consumer<? super MonitorEvent> listener,
      Consumer<? super Throwable> errors) {
    return open(netns, settings, listener, errors, FIRST_MEMORY_BYTES);
  }

  static LinkMonitor open(
      Netns netns,
      Settings settings,
      Consumer<? super MonitorEvent> listener,
      Consumer<? super Throwable> errors,
      int memoryBytes) {
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(listener, "listener");
    Objects.requireNonNull(errors, "errors");
    return start(netns.call(() -> MulticastSocket.open(settings, memoryBytes)), listener, errors);
  }

  /** Takes over the socket. */
  static LinkMonitor start(
      MulticastSocket socket,
      Consumer<? super MonitorEvent> listener,
      Consumer<? super Throwable> errors) {
    try {
      Doorbell doorbell = Doorbell.open();
      try {
        LinkMonitor monitor = new LinkMonitor(socket, doorbell, listener, errors);
        NetnsThreads.startAtHome(monitor.thread);
        return monitor;
      } catch (RuntimeException | Error e) {
        doorbell.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      socket.close();
      throw e;
    }
  }

  private void run() {
    try {
      while (!closed && doorbell.await(socket.fd) == Doorbell.Wake.READABLE) {
        takeAll();
      }
    } catch (NetlinkException e) {
      tell(e);
    } finally {
      doorbell.close();
      socket.close();
    }
  }

  private void takeAll() {
    while (!closed) {
      switch (socket.receive()) {
        case NOTHING -> {
          return;
        }
        case DATAGRAM -> tellAll(socket.datagram(), socket.nsid());
        case OVERFLOW -> {
          boolean empty;
          do {
            empty = passOver();
            tell(new MonitorEvent.Resync(MonitorEvent.Cause.OVERFLOW));
          } while (!empty && !closed);
        }
        case TOO_LARGE -> tell(new MonitorEvent.Resync(MonitorEvent.Cause.TOO_LARGE));
      }
    }
  }

  /**
   * Drops what was queued before the loss: told after Resync, it would undo what is read then.
   * Until the queue is empty the kernel drops what happens, and says so only once.
   *
   * @return whether the queue has been empty
   */
  private boolean passOver() {
    for (int left = MAX_PASSED_OVER; left > 0; left--) {
      if (socket.receive() == MulticastSocket.Outcome.NOTHING) {
        return true;
      }
    }
    return false;
  }

  private void tellAll(Datagram datagram, OptionalInt nsid) {
    try {
      while (!closed && datagram.hasNext()) {
        Message message = datagram.next();
        if (message.type() == NLMSG_OVERRUN) {
          tell(new MonitorEvent.Resync(MonitorEvent.Cause.OVERFLOW));
          continue;
        }
        MonitorEvent.Change event = EventParser.parse(message, nsid);
        if (event != null) {
          tell(event);
        }
      }
    } catch (NetlinkException e) {
      tell(e);
      tell(new MonitorEvent.Resync(MonitorEvent.Cause.MALFORMED));
    }
  }

  private void tell(MonitorEvent event) {
    if (closed) {
      return;
    }
    NetlinkStatistics.count(event);
    try {
      listener.accept(event);
    } catch (Throwable e) {
      tell(e);
    }
  }

  private void tell(Throwable error) {
    try {
      errors.accept(error);
    } catch (Throwable e) {
      e.addSuppressed(error);
      uncaught(e);
    }
  }

  private static void uncaught(Throwable error) {
    Thread current = Thread.currentThread();
    current.getUncaughtExceptionHandler().uncaughtException(current, error);
  }

  /**
   * Whether it still listens: not after {@link #close}, nor when the kernel has ended it, which the
   * error handler was told.
   */
  public boolean isListening() {
    return !closed && thread.isAlive();
  }

  /**
   * Ends it, and waits until its thread has ended and all is freed, that is, for a listener that is
   * at work: do not hold a lock that it waits for. From within the listener, or when interrupted,
   * it does not wait, and all is freed when the listener returns. No event is told afterwards.
   * Closing twice does nothing.
   */
  @Override
  public void close() {
    closed = true;
    doorbell.ring();
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
