package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;
import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what the kernel multicasts. */
final class EventParser {
  private static final int IFINFOMSG = 16;

  private EventParser() {}

  /** Null for what is no event, and for what no value of this package stands for. */
  static MonitorEvent.@Nullable Change parse(Message message, OptionalInt nsid) {
    return switch (message.type()) {
      case RTM_NEWLINK ->
          isOfBridge(message)
              ? new LinkEvent.PortChanged(nsid, port(message))
              : new LinkEvent.Changed(nsid, LinkParser.parse(message));
      case RTM_DELLINK ->
          isOfBridge(message)
              ? new LinkEvent.PortRemoved(nsid, port(message))
              : new LinkEvent.Removed(nsid, LinkParser.parse(message));
      case RTM_NEWADDR -> event(Address.parse(message), a -> new AddressEvent.Changed(nsid, a));
      case RTM_DELADDR -> event(Address.parse(message), a -> new AddressEvent.Removed(nsid, a));
      case RTM_NEWROUTE -> event(Route.parse(message), r -> new RouteEvent.Changed(nsid, r));
      case RTM_DELROUTE -> event(Route.parse(message), r -> new RouteEvent.Removed(nsid, r));
      case RTM_NEWNEIGH ->
          isOfBridge(message)
              ? event(FdbEntry.parse(message), e -> new FdbEvent.Changed(nsid, e))
              : event(Neighbour.parse(message), n -> new NeighbourEvent.Changed(nsid, n));
      case RTM_DELNEIGH ->
          isOfBridge(message)
              ? event(FdbEntry.parse(message), e -> new FdbEvent.Removed(nsid, e))
              : event(Neighbour.parse(message), n -> new NeighbourEvent.Removed(nsid, n));
      case RTM_NEWRULE -> event(RuleParser.parse(message), r -> new RuleEvent.Added(nsid, r));
      case RTM_DELRULE -> event(RuleParser.parse(message), r -> new RuleEvent.Removed(nsid, r));
      case RTM_NEWNSID -> new NsidEvent.Added(nsid, number(message));
      case RTM_DELNSID -> new NsidEvent.Removed(nsid, number(message));
      default -> null;
    };
  }

  private static <T> MonitorEvent.@Nullable Change event(
      @Nullable T value, Function<T, MonitorEvent.Change> event) {
    return value == null ? null : event.apply(value);
  }

  /** A bridge tells of its ports in messages of its own, and RTM_DELLINK is the end of a port. */
  private static boolean isOfBridge(Message message) {
    return message.u8(0) == AF_BRIDGE;
  }

  private static LinkEvent.Port port(Message message) {
    String name = "";
    int master = 0;
    AttributeReader a = message.attributes(IFINFOMSG);
    while (a.next()) {
      switch (a.type()) {
        case IFLA_IFNAME -> name = a.text();
        case IFLA_MASTER -> master = a.u32();
        default -> {}
      }
    }
    return new LinkEvent.Port(message.u32(4), name, master);
  }

  private static int number(Message message) {
    int number = Rtnetlink.nsid(message);
    if (number < 0) {
      throw NetlinkException.because("read a change of an nsid", "it has no number");
    }
    return number;
  }
}
