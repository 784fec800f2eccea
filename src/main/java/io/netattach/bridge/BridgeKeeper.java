package io.netattach.bridge;

import io.netattach.attach.Owner;
import io.netattach.netlink.AddressEvent;
import io.netattach.netlink.FdbEvent;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.LinkEvent;
import io.netattach.netlink.LinkMonitor;
import io.netattach.netlink.MonitorEvent;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the bridges of a node as they are declared: looks at them when the kernel tells of a change
 * of theirs, once a second at most, and now and then anyway.
 *
 * <p>Beginning makes them before it returns, as far as that can be. All methods may be called by
 * any thread.
 */
public final class BridgeKeeper implements AutoCloseable {
  /** Time for what changes together to have changed; and no more work than that for a quarrel. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final Duration NEVER = Duration.ofDays(365);

  private final List<DeclaredBridge> declared;
  private final Duration resync;
  private final Consumer<? super String> log;
  private final Bridges bridges;
  private final @Nullable LinkMonitor monitor;
  private final Set<String> names;
  private final Thread thread;

  /** Holds something when there is something to be looked at. */
  private final LinkedBlockingQueue<Boolean> bell = new LinkedBlockingQueue<>(1);

  private volatile Map<String, String> troubles = Map.of();
  private volatile boolean closed;

  /**
   * @param node the namespace that stands for the node; not closed here
   * @param resync how often they are looked at although nothing was heard; zero for never
   * @param log a line for what is done, and for what goes wrong
   */
  public BridgeKeeper(
      Netns node,
      Owner owner,
      List<DeclaredBridge> declared,
      Underlay underlay,
      Duration resync,
      Consumer<? super String> log) {
    this.declared = List.copyOf(declared);
    this.resync = resync.isZero() ? NEVER : resync;
    this.log = log;
    this.names =
        Stream.concat(
                Stream.of(underlay.here()),
                declared.stream().flatMap(BridgeKeeper::names).map(InterfaceName::value))
            .collect(Collectors.toSet());
    this.bridges = new Bridges(node, owner, underlay);
    this.monitor = declared.isEmpty() ? null : listen(node);
    pass();
    this.thread = Thread.ofPlatform().daemon().name("netattach-bridges").start(this::run);
  }

  private static Stream<InterfaceName> names(DeclaredBridge bridge) {
    return switch (bridge.uplink()) {
      case null -> Stream.of(bridge.name());
      case Uplink.Existing u -> Stream.of(bridge.name(), u.linkName());
      case Uplink.Vlan u -> Stream.of(bridge.name(), u.linkName(), u.lower());
      case Uplink.Vxlan u ->
          Stream.concat(Stream.of(bridge.name(), u.linkName()), Stream.ofNullable(u.lower()));
    };
  }

  /** Without, they are looked at now and then all the same. */
  private @Nullable LinkMonitor listen(Netns node) {
    try {
      return LinkMonitor.open(
          node,
          heardOf().withOneNamespace(),
          this::heard,
          error -> log.accept("bridges: what changes is not heard: " + error.getMessage()));
    } catch (NetlinkException e) {
      log.accept("bridges: what changes is not heard: " + e.getMessage());
      return null;
    }
  }

  /** Neighbours come and go all the time, so they are heard of only where there are tunnels. */
  private LinkMonitor.Settings heardOf() {
    return declared.stream()
            .anyMatch(bridge -> bridge.uplink() instanceof Uplink.Vxlan vxlan && vxlan.isUnicast())
        ? LinkMonitor.Settings.of(
            LinkMonitor.Group.LINK,
            LinkMonitor.Group.NEIGH,
            LinkMonitor.Group.IPV4_IFADDR,
            LinkMonitor.Group.IPV6_IFADDR)
        : LinkMonitor.Settings.of(LinkMonitor.Group.LINK);
  }

  private void heard(MonitorEvent event) {
    boolean concerns =
        switch (event) {
          case LinkEvent.Changed e ->
              names.contains(e.link().name()) || BridgeMark.isNamed(e.link());
          case LinkEvent.Removed e -> names.contains(e.link().name());
          case LinkEvent.PortChanged e -> names.contains(e.port().name());
          case LinkEvent.PortRemoved e -> names.contains(e.port().name());
          case FdbEvent e -> e.entry().mac().isZero() && e.entry().remote() != null;
          case AddressEvent e -> true;
          case MonitorEvent.Resync e -> true;
          default -> false;
        };
    if (concerns) {
      look();
    }
  }

  /** Has them looked at soon. */
  public void look() {
    // One that waits already sees all of it.
    boolean unused = bell.offer(true);
  }

  private void run() {
    try {
      while (!closed) {
        var unused = bell.poll(resync.toMillis(), TimeUnit.MILLISECONDS);
        if (!closed) {
          bell.clear();
          pass();
          TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pass() {
    Map<String, String> now = new TreeMap<>();
    try {
      now.putAll(
          bridges.removeOthers(
              declared.stream().map(DeclaredBridge::name).collect(Collectors.toSet())));
    } catch (RuntimeException e) {
      log.accept("bridges: what is declared no more cannot be removed: " + words(e));
    }
    for (DeclaredBridge bridge : declared) {
      String name = bridge.name().value();
      try {
        List<String> done = bridges.apply(bridge);
        if (!done.isEmpty()) {
          log.accept("bridge " + name + ": " + String.join("; ", done));
        }
      } catch (RuntimeException e) {
        now.put(name, words(e));
      }
    }
    now.forEach((name, trouble) -> {
      if (!trouble.equals(troubles.get(name))) {
        log.accept("bridge " + name + ": " + trouble);
      }
    });
    troubles = Map.copyOf(now);
  }

  /** Whatever it is, the others are kept, and the next look may do better. */
  private static String words(RuntimeException e) {
    return e instanceof NetlinkException || e instanceof BridgeException
        ? String.valueOf(e.getMessage())
        : "unexpected: " + e;
  }

  /** Where this node's tunnels begin; empty where that is not known. */
  public Optional<IpAddress> local() {
    return bridges.local();
  }

  /** Whether they need to be told of the other nodes. */
  public boolean asksForPeers() {
    return declared.stream()
        .anyMatch(bridge ->
            bridge.uplink() instanceof Uplink.Vxlan vxlan
                && vxlan.isUnicast()
                && vxlan.peers() == null);
  }

  /** What is wrong, by the names of bridges; also of those that are declared no more and stay. */
  public Map<String, String> troubles() {
    return troubles;
  }

  /** How many are declared. */
  public int wanted() {
    return declared.size();
  }

  /** How many of those are as declared. */
  public int ready() {
    return (int) declared.stream().filter(one -> !troubles.containsKey(one.name().value())).count();
  }

  /** Ends; what was made stays. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (monitor != null) {
      monitor.close();
    }
    bridges.close();
  }
}
