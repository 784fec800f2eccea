package io.netattach.attach;

import io.netattach.netlink.Errno;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkMonitor;
import io.netattach.netlink.MonitorEvent;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.NetnsWatch;
import io.netattach.netlink.Rtnetlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hears from the kernel which attachments may have been changed, and has each looked at: links,
 * addresses and routes at both ends, names of namespaces, and bridges. It decides nothing: whoever
 * is asked reads and plans, and finds nothing to do where the change was its own.
 *
 * <p>What is heard of one attachment within a few milliseconds is told once. Rather one too many is
 * told than one too few, and after lost events all. Not heard are settings below /proc/sys, of
 * which the kernel tells nobody.
 *
 * <p>It listens in two ways, each without the other where the kernel allows no more: of what cannot
 * be heard the log says why, and it is tried again every few seconds. So is what ended by itself.
 *
 * <p>An attachment is watched from {@link #watch} on, which comes before the attach: what somebody
 * changes while it is under way is then told as well.
 *
 * <p>Threads: the listener is called by one thread of this watch's own, one attachment after
 * another; all methods may be called by any thread.
 */
public final class DriftWatch implements AutoCloseable {
  /** What is listened to, each by itself. */
  public enum Source {
    /** Links, addresses and routes, told by netlink. */
    LINKS("changes of links, addresses and routes", "now and then"),
    /** Names of namespaces, told by inotify. */
    NAMES("names of namespaces that come and go", "every few seconds");

    private final String what;
    private final String looked;

    Source(String what, String looked) {
      this.what = what;
      this.looked = looked;
    }

    private String unheard(NetlinkException e) {
      return what + " are not heard, only looked for " + looked + ": " + e.getMessage() + remedy(e);
    }

    private String remedy(NetlinkException e) {
      return switch (e.errno().map(Errno::name).orElse("")) {
        case "EPERM" -> "; it takes CAP_NET_ADMIN and CAP_NET_BROADCAST";
        case "EMFILE" ->
            this == NAMES
                ? "; raise the sysctl fs.inotify.max_user_instances, which all processes of this"
                    + " user share, or this process's limit of open files"
                : "; raise this process's limit of open files";
        case "ENOSPC" -> "; raise the sysctl fs.inotify.max_user_watches";
        default -> "";
      };
    }
  }

  /**
   * How long is waited for more of the same: a change is several events, and a program that changes
   * one thing often changes the next.
   */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  /** A name that has no namespace yet is given this long to be mounted on. */
  private static final long UNFINISHED_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * Whatever is mounted on the node leads to a look at all targets, and lost events to one at all
   * attachments, but no more often than this.
   */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** So often it is tried again to listen to what is not heard. */
  private static final Duration RETRY = Duration.ofSeconds(10);

  private static final Set<LinkMonitor.Group> GROUPS =
      Set.of(
          LinkMonitor.Group.LINK,
          LinkMonitor.Group.IPV4_IFADDR,
          LinkMonitor.Group.IPV6_IFADDR,
          LinkMonitor.Group.IPV4_ROUTE,
          LinkMonitor.Group.IPV6_ROUTE,
          LinkMonitor.Group.NSID);

  private static final AtomicLong NUMBER = new AtomicLong();

  private final Netns node;
  private final Consumer<? super Identity> listener;
  private final Consumer<? super String> log;
  private final LinkMonitor.Settings settings;
  private final long retryNanos;
  private volatile Consumer<? super NetnsName> named = name -> {};
  private final Rtnetlink links;
  private final NetnsDirectory directory = NetnsDirectory.system();
  private final Thread teller;

  /** Guards all that follows. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition more = lock.newCondition();
  private @Nullable LinkMonitor monitor;
  private @Nullable NetnsWatch names;

  /** Why what is not heard is not, as the log has it. */
  private final Map<Source, String> deaf = new EnumMap<>(Source.class);

  /** When it is looked whether all is heard. */
  private long listenDue;

  private final WatchedPlaces places = new WatchedPlaces();

  /** When each is to be told: the first is the earliest, since all wait for as long. */
  private final Map<String, Long> due = new LinkedHashMap<>();

  /** Until when some are not told, and those of them that there is something to tell of. */
  private final Map<String, Long> heldUntil = new HashMap<>();

  private final Map<String, Long> heldBack = new HashMap<>();

  /** Which namespace each target was when it was last looked at. */
  private final Map<NetnsName, Optional<Object>> targets = new HashMap<>();

  /** Names without a namespace, with when they are told of all the same. */
  private final Map<NetnsName, Long> unfinished = new HashMap<>();

  /** When all targets are to be looked at; 0 for not at all. */
  private long lookDue;

  private long lastLook = System.nanoTime() - LOOK_NANOS;

  /** How often events were lost. */
  private long losses;

  /** When all attachments are to be told; 0 for not at all. */
  private long allDue;

  private long lastAll = System.nanoTime() - LOOK_NANOS;
  private boolean closed;

  /**
   * Begins to listen, as far as the kernel allows.
   *
   * @param node the namespace that stands for the node; not closed here, and not before this
   * @param listener told of an attachment that is to be looked at; what it throws goes to the log
   * @param log a line for what goes wrong
   */
  public DriftWatch(Netns node, Consumer<? super Identity> listener, Consumer<? super String> log) {
    this(node, listener, log, LinkMonitor.Settings.DEFAULT_RECEIVE_BUFFER, RETRY);
  }

  /** For tests: with another receive buffer, in bytes, and other pauses. */
  DriftWatch(
      Netns node,
      Consumer<? super Identity> listener,
      Consumer<? super String> log,
      int receiveBuffer,
      Duration retry) {
    this.node = node;
    this.listener = listener;
    this.log = log;
    this.settings = new LinkMonitor.Settings(GROUPS, true, receiveBuffer);
    this.retryNanos = retry.toNanos();
    this.teller =
        Thread.ofPlatform()
            .daemon()
            .name("netattach-drift-" + NUMBER.incrementAndGet())
            .unstarted(this::tellAll);
    this.links = Rtnetlink.open(node);
    lock.lock();
    try {
      names = openNames();
      monitor = openMonitor();
      listenDue = System.nanoTime() + retryNanos;
    } finally {
      lock.unlock();
    }
    teller.start();
  }

  private @Nullable NetnsWatch openNames() {
    return tried(Source.NAMES, () -> NetnsWatch.open(this::heard, this::failed));
  }

  private @Nullable LinkMonitor openMonitor() {
    return tried(Source.LINKS, () -> LinkMonitor.open(node, settings, this::heard, this::failed));
  }

  /** Listens to what is not heard, or no more, and has looked for what was missed. */
  private void listenAgain() {
    if (names == null || !names.isListening()) {
      names = openNames();
      lookAtTargets(0);
    }
    if (monitor == null || !monitor.isListening()) {
      monitor = openMonitor();
      if (monitor != null) {
        resync();
      }
    }
  }

  private <T> @Nullable T tried(Source source, Supplier<T> opening) {
    try {
      T opened = opening.get();
      if (deaf.remove(source) != null) {
        log.accept(source.what + " are heard again");
      }
      return opened;
    } catch (NetlinkException e) {
      String why = source.unheard(e);
      if (!why.equals(deaf.put(source, why))) {
        log.accept(why);
      }
      return null;
    }
  }

  /**
   * Who is told of each name of a namespace that comes or goes, also of those that no attachment
   * has. Must not wait.
   */
  public void onName(Consumer<? super NetnsName> told) {
    named = told;
  }

  /** Whether it is heard at the moment. */
  public boolean hears(Source source) {
    lock.lock();
    try {
      return switch (source) {
        case LINKS -> monitor != null && monitor.isListening();
        case NAMES -> names != null && names.isListening();
      };
    } finally {
      lock.unlock();
    }
  }

  /** Whether its own thread still tells what is heard. */
  public boolean isTelling() {
    return teller.isAlive();
  }

  /** Watches an attachment, or goes on with it as it is desired now. Comes before each attach. */
  public void watch(Attachment desired) {
    long lossesBefore;
    lock.lock();
    try {
      String uid = desired.identity().uid();
      if (closed || (places.add(desired) && places.isFound(uid))) {
        return;
      }
      targets.computeIfAbsent(desired.target().netns(), this::identity);
      lossesBefore = losses;
    } finally {
      lock.unlock();
    }
    find(desired, lossesBefore);
  }

  /**
   * Where it is, as long as no event has told it. The kernel is asked without the lock: it may be
   * long at changing many links, whose events are to be taken meanwhile. What one of them has told
   * is newer than the answer, and stays. After a loss all are told and so watched once more, and an
   * answer from before may be older than what was lost.
   */
  private void find(Attachment desired, long lossesBefore) {
    try {
      Optional<Link> host = Observer.hostLink(links, desired.identity().uid());
      Attachment.BridgePort port = desired.host().bridge();
      Optional<Link> bridge = port == null ? Optional.empty() : links.link(port.bridge());
      lock.lock();
      try {
        if (losses == lossesBefore) {
          host.ifPresent(places::found);
          bridge.ifPresent(places::foundBridge);
        }
      } finally {
        lock.unlock();
      }
    } catch (NetlinkException e) {
      // The attach that follows meets it, too, and says it.
      log.accept("cannot look for " + desired.identity() + ": " + e.getMessage());
    }
  }

  /** What is desired of one that is watched; null for others. */
  @Nullable Attachment watched(String uid) {
    lock.lock();
    try {
      return places.get(uid);
    } finally {
      lock.unlock();
    }
  }

  /** Watches it no more, which comes before its detach. */
  public void forget(String uid) {
    lock.lock();
    try {
      Attachment gone = places.get(uid);
      places.remove(uid);
      due.remove(uid);
      heldUntil.remove(uid);
      heldBack.remove(uid);
      if (gone != null && places.of(new WatchedPlace.Target(gone.target().netns())).isEmpty()) {
        targets.remove(gone.target().netns());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Watches none but these. */
  public void retain(Set<String> uids) {
    lock.lock();
    try {
      places.uids().stream().filter(uid -> !uids.contains(uid)).forEach(this::forget);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells nothing of an attachment for a while; what is heard meanwhile is told at the end of it.
   *
   * @param delay zero ends such a while
   */
  public void hold(String uid, Duration delay) {
    lock.lock();
    try {
      if (places.get(uid) == null || (delay.isZero() && heldUntil.remove(uid) == null)) {
        return;
      }
      long until = System.nanoTime() + delay.toNanos();
      if (!delay.isZero()) {
        heldUntil.put(uid, until);
      }
      if (due.remove(uid) != null || heldBack.containsKey(uid)) {
        heldBack.put(uid, until);
        more.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void heard(MonitorEvent event) {
    lock.lock();
    try {
      switch (event) {
        case MonitorEvent.Change change -> concerned(places.concernedBy(change));
        case MonitorEvent.Resync(MonitorEvent.Cause cause) -> resync();
      }
    } finally {
      lock.unlock();
    }
  }

  private void resync() {
    losses++;
    places.forgetWhereabouts();
    if (allDue == 0) {
      allDue = Math.max(System.nanoTime(), lastAll + LOOK_NANOS);
      more.signal();
    }
  }

  private void concerned(Iterable<String> uids) {
    long now = System.nanoTime();
    boolean first = due.isEmpty();
    for (String uid : uids) {
      Long until = heldUntil.get(uid);
      if (until != null && until - now > REST_NANOS) {
        heldBack.putIfAbsent(uid, until);
        more.signal();
      } else {
        due.putIfAbsent(uid, now + REST_NANOS);
      }
    }
    if (first && !due.isEmpty()) {
      more.signal();
    }
  }

  private void heard(NetnsWatch.Event event) {
    if (event instanceof NetnsWatch.Event.Name(NetnsName name)) {
      named.accept(name);
    }
    lock.lock();
    try {
      switch (event) {
        case NetnsWatch.Event.Name(NetnsName name) -> named(name);
        case NetnsWatch.Event.Mounts() -> {
          unfinished.keySet().removeIf(this::isFinished);
          lookAtTargets(LOOK_NANOS);
        }
        case NetnsWatch.Event.Resync() -> lookAtTargets(0);
      }
    } finally {
      lock.unlock();
    }
  }

  private void named(NetnsName name) {
    Set<String> uids = places.of(new WatchedPlace.Target(name));
    if (uids.isEmpty()) {
      return;
    }
    // Between the two, an attach would find a file that is none of ours.
    if (hasNoNamespace(name)) {
      unfinished.putIfAbsent(name, System.nanoTime() + UNFINISHED_NANOS);
      more.signal();
    } else {
      targetChanged(name, identity(name));
    }
  }

  private boolean isFinished(NetnsName name) {
    if (hasNoNamespace(name)) {
      return false;
    }
    targetChanged(name, identity(name));
    return true;
  }

  private void targetChanged(NetnsName name, Optional<Object> now) {
    targets.put(name, now);
    concerned(places.of(new WatchedPlace.Target(name)));
  }

  private void lookAtTargets(long atMostEvery) {
    if (lookDue == 0) {
      long now = System.nanoTime();
      lookDue = Math.max(now + REST_NANOS, lastLook + atMostEvery);
      more.signal();
    }
  }

  private void lookAtTargets() {
    for (NetnsName name : Set.copyOf(targets.keySet())) {
      Optional<Object> now = identity(name);
      if (!now.equals(targets.get(name))) {
        targetChanged(name, now);
      }
    }
  }

  private boolean hasNoNamespace(NetnsName name) {
    return switch (entry(name)) {
      case NetnsDirectory.Entry.MountPoint(String text) -> true;
      case NetnsDirectory.Entry.Mounted(Netns netns) -> {
        netns.close();
        yield false;
      }
      case NetnsDirectory.Entry.Absent() -> false;
      case NetnsDirectory.Entry.SymbolicLink() -> false;
      case NetnsDirectory.Entry.Other(String what) -> false;
    };
  }

  /**
   * Tells one namespace, or file, from another that has its name; cheap, for it is asked of all.
   */
  private Optional<Object> identity(NetnsName name) {
    try {
      return Optional.ofNullable(
          Files.readAttributes(
                  directory.path(name), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
              .fileKey());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private NetnsDirectory.Entry entry(NetnsName name) {
    try {
      return directory.entry(name);
    } catch (NetlinkException e) {
      // What cannot be looked at can change nonetheless, and the attach says why it cannot.
      return new NetnsDirectory.Entry.Other(e.getMessage());
    }
  }

  private void tellAll() {
    for (Identity next = next(); next != null; next = next()) {
      try {
        listener.accept(next);
      } catch (RuntimeException e) {
        log.accept(next + " was changed, which could not be told: " + e);
      }
    }
  }

  /** Waits for one that is to be told; null at the end. */
  private @Nullable Identity next() {
    lock.lock();
    try {
      while (!closed) {
        long now = System.nanoTime();
        long wait = bringForward(now);
        String uid = takeDue(now);
        if (uid != null) {
          Attachment attachment = places.get(uid);
          // One whose namespace is half made is told when that is whole.
          if (attachment != null && !unfinished.containsKey(attachment.target().netns())) {
            return attachment.identity();
          }
          continue;
        }
        var unused = more.awaitNanos(Math.min(wait, untilDue(now)));
      }
      return null;
    } catch (InterruptedException e) {
      // Nobody else knows this thread.
      throw new IllegalStateException(e);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable String takeDue(long now) {
    var each = due.entrySet().iterator();
    if (!each.hasNext()) {
      return null;
    }
    Map.Entry<String, Long> first = each.next();
    if (first.getValue() - now > 0) {
      return null;
    }
    each.remove();
    return first.getKey();
  }

  private long untilDue(long now) {
    return due.isEmpty() ? Long.MAX_VALUE : Math.max(0, due.values().iterator().next() - now);
  }

  /** Does what a moment has come for; how long it is to the next. */
  private long bringForward(long now) {
    if (listenDue - now <= 0) {
      listenDue = now + retryNanos;
      listenAgain();
    }
    long wait = listenDue - now;
    if (allDue != 0) {
      if (allDue - now <= 0) {
        allDue = 0;
        lastAll = now;
        concerned(places.uids());
      } else {
        wait = Math.min(wait, allDue - now);
      }
    }
    if (lookDue != 0) {
      if (lookDue - now <= 0) {
        lookDue = 0;
        lastLook = now;
        lookAtTargets();
      } else {
        wait = Math.min(wait, lookDue - now);
      }
    }
    if (!unfinished.isEmpty()) {
      unfinished
          .entrySet()
          .removeIf(entry -> {
            boolean late = entry.getValue() - now <= 0;
            if (late) {
              targetChanged(entry.getKey(), identity(entry.getKey()));
            }
            return late;
          });
      wait = earliest(unfinished, now, wait);
    }
    if (!heldBack.isEmpty()) {
      heldBack
          .entrySet()
          .removeIf(entry -> {
            boolean over = entry.getValue() - now <= 0;
            if (over) {
              due.putIfAbsent(entry.getKey(), now);
            }
            return over;
          });
      wait = earliest(heldBack, now, wait);
    }
    return wait;
  }

  private static long earliest(Map<?, Long> moments, long now, long wait) {
    for (long moment : moments.values()) {
      wait = Math.min(wait, moment - now);
    }
    return wait;
  }

  private void failed(Throwable e) {
    log.accept("the watch for changes on the node: " + e.getMessage());
  }

  /** Ends it, and waits until its threads have ended, that is, for a listener that is at work. */
  @Override
  public void close() {
    LinkMonitor hearing;
    NetnsWatch naming;
    lock.lock();
    try {
      closed = true;
      more.signal();
      hearing = monitor;
      naming = names;
    } finally {
      lock.unlock();
    }
    // Not under the lock, which their threads may wait for.
    if (hearing != null) {
      hearing.close();
    }
    if (naming != null) {
      naming.close();
    }
    if (Thread.currentThread() != teller) {
      try {
        teller.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    links.close();
  }
}
