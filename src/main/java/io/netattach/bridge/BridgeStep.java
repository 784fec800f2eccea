package io.netattach.bridge;

import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkKind;

/** One change of the kernel for a declared bridge. */
sealed interface BridgeStep {
  /** A link of ours, down, with its marks, in one request. */
  record Add(InterfaceName name, LinkKind kind, BridgeMark mark) implements BridgeStep {
    @Override
    public String toString() {
      return "add " + kind.name() + " " + name;
    }
  }

  /** A link of ours. */
  record Delete(Link link) implements BridgeStep {
    @Override
    public String toString() {
      return "delete " + link.name();
    }
  }

  /** A link of the node becomes a port that is known for our doing. */
  record Take(Link link, Link bridge, String altname) implements BridgeStep {
    @Override
    public String toString() {
      return "make " + link.name() + " a port of " + bridge.name();
    }
  }

  /** A link of the node is no port any more. */
  record Release(Link link, String altname) implements BridgeStep {
    @Override
    public String toString() {
      return "take " + link.name() + " out of its bridge";
    }
  }

  /** A link of ours becomes a port. */
  record Join(Link link, Link bridge) implements BridgeStep {
    @Override
    public String toString() {
      return "make " + link.name() + " a port of " + bridge.name();
    }
  }

  record SetMtu(Link link, int mtu) implements BridgeStep {
    @Override
    public String toString() {
      return "set mtu " + mtu + " of " + link.name();
    }
  }

  record SetFiltering(Link bridge, boolean on) implements BridgeStep {
    @Override
    public String toString() {
      return "set vlan filtering " + (on ? "on" : "off") + " of " + bridge.name();
    }
  }

  /**
   * @param ours whether IPv6 is switched off before: the node is not to believe what routers
   *     advertise there
   */
  record Up(Link link, boolean ours) implements BridgeStep {
    @Override
    public String toString() {
      return "set " + link.name() + " up";
    }
  }

  record AddVlan(Link port, BridgeVlan vlan) implements BridgeStep {
    @Override
    public String toString() {
      return "add vlan " + vlan.id() + " of " + port.name();
    }
  }

  record RemoveVlan(Link port, BridgeVlan vlan) implements BridgeStep {
    @Override
    public String toString() {
      return "remove vlan " + vlan.id() + " of " + port.name();
    }
  }

  record AddPeer(Link vxlan, IpAddress peer) implements BridgeStep {
    @Override
    public String toString() {
      return "add peer " + peer + " of " + vxlan.name();
    }
  }

  record RemovePeer(Link vxlan, IpAddress peer) implements BridgeStep {
    @Override
    public String toString() {
      return "remove peer " + peer + " of " + vxlan.name();
    }
  }
}
