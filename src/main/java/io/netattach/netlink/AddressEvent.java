package io.netattach.netlink;

import java.util.OptionalInt;

/** An address of a link was added, changed or removed. */
public sealed interface AddressEvent extends MonitorEvent.Change {
  /** The address, with the ifindex of its link. */
  Address address();

  /** It was added or changed: this is what it is now. */
  record Changed(OptionalInt nsid, Address address) implements AddressEvent {}

  /** It was removed: this is what it was. */
  record Removed(OptionalInt nsid, Address address) implements AddressEvent {}
}
