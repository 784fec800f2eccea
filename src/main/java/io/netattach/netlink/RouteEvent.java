package io.netattach.netlink;

import java.util.OptionalInt;

/**
 * A route was added, replaced or removed. Of a route that another replaces no removal is told, nor
 * of IPv4 routes that a link takes along when it goes down.
 */
public sealed interface RouteEvent extends MonitorEvent.Change {
  /** The route; one with several hops has no link and no gateway. */
  Route route();

  /** It was added or changed: this is what it is now. */
  record Changed(OptionalInt nsid, Route route) implements RouteEvent {}

  /** It was removed: this is what it was. */
  record Removed(OptionalInt nsid, Route route) implements RouteEvent {}
}
