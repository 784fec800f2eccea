package io.netattach.netlink;

import static io.netattach.netlink.LinuxNeighbour.*;
import static io.netattach.netlink.LinuxNetlink.AF_BRIDGE;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where frames to a MAC address go: an entry of the forwarding table of a bridge, of a VXLAN link,
 * or of the addresses that a link itself takes; as asked for or as the kernel reports it.
 *
 * @param link the ifindex of the bridge port, or of the link whose own entry it is
 * @param mac the destination; all zero on a VXLAN link for whatever has no entry
 * @param owner whose table it is in
 * @param bridge the ifindex of the bridge as it was read; 0 in a link's own table. Requests do not
 *     need it
 * @param vlan 1 to 4094; 0 for none, which on a bridge that filters VLANs is another entry
 * @param kind how long it stays
 * @param flags {@code NTF_*} of linux/neighbour.h beyond those that name the owner, 0 to 255
 * @param remote the other end of the tunnel on a VXLAN link; null elsewhere
 * @see <a href="https://man7.org/linux/man-pages/man8/bridge.8.html">bridge(8)</a>
 */
public record FdbEntry(
    int link,
    MacAddress mac,
    Owner owner,
    int bridge,
    int vlan,
    Kind kind,
    int flags,
    @Nullable VxlanRemote remote) {
  /** Made by a control plane: it does not age. */
  public static final int NTF_EXT_LEARNED = 1 << 4;

  /** Stays at its port, wherever the address is seen (Linux 4.20). */
  public static final int NTF_STICKY = 1 << 6;

  /** Whose table an entry is in. */
  public enum Owner {
    /** The bridge's that the link is a port of. */
    MASTER,
    /** The link's own. */
    SELF
  }

  /** How long an entry stays. */
  public enum Kind {
    /**
     * In a bridge's table: frames to the address are for this machine. In a link's own: it stays
     * until it is deleted ({@code NUD_PERMANENT}).
     */
    PERMANENT,
    /** Stays until it is deleted ({@code NUD_NOARP}). */
    STATIC,
    /**
     * Goes when nothing has been heard of the address for a time. A bridge port that does not learn
     * yet, since it or its bridge is down, answers {@code EPERM}.
     */
    DYNAMIC
  }

  /**
   * The other end of a VXLAN tunnel.
   *
   * @param address its address
   * @param port its UDP port, 1 to 65535; 0 for that of the link
   * @param vni its network identifier, 1 to 16777215; 0 for that of the link
   * @param link the ifindex that it is reached through; 0 as routes say
   */
  public record VxlanRemote(IpAddress address, int port, int vni, int link) {
    public VxlanRemote {
      Objects.requireNonNull(address, "address");
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("a UDP port is within 1 to 65535, not " + port);
      }
      if (vni < 0 || vni > 0xff_ffff) {
        throw new IllegalArgumentException("a VNI is within 1 to 16777215, not " + vni);
      }
      if (link < 0) {
        throw new IllegalArgumentException("an ifindex is above 0, or 0 for any, not " + link);
      }
    }

    /** At the port and with the network identifier of the link. */
    public static VxlanRemote of(IpAddress address) {
      return new VxlanRemote(address, 0, 0, 0);
    }

    @Override
    public String toString() {
      return "dst "
          + address
          + (port == 0 ? "" : " port " + port)
          + (vni == 0 ? "" : " vni " + vni)
          + (link == 0 ? "" : " via link " + link);
    }
  }

  public FdbEntry {
    Objects.requireNonNull(mac, "mac");
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(kind, "kind");
    if (vlan < 0 || vlan > 4094) {
      throw new IllegalArgumentException("a VLAN is within 1 to 4094, or 0 for none, not " + vlan);
    }
    if (flags < 0 || flags > 255 || (flags & (NTF_SELF | NTF_MASTER)) != 0) {
      throw new IllegalArgumentException(
          "flags are within 0 to 255 without those of the owner, not " + flags);
    }
  }

  /** A static entry of the bridge that the link is a port of. */
  public static FdbEntry ofPort(int port, MacAddress mac) {
    return new FdbEntry(port, mac, Owner.MASTER, 0, 0, Kind.STATIC, 0, null);
  }

  /** An entry of a VXLAN link that stays. */
  public static FdbEntry ofVxlan(int link, MacAddress mac, VxlanRemote remote) {
    return new FdbEntry(link, mac, Owner.SELF, 0, 0, Kind.PERMANENT, 0, remote);
  }

  /** An address that the link takes beside its own. */
  public static FdbEntry ofLink(int link, MacAddress mac) {
    return new FdbEntry(link, mac, Owner.SELF, 0, 0, Kind.PERMANENT, 0, null);
  }

  /** In that VLAN, 1 to 4094; 0 for none. */
  public FdbEntry withVlan(int value) {
    return new FdbEntry(link, mac, owner, bridge, value, kind, flags, remote);
  }

  /** That stays as long as that kind does. */
  public FdbEntry withKind(Kind value) {
    return new FdbEntry(link, mac, owner, bridge, vlan, value, flags, remote);
  }

  /** With these flags instead of its own. */
  public FdbEntry withFlags(int value) {
    return new FdbEntry(link, mac, owner, bridge, vlan, kind, value, remote);
  }

  /** Whether it has that flag, {@code NTF_*}; of several, one at least. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Null for what is no entry of a forwarding table. */
  static @Nullable FdbEntry parse(Message message) {
    if (message.u8(0) != AF_BRIDGE) {
      return null;
    }
    MacAddress mac = null;
    IpAddress address = null;
    int bridge = 0;
    int vlan = 0;
    int port = 0;
    int vni = 0;
    int via = 0;
    AttributeReader a = message.attributes(NDMSG);
    while (a.next()) {
      switch (a.type()) {
        case NDA_LLADDR -> mac = a.length() == 6 ? MacAddress.ofBytes(a.bytes()) : null;
        case NDA_DST -> address = a.address();
        case NDA_MASTER -> bridge = a.u32();
        case NDA_VLAN -> vlan = a.u16();
        case NDA_PORT -> port = a.u16BigEndian();
        case NDA_VNI -> vni = a.u32();
        case NDA_IFINDEX -> via = a.u32();
        default -> {}
      }
    }
    if (mac == null) {
      throw NetlinkException.because("read a forwarding entry", "it has no MAC address");
    }
    int flags = message.u8(10);
    try {
      return new FdbEntry(
          message.u32(4),
          mac,
          (flags & NTF_SELF) != 0 ? Owner.SELF : Owner.MASTER,
          bridge,
          vlan,
          kind(message.u16(8)),
          flags & ~(NTF_SELF | NTF_MASTER),
          address == null ? null : new VxlanRemote(address, port, vni, via));
    } catch (IllegalArgumentException e) {
      throw NetlinkException.because("read a forwarding entry", String.valueOf(e.getMessage()));
    }
  }

  private static Kind kind(int state) {
    if ((state & NUD_PERMANENT) != 0) {
      return Kind.PERMANENT;
    }
    return (state & NUD_NOARP) != 0 ? Kind.STATIC : Kind.DYNAMIC;
  }

  /** As {@code bridge fdb} writes it, with the numbers of links. */
  @Override
  public String toString() {
    return mac
        + " of link "
        + link
        + (remote == null ? "" : " " + remote)
        + (vlan == 0 ? "" : " vlan " + vlan)
        + (has(NTF_EXT_LEARNED) ? " extern_learn" : "")
        + (has(NTF_STICKY) ? " sticky" : "")
        + (owner == Owner.SELF ? " self " : " master ")
        + kind.name().toLowerCase(Locale.ROOT);
  }
}
