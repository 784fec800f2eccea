package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the kernel's links, addresses and routes of one namespace, to which it is bound
 * for life.
 *
 * <p>May be used by several threads, one request at a time; virtual ones hold their carrier while
 * the kernel answers, which takes microseconds. An open connection keeps its namespace alive: close
 * it. Every method throws {@link NetlinkException} when the kernel refuses or cannot be reached.
 * Reading needs no privilege, changing needs CAP_NET_ADMIN in the namespace, and opening one in
 * another namespace CAP_SYS_ADMIN.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class Rtnetlink implements AutoCloseable {
  private final NetlinkSocket socket;

  private Rtnetlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Opens a connection in a namespace; the namespace may be closed afterwards. */
  public static Rtnetlink open(Netns netns) {
    return open(netns, NetlinkSocket.TIMEOUT);
  }

  /**
   * Opens a connection that waits so long for each answer instead of 30 seconds.
   *
   * <p>An answer that does not come is a {@link NetlinkException} with ETIMEDOUT; what was asked
   * for may be done or not, and the connection can be used further. Time that the kernel spends on
   * a request itself, waiting for its own lock, is not counted and cannot be cut short.
   *
   * @throws IllegalArgumentException when the time is not above zero, or longer than a day
   */
  public static Rtnetlink open(Netns netns, Duration timeout) {
    if (!timeout.isPositive() || timeout.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          "a time-out is above zero and a day at most, not " + timeout);
    }
    return new Rtnetlink(netns.call(() -> NetlinkSocket.open(timeout)));
  }

  /** Opens a connection in the namespace of the calling thread. */
  public static Rtnetlink open() {
    return new Rtnetlink(NetlinkSocket.open(NetlinkSocket.TIMEOUT));
  }

  /** Carries out a request. */
  public void execute(Request request) {
    NetlinkException error = executeAll(List.of(request)).getFirst();
    if (error != null) {
      throw error;
    }
  }

  /**
   * Carries out requests in their order, many in one system call, and returns what the kernel said
   * to each, null for done. A request that fails does not stop those after it.
   */
  public List<@Nullable NetlinkException> executeAll(List<? extends Request> requests) {
    return socket.execute(requests);
  }

  /** The link that answers to that name, be it its name or an alternative one. */
  public Optional<Link> link(InterfaceName name) {
    return getLink(
        LinkRequest.get("get link", name).attribute(w -> w.attribute(IFLA_IFNAME, name.value())));
  }

  /**
   * The link with that alternative name, which the kernel looks up as fast as a name.
   *
   * @throws IllegalArgumentException when no link can have it: it is empty, too long, or has a zero
   *     byte
   */
  public Optional<Link> linkByAltname(String altname) {
    LinkRequest.checkText("an alternative name", altname, 1, LinkRequest.MAX_ALTNAME_BYTES);
    return getLink(
        LinkRequest.get("get link by altname", altname)
            .attribute(w -> w.attribute(IFLA_ALT_IFNAME, altname)));
  }

  /** The link with that ifindex. */
  public Optional<Link> link(int index) {
    return getLink(LinkRequest.get(index));
  }

  private Optional<Link> getLink(LinkRequest request) {
    return socket.get(withoutFamilyStats(request), LinkParser::parse, Errno.ENODEV);
  }

  /**
   * The Ethernet address of the link that answers to that name; empty where there is no such link,
   * or it has no such address.
   */
  public Optional<MacAddress> mac(InterfaceName name) {
    return link(name).map(Link::mac);
  }

  /**
   * Deletes the link that answers to that name, and with it the other end of a veth pair.
   *
   * @return false when there is none
   */
  public boolean delete(InterfaceName name) {
    return isDone(LinkRequest.delete(name));
  }

  /**
   * Deletes the link that answers to that name and returns the addresses that it had, IPv4 first.
   *
   * @return empty when there is none
   */
  public Optional<List<Address>> deleteWithAddresses(InterfaceName name) {
    return link(name)
        .map(Link::index)
        .flatMap(index -> {
          List<Address> addresses = addresses(index);
          return isDone(LinkRequest.delete(index)) ? Optional.of(addresses) : Optional.empty();
        });
  }

  /** False when there is no such link. */
  private boolean isDone(LinkRequest deletion) {
    try {
      execute(deletion);
      return true;
    } catch (NetlinkException e) {
      if (e.is(Errno.ENODEV)) {
        return false;
      }
      throw e;
    }
  }

  /** All links. The time for this grows faster than their number. */
  public List<Link> links() {
    return socket.dump(withoutFamilyStats(LinkRequest.get("list links")), LinkParser::parse);
  }

  /** The links that a filter lets through, which the kernel applies. */
  public List<Link> links(LinkFilter filter) {
    return socket.dump(
        withoutFamilyStats(filter.request()),
        message -> {
          Link link = LinkParser.parse(message);
          return filter.matches(link) ? link : null;
        });
  }

  /** Leaves out the counters that each address family keeps of a link, which nobody here reads. */
  private static LinkRequest withoutFamilyStats(LinkRequest request) {
    return request.attribute(w -> w.u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS));
  }

  /** The addresses of a link, IPv4 first. */
  public List<Address> addresses(int link) {
    return addresses(IpFamily.ANY, link);
  }

  /** The addresses of a family, IPv4 first; of a link, or with 0 of all. */
  public List<Address> addresses(IpFamily family, int link) {
    return socket.dump(
        AddressRequest.dump(family, link),
        message -> {
          Address address = Address.parse(message);
          return address != null && (link == 0 || address.link() == link) ? address : null;
        });
  }

  /** The address of a link, with its prefix length; the kernel is asked for all of the link. */
  public Optional<Address> address(int link, IpPrefix local) {
    return addresses(local.isV6() ? IpFamily.V6 : IpFamily.V4, link).stream()
        .filter(address -> address.local().equals(local))
        .findFirst();
  }

  /** All addresses of the namespace. */
  public List<Address> addresses() {
    return socket.dump(AddressRequest.dump(IpFamily.ANY, 0), Address::parse);
  }

  /**
   * The routes of a table, of both families, without those for one type of service, or for packets
   * from one network (IPv6 {@code from}). One with several hops has no link and no gateway of its
   * own.
   */
  public List<Route> routes(int table) {
    return routes(table, 0);
  }

  /** The routes of a table that go through a link, of both families, without multipath ones. */
  public List<Route> routes(int table, int link) {
    return routes(RouteFilter.ofTable(table).withLink(link)).stream()
        .filter(route -> link == 0 || route.link() == link)
        .toList();
  }

  /**
   * The routes that a filter lets through, IPv4 first, without those for one type of service, or
   * for packets from one network (IPv6 {@code from}). A link that does not exist is {@code ENODEV}.
   */
  public List<Route> routes(RouteFilter filter) {
    List<Route> routes = new ArrayList<>();
    for (boolean v6 : new boolean[] {false, true}) {
      if (filter.takes(v6)) {
        routes.addAll(routes(v6, filter));
      }
    }
    return routes;
  }

  private List<Route> routes(boolean v6, RouteFilter filter) {
    try {
      return socket.dump(
          RouteRequest.dump(v6, filter),
          message -> {
            Route route = Route.parse(message);
            return route != null && filter.accepts(route) ? route : null;
          });
    } catch (NetlinkException e) {
      // A table of a family that nobody has used yet does not exist.
      if (e.is(Errno.ENOENT, Errno.EOPNOTSUPP)) {
        return List.of();
      }
      throw e;
    }
  }

  /**
   * By what route a packet would go; empty where there is none ({@code ENETUNREACH}). Where a route
   * or rule refuses it, that is an error, as for who sends one: {@code EHOSTUNREACH}, {@code
   * EACCES}, or {@code EINVAL} for a blackhole.
   */
  public Optional<Route> route(RouteLookup lookup) {
    return socket.get(RouteRequest.get(lookup), RouteParser::parseAny, RouteLookup.NO_ROUTE);
  }

  /** By what route a packet would go that is sent from here. */
  public Optional<Route> routeTo(IpAddress to) {
    return route(RouteLookup.to(to));
  }

  /** The rules of policy routing of a family, in the order in which they are tried. */
  public List<Rule> rules(boolean v6) {
    return socket.dump(RuleRequest.dump(v6), RuleParser::parse);
  }

  /** The rules at a priority, which several may share; the kernel has no look-up for one. */
  public List<Rule> rules(boolean v6, long priority) {
    return rules(v6).stream()
        .filter(rule -> rule.priority() != null && rule.priority() == priority)
        .toList();
  }

  /** The neighbours that a filter lets through. */
  public List<Neighbour> neighbours(NeighbourFilter filter) {
    return socket.dump(
        NeighbourRequest.dump(filter),
        message -> {
          Neighbour neighbour = Neighbour.parse(message);
          return neighbour != null && (filter.link() == 0 || neighbour.link() == filter.link())
              ? neighbour
              : null;
        });
  }

  /** The neighbour of a link that has that address. */
  public Optional<Neighbour> neighbour(int link, IpAddress address) {
    return getNeighbour(NeighbourRequest.get(link, address, false));
  }

  /** The entry by which this machine answers for that address on a link. */
  public Optional<Neighbour> proxy(int link, IpAddress address) {
    return getNeighbour(NeighbourRequest.get(link, address, true));
  }

  private Optional<Neighbour> getNeighbour(NeighbourRequest request) {
    return socket.get(request, Neighbour::parse, Errno.ENOENT);
  }

  /**
   * What the forwarding table of a bridge holds, and what the tables of the bridge and its ports
   * themselves do; {@code ENODEV} when there is no such link.
   */
  public List<FdbEntry> fdb(int bridge) {
    return socket.dump(FdbRequest.dump(bridge), FdbEntry::parse);
  }

  /**
   * The entries of one link, or with 0 of all: its own, and where it is a port, those of the bridge
   * for it.
   */
  public List<FdbEntry> fdbOfLink(int link) {
    return socket.dump(FdbRequest.dumpOfLink(link), FdbEntry::parse);
  }

  /** The entry of a bridge for a MAC address in a VLAN, 0 for none (Linux 5.0). */
  public Optional<FdbEntry> fdbEntry(int bridge, MacAddress mac, int vlan) {
    return socket.get(FdbRequest.get(bridge, mac, vlan), FdbEntry::parse, Errno.ENOENT);
  }

  /**
   * The entry of a VXLAN link's own table for a MAC address, of several remotes the first (Linux
   * 5.0). Other kinds of link have no such look-up: {@code EOPNOTSUPP}.
   */
  public Optional<FdbEntry> fdbEntryOfLink(int link, MacAddress mac) {
    Objects.requireNonNull(mac, "mac");
    return socket.get(FdbRequest.getOfLink(link, mac), FdbEntry::parse, Errno.ENOENT);
  }

  /** The VLANs that a bridge port is a member of (Linux 5.6). */
  public List<BridgeVlan> bridgeVlans(int port) {
    return socket
        .dump(
            BridgeVlanRequest.dump(port),
            message -> message.u32(4) == port ? BridgeVlan.parseAll(message) : null)
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  /** The number by which this connection's namespace knows another; empty where it has none. */
  public OptionalInt nsid(Netns other) {
    return socket
        .get(NsidRequest.get(other), Rtnetlink::nsid)
        .filter(nsid -> nsid >= 0)
        .map(OptionalInt::of)
        .orElse(OptionalInt.empty());
  }

  /** The numbers by which this connection's namespace knows others, in their order. */
  public List<Integer> nsids() {
    return socket
        .dump(
            NsidRequest.dump(),
            message -> {
              int nsid = nsid(message);
              return nsid < 0 ? null : nsid;
            })
        .stream()
        .sorted()
        .toList();
  }

  /**
   * Gives another namespace a number here, by which messages and links name it: it can be given
   * once and goes with either namespace. {@code EEXIST} when the namespace has one, or another has
   * that number.
   *
   * @param nsid 0 to 2147483647
   */
  public void setNsid(Netns other, int nsid) {
    if (nsid < 0) {
      throw new IllegalArgumentException("an nsid is 0 or above, not " + nsid);
    }
    execute(NsidRequest.set(other, nsid));
  }

  /**
   * The number by which this connection's namespace knows another, which is given the lowest free
   * one where it has none. Without one, a namespace is silent to who listens here.
   */
  public int giveNsid(Netns other) {
    try {
      execute(NsidRequest.set(other, -1));
    } catch (NetlinkException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
    return nsid(other)
        .orElseThrow(() ->
            NetlinkException.because(
                "give an nsid to namespace " + other, "it was taken away at once"));
  }

  /** The number in a message about one; negative for none. */
  static int nsid(Message message) {
    int nsid = -1;
    AttributeReader a = message.attributes(4);
    while (a.next()) {
      if (a.type() == NETNSA_NSID) {
        nsid = a.u32();
      }
    }
    return nsid;
  }

  /**
   * Closes it, from any thread, and returns when all is freed. Another thread that waits for an
   * answer gets a {@link NetlinkException} at once; what it asked for may be done or not. Closing
   * twice does nothing.
   */
  @Override
  public void close() {
    socket.close();
  }
}
