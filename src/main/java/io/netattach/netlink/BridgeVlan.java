package io.netattach.netlink;

/**
 * Membership of a bridge port in a VLAN.
 *
 * @param id 1 to 4094 (IEEE 802.1Q; 0 and 4095 are reserved)
 * @param pvid whether untagged frames that come in belong to this VLAN; one of a port at most
 * @param untagged whether frames of this VLAN go out without a tag
 */
public record BridgeVlan(int id, boolean pvid, boolean untagged) {
  public BridgeVlan {
    if (id < 1 || id > 4094) {
      throw new IllegalArgumentException("VLAN " + id + " does not exist; write 1 to 4094");
    }
  }

  /** What an access port has: one VLAN, its frames without tag on the wire. */
  public static BridgeVlan access(int id) {
    return new BridgeVlan(id, true, true);
  }
}
