package io.netattach.netlink;

import java.util.OptionalInt;

/**
 * A link was added, changed or removed, or what a bridge says of a port was. A link that leaves for
 * another namespace is removed in the old one and added in the new one.
 */
public sealed interface LinkEvent extends MonitorEvent.Change {
  /** It was added or changed: this is what it is now. */
  record Changed(OptionalInt nsid, Link link) implements LinkEvent {}

  /** It was removed: this is what it was. */
  record Removed(OptionalInt nsid, Link link) implements LinkEvent {}

  /** A bridge has a port, or a setting of that port changed. */
  record PortChanged(OptionalInt nsid, Port port) implements LinkEvent {}

  /** A link is no port of that bridge any more; the link itself is still there. */
  record PortRemoved(OptionalInt nsid, Port port) implements LinkEvent {}

  /**
   * A bridge port.
   *
   * @param link the ifindex of the link that is the port, or of the bridge itself
   * @param name the link's name
   * @param bridge the ifindex of the bridge; 0 where the kernel does not tell
   */
  record Port(int link, String name, int bridge) {}
}
