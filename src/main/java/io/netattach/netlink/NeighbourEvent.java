package io.netattach.netlink;

import java.util.OptionalInt;

/** A neighbour, or an entry in the forwarding table of a bridge, was added, changed or removed. */
public sealed interface NeighbourEvent extends MonitorEvent.Change {
  /** {@code AF_INET} 2 or {@code AF_INET6} 10; {@code AF_BRIDGE} 7 for a forwarding table. */
  int family();

  /** The ifindex of the link that it is reached through. */
  int link();

  /** It was added, or its address or its state changed. */
  record Changed(OptionalInt nsid, int family, int link) implements NeighbourEvent {}

  /** It was removed. */
  record Removed(OptionalInt nsid, int family, int link) implements NeighbourEvent {}
}
