package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;

import java.util.ArrayList;
import java.util.List;

/**
 * Membership of a bridge port in a VLAN.
 *
 * @param id 1 to 4094 (IEEE 802.1Q; 0 and 4095 are reserved)
 * @param pvid whether untagged frames that come in belong to this VLAN; one of a port at most
 * @param untagged whether frames of this VLAN go out without a tag
 */
public record BridgeVlan(int id, boolean pvid, boolean untagged) {
  /** {@code struct br_vlan_msg} (linux/if_bridge.h): bytes. */
  private static final int BR_VLAN_MSG = 8;

  public BridgeVlan {
    if (id < 1 || id > 4094) {
      throw new IllegalArgumentException("VLAN " + id + " does not exist; write 1 to 4094");
    }
  }

  /** What an access port has: one VLAN, its frames without tag on the wire. */
  public static BridgeVlan access(int id) {
    return new BridgeVlan(id, true, true);
  }

  /** The VLANs in one RTM_NEWVLAN. */
  static List<BridgeVlan> parseAll(Message message) {
    AttributeReader a = message.attributes(BR_VLAN_MSG);
    List<BridgeVlan> vlans = new ArrayList<>();
    while (a.next()) {
      if (a.type() == BRIDGE_VLANDB_ENTRY) {
        vlans.addAll(parseRange(a.nested()));
      }
      if (vlans.size() > 4094) {
        throw NetlinkException.because("read VLANs", "more than there can be");
      }
    }
    return vlans;
  }

  private static List<BridgeVlan> parseRange(AttributeReader a) {
    int flags = 0;
    int first = 1;
    int last = 0;
    while (a.next()) {
      switch (a.type()) {
        case BRIDGE_VLANDB_ENTRY_INFO -> {
          flags = a.u16();
          first = a.u16(2);
          last = Math.max(first, last);
        }
        case BRIDGE_VLANDB_ENTRY_RANGE -> last = a.u16();
        default -> {}
      }
    }
    if (first < 1 || last > 4094) {
      throw NetlinkException.because("read VLANs", "a range of " + first + " to " + last);
    }
    List<BridgeVlan> vlans = new ArrayList<>();
    for (int id = first; id <= last; id++) {
      vlans.add(
          new BridgeVlan(
              id, (flags & BRIDGE_VLAN_INFO_PVID) != 0, (flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0));
    }
    return vlans;
  }
}
