package io.netattach.netlink;

import java.util.OptionalInt;

/** A neighbour was added, changed or removed. */
public sealed interface NeighbourEvent extends MonitorEvent.Change {
  /** The neighbour. */
  Neighbour neighbour();

  /** It was added, or its MAC address or its state changed: this is what it is now. */
  record Changed(OptionalInt nsid, Neighbour neighbour) implements NeighbourEvent {}

  /** It was removed: this is what it was. */
  record Removed(OptionalInt nsid, Neighbour neighbour) implements NeighbourEvent {}
}
