package io.netattach.bridge;

import io.netattach.attach.VlanRanges;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.LinkKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The port by which a bridge reaches beyond its node. */
public sealed interface Uplink {
  /** The VLANs that it carries, tagged, and no other; null for the bridge's default, untagged. */
  @Nullable VlanRanges vlans();

  /** The port. */
  InterfaceName linkName();

  /** A link of the node, which is nothing else then. */
  record Existing(InterfaceName linkName, @Nullable VlanRanges vlans) implements Uplink {}

  /**
   * One VLAN of a link, whose other frames stay the node's.
   *
   * @param lower the link
   * @param id 1 to 4094
   */
  record Vlan(InterfaceName lower, int id, @Nullable VlanRanges vlans) implements Uplink {
    public Vlan {
      if (id < 1 || id > 4094) {
        throw new IllegalArgumentException(
            "uplink.vlan.id: VLAN " + id + " does not exist; write 1 to 4094");
      }
    }

    /** As people name such links, cut where it would be too long. */
    @Override
    public InterfaceName linkName() {
      String end = "." + id;
      String name = lower.value();
      int room = InterfaceName.MAX_BYTES - end.length();
      return new InterfaceName(name.substring(0, Math.min(room, name.length())) + end);
    }
  }

  /**
   * A tunnel over IP to other nodes (RFC 7348).
   *
   * @param id 1 to 16777215
   * @param port UDP
   * @param group a multicast group that all of them join, on {@code lower}; null for one copy of
   *     what is for all to each peer
   * @param lower null where routes decide
   * @param peers the other nodes; null for those that tell of themselves
   */
  record Vxlan(
      int id,
      int port,
      @Nullable IpAddress group,
      @Nullable InterfaceName lower,
      @Nullable List<IpAddress> peers,
      @Nullable VlanRanges vlans)
      implements Uplink {
    public Vxlan {
      if (id < 1 || id > 0xff_ffff) {
        throw new IllegalArgumentException(
            "uplink.vxlan.id: VXLAN " + id + " does not exist; write 1 to 16777215");
      }
      if (group != null && !group.isMulticast()) {
        throw new IllegalArgumentException(
            "uplink.vxlan.group: "
                + group
                + " is no multicast group; write one such as 239.1.1.1,"
                + " or leave it out for tunnels from node to node");
      }
      if ((group == null) != (lower == null)) {
        throw new IllegalArgumentException(
            "uplink.vxlan: a multicast group is joined on a link; write both group and link, or"
                + " neither");
      }
      if (group != null && peers != null) {
        throw new IllegalArgumentException(
            "uplink.vxlan.peers: the group reaches them; write either group or peers");
      }
      peers = peers == null ? null : List.copyOf(peers);
    }

    /** With the standard's port, to nodes that tell of themselves. */
    public static Vxlan of(int id) {
      return new Vxlan(id, LinkKind.Vxlan.PORT, null, null, null, null);
    }

    /** Whether there is a tunnel to each of the other nodes. */
    boolean isUnicast() {
      return group == null;
    }

    @Override
    public InterfaceName linkName() {
      return new InterfaceName("vxlan" + id);
    }
  }
}
