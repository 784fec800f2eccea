package io.netattach.attach;

import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.NeighbourAnnouncement;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.PacketSocket;
import io.netattach.netlink.Sysctl;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Tells the neighbours of container ends which MAC address an IP address has, when one has come or
 * moved: at once and again after a second, for the port of a bridge may not forward yet. As well as
 * it goes: what cannot be told is counted, and no attachment fails for it.
 *
 * <p>The kernel says nothing by itself. {@code ndisc_notify} would have it advertise a new IPv6
 * address, but {@code arp_notify} speaks only when a link comes up with addresses or gets another
 * MAC address, never when an address comes; both are settings of the namespace's owner, and cannot
 * be written where /proc/sys is read-only. Our IPv6 addresses are never tentative, since they are
 * added without duplicate address detection (IFA_F_NODAD), so nothing has to be waited for.
 *
 * <p>May be used by several threads at once.
 */
final class Announcer implements AutoCloseable {
  private static final Duration REPEAT = Duration.ofSeconds(1);

  /** As many namespaces at most are kept open to be told of again; others are told of once. */
  private static final int MAX_WAITING = 1_000;

  /** The kernel takes some 15 ms to close a packet socket, and no longer for several at a time. */
  private static final int THREADS = 8;

  private static final int IDLE_SECONDS = 5;

  private static final Sysctl IPV6_FORWARDING = new Sysctl("net/ipv6/conf/all/forwarding");

  private final ScheduledThreadPoolExecutor threads =
      new ScheduledThreadPoolExecutor(
          THREADS, Thread.ofPlatform().daemon().name("netattach-announce-", 1).factory());
  private final Map<String, Repeat> repeats = new ConcurrentHashMap<>();
  private final LongAdder sent = new LongAdder();
  private final LongAdder failed = new LongAdder();

  Announcer() {
    threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    threads.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    threads.allowCoreThreadTimeOut(true);
  }

  /** What is to be said again, by a socket that is closed after. */
  private record Repeat(PacketSocket socket, List<byte[]> frames) {}

  /** The addresses that steps have brought to the container end, or to another place. */
  static Set<IpPrefix> addresses(Attachment desired, List<Step> steps) {
    Set<IpPrefix> addresses = new LinkedHashSet<>();
    for (Step step : steps) {
      switch (step) {
        case Step.AddAddress s when s.side() == Side.CONTAINER -> addresses.add(s.address());
        case Step.SetMac s when s.side() == Side.CONTAINER -> {
          return Set.copyOf(desired.container().addresses());
        }
        case Step.CreateVeth s -> {
          return Set.copyOf(desired.container().addresses());
        }
        // A bridge forgets what it has seen at a port that goes down, or moves.
        case Step.SetUp s -> {
          return Set.copyOf(desired.container().addresses());
        }
        case Step.SetBridge s -> {
          return Set.copyOf(desired.container().addresses());
        }
        case Step.AddVlan s -> {
          return Set.copyOf(desired.container().addresses());
        }
        default -> {}
      }
    }
    return addresses;
  }

  /** Tells of what steps have brought, now that they are done. */
  void announce(Attachment desired, List<Step> steps, OpenEnds ends) {
    Set<IpPrefix> addresses = steps.isEmpty() ? Set.of() : addresses(desired, steps);
    if (addresses.isEmpty()) {
      return;
    }
    PacketSocket socket;
    List<byte[]> frames;
    try {
      boolean router =
          addresses.stream().anyMatch(IpPrefix::isV6)
              && IPV6_FORWARDING.get(ends.netns(Side.CONTAINER)).filter("1"::equals).isPresent();
      frames =
          addresses.stream()
              .map(address ->
                  new NeighbourAnnouncement(desired.container().mac(), address.address(), router)
                      .frame())
              .toList();
      int link = ends.index(Side.CONTAINER);
      socket = ends.netns(Side.CONTAINER).call(() -> PacketSocket.open(link));
    } catch (NetlinkException | IllegalArgumentException e) {
      // The link has gone again, or packet sockets are not allowed here: they will find out.
      failed.add(addresses.size());
      return;
    }
    Repeat repeat = new Repeat(socket, frames);
    send(repeat);
    if (repeats.size() < MAX_WAITING) {
      later(desired.identity().uid(), repeat);
    } else {
      socket.close();
    }
  }

  private void send(Repeat what) {
    for (byte[] frame : what.frames) {
      try {
        what.socket.send(frame);
        sent.increment();
      } catch (NetlinkException e) {
        failed.increment();
      }
    }
  }

  /** Closing takes the kernel milliseconds, so that is done by the threads, too. */
  private void later(String uid, Repeat repeat) {
    Repeat before = repeats.put(uid, repeat);
    try {
      if (before != null) {
        threads.execute(before.socket::close);
      }
      Future<?> unused =
          threads.schedule(() -> finish(uid, repeat), REPEAT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // Closed meanwhile.
      forgetAll();
    }
  }

  private void finish(String uid, Repeat repeat) {
    if (repeats.remove(uid, repeat)) {
      send(repeat);
      repeat.socket.close();
    }
  }

  /** Says no more of an attachment that goes, whose namespace is not to be kept alive. */
  void forget(String uid) {
    Repeat repeat = repeats.remove(uid);
    if (repeat != null) {
      try {
        threads.execute(repeat.socket::close);
      } catch (RejectedExecutionException e) {
        repeat.socket.close();
      }
    }
  }

  /** How many announcements have been sent, the repeated ones included. */
  long sent() {
    return sent.sum();
  }

  /** How many could not be. */
  long failed() {
    return failed.sum();
  }

  private void forgetAll() {
    repeats.keySet().forEach(this::forget);
  }

  @Override
  public void close() {
    threads.shutdown();
    forgetAll();
    // Waits for those that are at work.
    threads.close();
  }
}
