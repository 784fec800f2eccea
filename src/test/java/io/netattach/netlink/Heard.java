package io.netattach.netlink;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A listener that keeps what it is told. */
final class Heard implements Consumer<MonitorEvent> {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<MonitorEvent> events = new CopyOnWriteArrayList<>();

  @Override
  public void accept(MonitorEvent event) {
    events.add(event);
  }

  List<MonitorEvent> all() {
    return new ArrayList<>(events);
  }

  /** Waits for an event, as long as it takes; the first there is. */
  <T extends MonitorEvent> T first(Class<T> type, Predicate<T> which) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> of(type).stream().anyMatch(which));
    return of(type).stream().filter(which).findFirst().orElseThrow();
  }

  <T extends MonitorEvent> List<T> of(Class<T> type) {
    return all().stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** Makes an event in that namespace and waits for it: all that happened before is heard then. */
  void mark(Node node, OptionalInt nsid, int mtu) {
    node.ip.ip("link set lo mtu " + mtu);
    first(
        LinkEvent.Changed.class,
        e -> e.nsid().equals(nsid) && e.link().isLoopback() && e.link().mtu() == mtu);
  }

  void clear() {
    events.clear();
  }
}
