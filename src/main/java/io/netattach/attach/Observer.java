package io.netattach.attach;

import io.netattach.attach.ObservedAttachment.End;
import io.netattach.attach.ObservedAttachment.Overlap;
import io.netattach.attach.ObservedAttachment.Target;
import io.netattach.netlink.Address;
import io.netattach.netlink.Errno;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpFamily;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Link;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsDirectory.Entry;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Route;
import io.netattach.netlink.RouteFilter;
import io.netattach.netlink.Rtnetlink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the kernel what an attachment is about, and changes nothing. Links are asked for one
 * by one, by name, index or mark: a dump of all takes longer the more there are.
 */
public final class Observer {
  static final int LOOPBACK_INDEX = 1;

  private static final int MOST_LOOKS = 5;

  /** Smaller than any nsid, and not what stands for a link's own namespace. */
  private static final int NO_NSID = -2;

  /** Tunnels that the kernel itself puts into a new namespace once their module is loaded. */
  private static final Set<String> FALLBACK_TUNNELS =
      Set.of(
          "tunl0",
          "gre0",
          "gretap0",
          "erspan0",
          "ip_vti0",
          "ip6_vti0",
          "sit0",
          "ip6tnl0",
          "ip6gre0");

  private final Netns node;
  private final Rtnetlink nodeLinks;
  private final NetnsDirectory directory;
  private final Ownership ownership;

  /**
   * @param node the namespace that stands for the node; not closed here
   * @param nodeLinks a connection in it; not closed here
   */
  Observer(Netns node, Rtnetlink nodeLinks, NetnsDirectory directory, Ownership ownership) {
    this.node = node;
    this.nodeLinks = nodeLinks;
    this.directory = directory;
    this.ownership = ownership;
  }

  /** Reads everything that planning this attachment needs. */
  public ObservedAttachment observe(Attachment desired) {
    try (OpenEnds ends = new OpenEnds(node, nodeLinks)) {
      return observe(desired, ends);
    }
  }

  /**
   * The same; the target, where it can be entered, is open in {@code ends} from then on. A link
   * that goes while it is looked at is looked for again, since whoever deletes one does not do so
   * often.
   */
  ObservedAttachment observe(Attachment desired, OpenEnds ends) {
    for (int look = 1; ; look++) {
      try {
        return look(desired, ends);
      } catch (NetlinkException e) {
        if (!e.is(Errno.ENODEV) || look == MOST_LOOKS) {
          throw e;
        }
      }
    }
  }

  private ObservedAttachment look(Attachment desired, OpenEnds ends) {
    Entry entry = directory.entry(desired.target().netns());
    if (!(entry instanceof Entry.Mounted(Netns netns))) {
      return observe(desired, unmounted(entry), null, null);
    }
    if (netns.equals(node)) {
      netns.close();
      return observe(desired, new Target.Node(), null, null);
    }
    Rtnetlink inside = ends.open(netns);
    return observe(desired, present(netns, inside), ends.netns(Side.CONTAINER), inside);
  }

  private static Target unmounted(Entry entry) {
    return switch (entry) {
      case Entry.Absent() -> new Target.Absent();
      case Entry.MountPoint(String text) ->
          Mark.parse(text).isPresent()
              ? new Target.Unfinished()
              : new Target.Blocked("a file that no namespace is mounted on");
      case Entry.SymbolicLink() -> new Target.Elsewhere();
      case Entry.Other(String what) -> new Target.Blocked(what);
      case Entry.Mounted mounted -> throw new IllegalStateException("handled by the caller");
    };
  }

  private static Target.Present present(Netns netns, Rtnetlink inside) {
    Link loopback = loopback(inside);
    return new Target.Present(netns.identity(), Mark.parse(loopback.alias()), loopback.up());
  }

  private static Link loopback(Rtnetlink inside) {
    return inside
        .link(LOOPBACK_INDEX)
        .orElseThrow(() -> new IllegalStateException("every namespace has lo as link 1"));
  }

  /** The mark of the namespace that a connection is in. */
  static Optional<Mark> mark(Rtnetlink inside) {
    return Mark.parse(loopback(inside).alias());
  }

  private ObservedAttachment observe(
      Attachment desired, Target target, @Nullable Netns netns, @Nullable Rtnetlink inside) {
    Link hostLink = hostLink(desired.identity().uid()).orElse(null);
    Link containerLink =
        hostLink == null || netns == null || inside == null ? null : otherEnd(hostLink, inside);
    End host = hostLink == null ? null : hostEnd(hostLink);
    End container =
        containerLink == null || netns == null || inside == null
            ? null
            : containerEnd(desired, containerLink, netns, inside);
    Attachment.BridgePort port = desired.host().bridge();
    return new ObservedAttachment(
        target,
        host,
        container,
        taken(nodeLinks, desired.host().name(), hostLink),
        inside == null ? null : taken(inside, desired.container().name(), containerLink),
        port == null ? null : nodeLinks.link(port.bridge()).orElse(null),
        overlaps(desired, host),
        hostLink != null && containerLink == null ? strays(desired) : List.of());
  }

  /**
   * The host end of an attachment. To the kernel, a name is an alternative name, too, and others
   * may give ours to links that are no pair: neither is a mark.
   */
  Optional<Link> hostLink(String uid) {
    return hostLink(nodeLinks, uid);
  }

  /** The same, by any connection in the node's namespace. */
  static Optional<Link> hostLink(Rtnetlink links, String uid) {
    String altname = Mark.altname(uid);
    return links
        .linkByAltname(altname)
        .filter(Link::isVeth)
        .filter(link -> link.altnames().contains(altname));
  }

  /**
   * The other end of a host end, if it is in that namespace. Asked from there: the node knows many
   * namespaces, and the kernel looks through all of them for the number of one.
   */
  private @Nullable Link otherEnd(Link host, Rtnetlink inside) {
    if (host.peer() == 0) {
      return null;
    }
    return inside
        .link(host.peer())
        .filter(Link::isVeth)
        .filter(link -> link.peer() == host.index())
        .filter(link -> inside.nsid(node).orElse(NO_NSID) == link.peerNsid())
        .orElse(null);
  }

  private static @Nullable Link taken(Rtnetlink links, InterfaceName name, @Nullable Link ours) {
    boolean isOurs = ours != null && ours.name().equals(name.value());
    return isOurs ? null : links.link(name).filter(link -> !isSame(link, ours)).orElse(null);
  }

  private static boolean isSame(Link link, @Nullable Link other) {
    return other != null && link.index() == other.index();
  }

  private End hostEnd(Link link) {
    Link master = link.master() == 0 ? null : nodeLinks.link(link.master()).orElse(null);
    boolean filtered = master != null && master.bridge() != null && master.bridge().vlanFiltering();
    return new End(
        link,
        master == null ? "" : master.name(),
        nodeLinks.addresses(link.index()),
        routes(nodeLinks, link),
        filtered ? nodeLinks.bridgeVlans(link.index()) : List.of(),
        Map.of());
  }

  /** A link whose IPv6 is off has no IPv6 routes, which the kernel need not be asked for. */
  private static List<Route> routes(Rtnetlink links, Link link) {
    IpFamily family = link.ipv6Disabled() ? IpFamily.V4 : IpFamily.ANY;
    RouteFilter filter = RouteFilter.ofTable(Route.TABLE_MAIN).withLink(link.index());
    List<Route> routes = new ArrayList<>(links.routes(filter.withFamily(family)));
    // One with several hops has no link of its own.
    routes.removeIf(route -> route.link() != link.index());
    return routes;
  }

  private static End containerEnd(Attachment desired, Link link, Netns netns, Rtnetlink inside) {
    Map<String, String> sysctls = new HashMap<>();
    for (String name : desired.container().sysctls().keySet()) {
      IfnameSysctl.of(name, link.name()).get(netns).ifPresent(value -> sysctls.put(name, value));
    }
    return new End(
        link, "", inside.addresses(link.index()), routes(inside, link), List.of(), sysctls);
  }

  /** Looked for only when the host end lacks an address or route: it takes dumps. */
  private List<Overlap> overlaps(Attachment desired, @Nullable End host) {
    Identity identity = desired.identity();
    Map<String, IpPrefix> missing = missing(desired, host);
    if (missing.isEmpty()) {
      return List.of();
    }
    List<Overlap> overlaps = new ArrayList<>();
    Map<Integer, Boolean> ours = new HashMap<>();
    List<Route> routes = nodeLinks.routes(Route.TABLE_MAIN);
    List<Address> addresses = nodeLinks.addresses();
    missing.forEach((field, network) -> {
      for (Route route : routes) {
        if (!route.to().isDefault()
            && !route.to().address().isLinkLocal()
            && !route.to().address().isMulticast()
            && route.to().overlaps(network)
            && !isOurs(route.link(), identity, ours)) {
          overlaps.add(new Overlap(field, network, "route " + route));
        }
      }
      for (Address address : addresses) {
        if (network.contains(address.local().address())
            && !address.local().address().isLinkLocal()
            && !isOurs(address.link(), identity, ours)) {
          overlaps.add(new Overlap(field, network, "address " + address.local()));
        }
      }
    });
    return overlaps;
  }

  private static Map<String, IpPrefix> missing(Attachment desired, @Nullable End host) {
    Map<String, IpPrefix> missing = new HashMap<>();
    List<IpPrefix> addresses = desired.host().addresses();
    for (int i = 0; i < addresses.size(); i++) {
      IpPrefix address = addresses.get(i);
      if (host == null || host.addresses().stream().noneMatch(a -> a.local().equals(address))) {
        missing.put("host.addresses[" + i + "]", address.network());
      }
    }
    List<Attachment.DesiredRoute> routes = desired.host().routes();
    for (int i = 0; i < routes.size(); i++) {
      IpPrefix to = routes.get(i).to();
      if (host == null || host.routes().stream().noneMatch(r -> r.to().equals(to))) {
        missing.put("host.routes[" + i + "].to", to);
      }
    }
    return missing;
  }

  /**
   * Whether a link is of the same Kubernetes namespace as an attachment: one namespace's
   * attachments may share a network, and are kept from those of others.
   */
  private boolean isOurs(int link, Identity identity, Map<Integer, Boolean> known) {
    return link != 0
        && known.computeIfAbsent(
            link, index -> nodeLinks.link(index).filter(l -> isOurs(l, identity)).isPresent());
  }

  private boolean isOurs(Link link, Identity identity) {
    return Mark.uid(link)
        .filter(uid -> uid.equals(identity.uid()) || isOfNamespace(link, identity.namespace()))
        .isPresent();
  }

  private boolean isOfNamespace(Link link, String namespace) {
    return Mark.parse(link.alias())
        .filter(mark -> ownership.covers(mark.owner()))
        .filter(mark -> mark.namespace().equals(namespace))
        .isPresent();
  }

  /** Namespaces elsewhere that were made for this attachment and hold nothing of others. */
  private List<NetnsName> strays(Attachment desired) {
    List<NetnsName> strays = new ArrayList<>();
    for (NetnsName name : directory.list()) {
      if (!name.equals(desired.target().netns())
          && directory.entry(name) instanceof Entry.Mounted(Netns netns)) {
        try (netns) {
          if (isStray(netns, desired.identity())) {
            strays.add(name);
          }
        }
      }
    }
    return strays;
  }

  /** Whether a namespace was made for an attachment and holds nothing of others. */
  boolean isStray(Netns netns, Identity identity) {
    return isMadeFor(netns, identity) && occupants(netns, identity.uid()).isEmpty();
  }

  private boolean isMadeFor(Netns netns, Identity identity) {
    return mark(netns)
        .filter(mark -> mark.reclaim() == Reclaim.DELETE)
        .filter(mark -> ownership.covers(mark.owner()))
        .filter(mark -> mark.isFor(identity))
        .isPresent();
  }

  /** The mark of a namespace; empty where it is not ours, or the node's own. */
  Optional<Mark> mark(Netns netns) {
    if (netns.equals(node)) {
      return Optional.empty();
    }
    try (Rtnetlink inside = Rtnetlink.open(netns)) {
      return mark(inside);
    }
  }

  /**
   * The links in a namespace beside lo, the kernel's own, and the container end of one attachment:
   * what its deletion would take away from somebody.
   */
  List<String> occupants(Netns netns, String uid) {
    try (Rtnetlink inside = Rtnetlink.open(netns)) {
      return occupants(netns, inside, uid);
    }
  }

  /** The same, by a connection in that namespace. */
  List<String> occupants(Netns netns, Rtnetlink inside, String uid) {
    List<Link> others =
        inside.links().stream()
            .filter(link -> !link.isLoopback())
            .filter(link -> !FALLBACK_TUNNELS.contains(link.name()))
            .toList();
    if (others.isEmpty()) {
      return List.of();
    }
    OptionalInt nsid = nodeLinks.nsid(netns);
    Link host = hostLink(uid).orElse(null);
    boolean hasEnd = host != null && nsid.isPresent() && nsid.getAsInt() == host.peerNsid();
    return others.stream()
        .filter(link -> !hasEnd || host == null || link.index() != host.peer())
        .map(link -> PrintableText.of(link.name()))
        .toList();
  }
}
