package io.netattach.netlink;

import static io.netattach.netlink.LinuxNeighbour.*;
import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

/**
 * A request about an entry of a forwarding table, as {@code bridge fdb} makes them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/bridge.8.html">bridge(8)</a>
 */
public final class FdbRequest extends Request {
  private final int index;
  private final int state;
  private final int entryFlags;

  private FdbRequest(int type, int flags, int index, int state, int entryFlags, String words) {
    super(type, flags, words);
    this.index = index;
    this.state = state;
    this.entryFlags = entryFlags;
  }

  static FdbRequest dump(int bridge) {
    FdbRequest request =
        new FdbRequest(RTM_GETNEIGH, 0, 0, 0, 0, "list forwarding entries of bridge " + bridge);
    request.add(w -> w.u32(NDA_MASTER, bridge));
    return request;
  }

  static FdbRequest dumpOfLink(int link) {
    return new FdbRequest(RTM_GETNEIGH, 0, link, 0, 0, "list forwarding entries of link " + link);
  }

  static FdbRequest getOfLink(int link, MacAddress mac) {
    FdbRequest request =
        new FdbRequest(
            RTM_GETNEIGH, 0, link, 0, NTF_SELF, "get forwarding entry " + mac + " of link " + link);
    request.add(w -> w.attribute(NDA_LLADDR, mac));
    return request;
  }

  static FdbRequest get(int bridge, MacAddress mac, int vlan) {
    FdbRequest request =
        new FdbRequest(
            RTM_GETNEIGH,
            0,
            0,
            0,
            0,
            "get forwarding entry "
                + mac
                + " of bridge "
                + bridge
                + (vlan == 0 ? "" : " vlan " + vlan));
    request.add(w -> w.attribute(NDA_LLADDR, mac));
    if (vlan != 0) {
      request.add(w -> w.u16(NDA_VLAN, vlan));
    }
    request.add(w -> w.u32(NDA_MASTER, bridge));
    return request;
  }

  /**
   * Adds an entry; {@code EEXIST} when the table has one for that address and VLAN. One of {@link
   * FdbEntry#NTF_EXT_LEARNED} takes its place instead, in a bridge's table.
   */
  public static FdbRequest add(FdbEntry entry) {
    return write(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, entry, "add");
  }

  /** Adds one more remote to an entry of a VXLAN link with the address all zero, or a group's. */
  public static FdbRequest append(FdbEntry entry) {
    return write(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_APPEND, entry, "append");
  }

  /** Adds an entry or puts it in the place of the one for that address and VLAN. */
  public static FdbRequest replace(FdbEntry entry) {
    return write(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, entry, "replace");
  }

  /** Removes an entry, of a VXLAN link the one remote; {@code ENOENT} when it is not there. */
  public static FdbRequest delete(FdbEntry entry) {
    return write(RTM_DELNEIGH, 0, entry, "delete");
  }

  private static FdbRequest write(int type, int flags, FdbEntry entry, String verb) {
    FdbRequest request =
        new FdbRequest(
            type,
            flags,
            entry.link(),
            state(entry.kind()),
            entry.flags() | (entry.owner() == FdbEntry.Owner.SELF ? NTF_SELF : NTF_MASTER),
            verb + " forwarding entry " + entry);
    request.add(w -> w.attribute(NDA_LLADDR, entry.mac()));
    if (entry.vlan() != 0) {
      request.add(w -> w.u16(NDA_VLAN, entry.vlan()));
    }
    FdbEntry.VxlanRemote remote = entry.remote();
    if (remote != null) {
      request.add(w -> writeRemote(w, remote));
    }
    return request;
  }

  /** A VXLAN link takes none that is neither permanent nor reachable. */
  private static int state(FdbEntry.Kind kind) {
    return switch (kind) {
      case PERMANENT -> NUD_PERMANENT;
      case STATIC -> NUD_NOARP | NUD_REACHABLE;
      case DYNAMIC -> NUD_REACHABLE;
    };
  }

  private static void writeRemote(MessageWriter w, FdbEntry.VxlanRemote remote) {
    w.attribute(NDA_DST, remote.address().bytes());
    if (remote.port() != 0) {
      w.attribute(NDA_PORT, new byte[] {(byte) (remote.port() >> 8), (byte) remote.port()});
    }
    if (remote.vni() != 0) {
      w.u32(NDA_VNI, remote.vni());
    }
    if (remote.link() != 0) {
      w.u32(NDA_IFINDEX, remote.link());
    }
  }

  @Override
  void writeFixed(MessageWriter writer) {
    writer.neighbourInfo(AF_BRIDGE, index, state, entryFlags);
  }
}
