package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;
import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A request about the VLANs of a bridge port or of a bridge itself, as {@code bridge vlan}. */
public final class BridgeVlanRequest extends Request {
  private final int index;
  private final boolean dump;

  private BridgeVlanRequest(int type, int index, String words) {
    super(type, 0, words);
    this.index = index;
    this.dump = type == RTM_GETVLAN;
  }

  static BridgeVlanRequest dump(int index) {
    return new BridgeVlanRequest(RTM_GETVLAN, index, "list VLANs of port " + index);
  }

  /** Makes a port a member of a VLAN, 1 to 4094. */
  public static BridgeVlanRequest add(int index, BridgeVlan vlan) {
    return write(RTM_SETLINK, index, vlan, false, "add");
  }

  /** Makes the bridge itself a member of a VLAN, so that its own addresses can be reached there. */
  public static BridgeVlanRequest addToBridge(int index, BridgeVlan vlan) {
    return write(RTM_SETLINK, index, vlan, true, "add");
  }

  /** Takes a port out of a VLAN. */
  public static BridgeVlanRequest delete(int index, BridgeVlan vlan) {
    return write(RTM_DELLINK, index, vlan, false, "delete");
  }

  /** Takes the bridge itself out of a VLAN. */
  public static BridgeVlanRequest deleteFromBridge(int index, BridgeVlan vlan) {
    return write(RTM_DELLINK, index, vlan, true, "delete");
  }

  private static BridgeVlanRequest write(
      int type, int index, BridgeVlan vlan, boolean self, String verb) {
    BridgeVlanRequest request =
        new BridgeVlanRequest(
            type,
            index,
            verb + " vlan " + vlan.id() + (self ? " of bridge " : " of port ") + index);
    int flags =
        (vlan.pvid() ? BRIDGE_VLAN_INFO_PVID : 0)
            | (vlan.untagged() ? BRIDGE_VLAN_INFO_UNTAGGED : 0);
    // struct bridge_vlan_info
    byte[] info =
        ByteBuffer.allocate(4)
            .order(ByteOrder.nativeOrder())
            .putShort((short) flags)
            .putShort((short) vlan.id())
            .array();
    request.add(w -> {
      int spec = w.open(IFLA_AF_SPEC);
      if (self) {
        w.u16(IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
      }
      w.attribute(IFLA_BRIDGE_VLAN_INFO, info);
      w.close(spec);
    });
    return request;
  }

  @Override
  void writeFixed(MessageWriter writer) {
    if (dump) {
      // struct br_vlan_msg
      writer.fixed((byte) AF_BRIDGE, (byte) 0, (byte) 0, (byte) 0);
      writer.fixedInt(index);
    } else {
      writer.interfaceInfo(AF_BRIDGE, index, 0, 0);
    }
  }
}
