package io.netattach.attach;

import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.NetnsName;

/**
 * Something on the node of which a change may concern an attachment, in the terms in which the
 * kernel tells of it: those of the node, and of a namespace by its nsid there.
 */
sealed interface WatchedPlace {
  /** Stands for the node itself where others have an nsid. */
  int NODE = -1;

  /** An end, by its ifindex. */
  record End(int nsid, int index) implements WatchedPlace {}

  /** The name that an end has or is to have, whoever has it now. */
  record Name(int nsid, String name) implements WatchedPlace {
    Name(int nsid, InterfaceName name) {
      this(nsid, name.value());
    }
  }

  /** A destination that a route of ours has, which another route may replace. */
  record Destination(int nsid, IpPrefix to) implements WatchedPlace {}

  /** All of the namespace that the container end is in. */
  record Namespace(int nsid) implements WatchedPlace {}

  /** The name of the target. */
  record Target(NetnsName name) implements WatchedPlace {}

  /** A bridge, by the name that is asked for. */
  record Bridge(String name) implements WatchedPlace {}

  /** What the host end is a port of, by its ifindex. */
  record Master(int index) implements WatchedPlace {}
}
