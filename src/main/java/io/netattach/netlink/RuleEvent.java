package io.netattach.netlink;

import java.util.OptionalInt;

/** A rule that chooses a routing table was added or removed. */
public sealed interface RuleEvent extends MonitorEvent.Change {
  /** {@code AF_INET} 2 or {@code AF_INET6} 10. */
  int family();

  /** 0 to 4294967295; lower is asked first. */
  long priority();

  /** It was added. */
  record Added(OptionalInt nsid, int family, long priority) implements RuleEvent {}

  /** It was removed. */
  record Removed(OptionalInt nsid, int family, long priority) implements RuleEvent {}
}
