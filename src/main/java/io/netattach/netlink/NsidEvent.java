package io.netattach.netlink;

import java.util.OptionalInt;

/**
 * A namespace got a number by which another knows it, or lost it. {@code nsid} is where that
 * happened, {@code number} the number in question there.
 */
public sealed interface NsidEvent extends MonitorEvent.Change {
  /** The number, 0 and up. */
  int number();

  /** A namespace has this number now, and is heard from now on. */
  record Added(OptionalInt nsid, int number) implements NsidEvent {}

  /**
   * The namespace of this number is gone or about to go; another can get the number at any time.
   */
  record Removed(OptionalInt nsid, int number) implements NsidEvent {}
}
