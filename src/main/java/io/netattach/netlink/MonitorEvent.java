package io.netattach.netlink;

import java.util.OptionalInt;

/**
 * What a {@link LinkMonitor} tells: something changed in a namespace, or events were lost.
 *
 * <p>An event is the state after the change, as the kernel had it then; by now it may have changed
 * again. Where {@link Change#nsid} is present, ifindexes in the value are those of that other
 * namespace, and so are nsids in it, such as {@link Link#peerNsid}.
 */
public sealed interface MonitorEvent {
  /** Something changed in one namespace. */
  sealed interface Change extends MonitorEvent
      permits LinkEvent, AddressEvent, RouteEvent, NeighbourEvent, FdbEvent, RuleEvent, NsidEvent {
    /**
     * The number by which the monitored namespace knows the one where it happened; empty for the
     * monitored namespace itself.
     */
    OptionalInt nsid();
  }

  /**
   * Events were lost, of any of the namespaces: read again what matters. The events that are told
   * after this one happened after those that were lost.
   *
   * @param cause what lost them
   */
  record Resync(Cause cause) implements MonitorEvent {}

  /** Why events were lost. */
  enum Cause {
    /** More came than the receive buffer holds before the listener took them ({@code ENOBUFS}). */
    OVERFLOW,
    /** One was larger than the memory to read it into, which has grown since. */
    TOO_LARGE,
    /** One made no sense; the error handler was told why. */
    MALFORMED
  }
}
