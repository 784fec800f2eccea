package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;

import java.nio.ByteOrder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads what a kind says of itself, {@code IFLA_INFO_DATA}. */
final class LinkKindParser {
  private LinkKindParser() {}

  /** A kind that says nothing. */
  static LinkKind parse(String kind) {
    return switch (kind) {
      case "" -> LinkKind.Other.PHYSICAL;
      case "veth" -> LinkKind.Other.VETH;
      case "dummy" -> new LinkKind.Dummy();
      default -> new LinkKind.Other(kind);
    };
  }

  /**
   * @param lower {@code IFLA_LINK}
   * @param data the reader, stepped to {@code IFLA_INFO_DATA}
   */
  static LinkKind parse(String kind, int lower, AttributeReader data) {
    try {
      return switch (kind) {
        case "bridge" -> bridge(data.nested());
        case "dummy" -> new LinkKind.Dummy();
        case "macvlan" -> macvlan(lower, data.nested());
        case "ipvlan" -> ipvlan(lower, data.nested());
        case "vlan" -> vlan(lower, data.nested());
        case "vxlan" -> vxlan(data.nested());
        case "tun" -> tun(data.nested());
        default -> new LinkKind.Other(kind, data.bytes());
      };
    } catch (IllegalArgumentException e) {
      // A mode or protocol that is newer than this code.
      return new LinkKind.Other(kind, data.bytes());
    }
  }

  private static LinkKind bridge(AttributeReader a) {
    boolean vlanFiltering = false;
    int defaultPvid = 0;
    boolean stp = false;
    int ageingTime = 0;
    while (a.next()) {
      switch (a.type()) {
        case IFLA_BR_VLAN_FILTERING -> vlanFiltering = a.u8() != 0;
        case IFLA_BR_VLAN_DEFAULT_PVID -> defaultPvid = a.u16();
        case IFLA_BR_STP_STATE -> stp = a.u32() != 0;
        case IFLA_BR_AGEING_TIME -> ageingTime = a.u32();
        default -> {}
      }
    }
    return new LinkKind.Bridge(
        vlanFiltering,
        defaultPvid,
        stp,
        Duration.ofMillis(Integer.toUnsignedLong(ageingTime) * 10));
  }

  private static LinkKind macvlan(int lower, AttributeReader a) {
    int mode = 0;
    while (a.next()) {
      if (a.type() == IFLA_MACVLAN_MODE) {
        mode = a.u32();
      }
    }
    return new LinkKind.Macvlan(lower, LinkKind.Macvlan.Mode.of(mode));
  }

  private static LinkKind ipvlan(int lower, AttributeReader a) {
    int mode = -1;
    int flags = 0;
    while (a.next()) {
      switch (a.type()) {
        case IFLA_IPVLAN_MODE -> mode = a.u16();
        case IFLA_IPVLAN_FLAGS -> flags = a.u16();
        default -> {}
      }
    }
    return new LinkKind.Ipvlan(
        lower, LinkKind.Ipvlan.Mode.of(mode), LinkKind.Ipvlan.Reach.of(flags));
  }

  private static LinkKind vlan(int lower, AttributeReader a) {
    int id = -1;
    int protocol = LinkKind.Vlan.Protocol.IEEE_802_1Q.number;
    while (a.next()) {
      switch (a.type()) {
        case IFLA_VLAN_ID -> id = a.u16();
        case IFLA_VLAN_PROTOCOL -> protocol = fromNetwork(a.u16());
        default -> {}
      }
    }
    return new LinkKind.Vlan(lower, id, LinkKind.Vlan.Protocol.of(protocol));
  }

  private static LinkKind vxlan(AttributeReader a) {
    int id = -1;
    @Nullable IpAddress local = null;
    @Nullable IpAddress remote = null;
    int port = 0;
    int lower = 0;
    boolean learning = false;
    while (a.next()) {
      switch (a.type()) {
        case IFLA_VXLAN_ID -> id = a.u32();
        case IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6 -> local = specified(a.address());
        case IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6 -> remote = specified(a.address());
        case IFLA_VXLAN_PORT -> port = fromNetwork(a.u16());
        case IFLA_VXLAN_LINK -> lower = a.u32();
        case IFLA_VXLAN_LEARNING -> learning = a.u8() != 0;
        default -> {}
      }
    }
    return new LinkKind.Vxlan(id, local, remote, port, lower, learning);
  }

  private static @Nullable IpAddress specified(IpAddress address) {
    return address.isUnspecified() ? null : address;
  }

  private static LinkKind tun(AttributeReader a) {
    int type = 0;
    long owner = -1;
    long group = -1;
    boolean persistent = false;
    boolean multiQueue = false;
    while (a.next()) {
      switch (a.type()) {
        case IFLA_TUN_TYPE -> type = a.u8();
        case IFLA_TUN_OWNER -> owner = Integer.toUnsignedLong(a.u32());
        case IFLA_TUN_GROUP -> group = Integer.toUnsignedLong(a.u32());
        case IFLA_TUN_PERSIST -> persistent = a.u8() != 0;
        case IFLA_TUN_MULTI_QUEUE -> multiQueue = a.u8() != 0;
        default -> {}
      }
    }
    return new LinkKind.Tun(type == IFF_TAP, owner, group, persistent, multiQueue);
  }

  /** Ports and Ethernet types are in the byte order of the wire. */
  private static int fromNetwork(int number) {
    return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
        ? number
        : Short.toUnsignedInt(Short.reverseBytes((short) number));
  }
}
