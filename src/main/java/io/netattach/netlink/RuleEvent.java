package io.netattach.netlink;

import java.util.OptionalInt;

/** A rule that chooses a routing table was added or removed; changed it cannot be. */
public sealed interface RuleEvent extends MonitorEvent.Change {
  /** The rule. */
  Rule rule();

  /** It was added. */
  record Added(OptionalInt nsid, Rule rule) implements RuleEvent {}

  /** It was removed: this is what it was. */
  record Removed(OptionalInt nsid, Rule rule) implements RuleEvent {}
}
