package io.netattach.netlink;

import static io.netattach.netlink.LinuxNeighbour.*;
import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

/**
 * A request about a neighbour, as {@code ip neigh} makes them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-neighbour.8.html">ip-neighbour(8)</a>
 */
public final class NeighbourRequest extends Request {
  private final int addressFamily;
  private final int index;
  private final int state;
  private final int entryFlags;

  private NeighbourRequest(
      int type, int flags, int family, int index, int state, int entryFlags, String words) {
    super(type, flags, words);
    this.addressFamily = family;
    this.index = index;
    this.state = state;
    this.entryFlags = entryFlags;
  }

  static NeighbourRequest dump(NeighbourFilter filter) {
    NeighbourRequest request =
        new NeighbourRequest(
            RTM_GETNEIGH,
            0,
            filter.family().number(),
            0,
            0,
            filter.proxies() ? NTF_PROXY : 0,
            "list " + filter);
    if (filter.link() != 0) {
      request.add(w -> w.u32(NDA_IFINDEX, filter.link()));
    }
    if (filter.master() != 0) {
      request.add(w -> w.u32(NDA_MASTER, filter.master()));
    }
    return request;
  }

  static NeighbourRequest get(int link, IpAddress address, boolean proxy) {
    return of(
        RTM_GETNEIGH,
        link,
        address,
        proxy ? NTF_PROXY : 0,
        "get " + (proxy ? "proxy " : "neighbour ") + address + " of link " + link);
  }

  /** Adds a neighbour; {@code EEXIST} when the link has one with that address. */
  public static NeighbourRequest add(Neighbour neighbour) {
    return write(NLM_F_CREATE | NLM_F_EXCL, neighbour, "add");
  }

  /** Adds a neighbour or puts it in the place of the one with that address. */
  public static NeighbourRequest replace(Neighbour neighbour) {
    return write(NLM_F_CREATE | NLM_F_REPLACE, neighbour, "replace");
  }

  /** Changes a neighbour that is there; {@code ENOENT} when there is none. */
  public static NeighbourRequest change(Neighbour neighbour) {
    return write(NLM_F_REPLACE, neighbour, "change");
  }

  /**
   * Removes the neighbour with that address, or the proxy, whatever else it has; {@code ENOENT}
   * when there is none.
   */
  public static NeighbourRequest delete(Neighbour neighbour) {
    return of(
        RTM_DELNEIGH,
        neighbour.link(),
        neighbour.address(),
        neighbour.flags() & NTF_PROXY,
        "delete neighbour " + neighbour);
  }

  private static NeighbourRequest of(
      int type, int link, IpAddress address, int entryFlags, String words) {
    NeighbourRequest request =
        new NeighbourRequest(
            type, 0, address.isV6() ? AF_INET6 : AF_INET, link, 0, entryFlags, words);
    request.add(w -> w.attribute(NDA_DST, address.bytes()));
    return request;
  }

  private static NeighbourRequest write(int flags, Neighbour neighbour, String verb) {
    IpAddress address = neighbour.address();
    NeighbourRequest request =
        new NeighbourRequest(
            RTM_NEWNEIGH,
            flags,
            address.isV6() ? AF_INET6 : AF_INET,
            neighbour.link(),
            neighbour.state().number(),
            neighbour.flags(),
            verb + " neighbour " + neighbour);
    request.add(w -> w.attribute(NDA_DST, address.bytes()));
    MacAddress mac = neighbour.mac();
    if (mac != null) {
      request.add(w -> w.attribute(NDA_LLADDR, mac));
    }
    if (neighbour.protocol() != 0) {
      request.add(w -> w.u8(NDA_PROTOCOL, neighbour.protocol()));
    }
    return request;
  }

  @Override
  void writeFixed(MessageWriter writer) {
    writer.neighbourInfo(addressFamily, index, state, entryFlags);
  }
}
