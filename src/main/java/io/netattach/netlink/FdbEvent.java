package io.netattach.netlink;

import java.util.OptionalInt;

/** An entry in the forwarding table of a bridge or a VXLAN link was added, changed or removed. */
public sealed interface FdbEvent extends MonitorEvent.Change {
  /** The entry. */
  FdbEntry entry();

  /** It was added or changed: this is what it is now. */
  record Changed(OptionalInt nsid, FdbEntry entry) implements FdbEvent {}

  /** It was removed: this is what it was. */
  record Removed(OptionalInt nsid, FdbEntry entry) implements FdbEvent {}
}
