package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;
import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Reads what the kernel multicasts. */
final class EventParser {
  private static final int IFINFOMSG = 16;

  /** {@code struct fib_rule_hdr} (linux/fib_rules.h). */
  private static final int FIB_RULE_HDR = 12;

  private static final int FRA_PRIORITY = 6;

  private EventParser() {}

  /** Null for what is no event, and for what {@link Address} and {@link Route} do not stand for. */
  static MonitorEvent.@Nullable Change parse(Message message, OptionalInt nsid) {
    return switch (message.type()) {
      case RTM_NEWLINK ->
          isPort(message)
              ? new LinkEvent.PortChanged(nsid, port(message))
              : new LinkEvent.Changed(nsid, LinkParser.parse(message));
      case RTM_DELLINK ->
          isPort(message)
              ? new LinkEvent.PortRemoved(nsid, port(message))
              : new LinkEvent.Removed(nsid, LinkParser.parse(message));
      case RTM_NEWADDR -> {
        Address address = Address.parse(message);
        yield address == null ? null : new AddressEvent.Changed(nsid, address);
      }
      case RTM_DELADDR -> {
        Address address = Address.parse(message);
        yield address == null ? null : new AddressEvent.Removed(nsid, address);
      }
      case RTM_NEWROUTE -> {
        Route route = Route.parse(message);
        yield route == null ? null : new RouteEvent.Changed(nsid, route);
      }
      case RTM_DELROUTE -> {
        Route route = Route.parse(message);
        yield route == null ? null : new RouteEvent.Removed(nsid, route);
      }
      // struct ndmsg: the family, padding, the ifindex
      case RTM_NEWNEIGH -> new NeighbourEvent.Changed(nsid, message.u8(0), message.u32(4));
      case RTM_DELNEIGH -> new NeighbourEvent.Removed(nsid, message.u8(0), message.u32(4));
      case RTM_NEWRULE -> new RuleEvent.Added(nsid, message.u8(0), priority(message));
      case RTM_DELRULE -> new RuleEvent.Removed(nsid, message.u8(0), priority(message));
      case RTM_NEWNSID -> new NsidEvent.Added(nsid, number(message));
      case RTM_DELNSID -> new NsidEvent.Removed(nsid, number(message));
      default -> null;
    };
  }

  /** A bridge tells of its ports in messages of its own, and RTM_DELLINK is the end of a port. */
  private static boolean isPort(Message message) {
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

  private static long priority(Message message) {
    long priority = 0;
    AttributeReader a = message.attributes(FIB_RULE_HDR);
    while (a.next()) {
      if (a.type() == FRA_PRIORITY) {
        priority = a.u32() & 0xffff_ffffL;
      }
    }
    return priority;
  }

  private static int number(Message message) {
    int number = Rtnetlink.nsid(message);
    if (number < 0) {
      throw NetlinkException.because("read a change of an nsid", "it has no number");
    }
    return number;
  }
}
