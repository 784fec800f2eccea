package io.netattach.attach;

import io.netattach.netlink.AddressEvent;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkEvent;
import io.netattach.netlink.LinkKind;
import io.netattach.netlink.MonitorEvent;
import io.netattach.netlink.NsidEvent;
import io.netattach.netlink.Route;
import io.netattach.netlink.RouteEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which attachments an event of the kernel may concern. Where an end is it learns from the events
 * themselves: those of a host end carry the mark, and where the other end is. Each event takes a
 * few look-ups, however many attachments there are. Touches no kernel; for one thread at a time.
 */
final class WatchedPlaces {
  private final Map<String, Watched> all = new HashMap<>();
  private final Map<WatchedPlace, Set<Watched>> places = new HashMap<>();

  /** What was last heard of the bridges that are asked for, by ifindex. */
  private final Map<Integer, BridgeState> bridges = new HashMap<>();

  /** An attachment and where it is, as far as that is known. */
  private static final class Watched {
    final Attachment attachment;
    List<WatchedPlace> places = List.of();
    @Nullable Whereabouts whereabouts;

    Watched(Attachment attachment) {
      this.attachment = attachment;
    }

    String uid() {
      return attachment.identity().uid();
    }
  }

  /** Where a pair is. */
  private record Whereabouts(String name, int index, int master, int nsid, int peer) {
    static Whereabouts of(Link host) {
      return new Whereabouts(
          host.name(), host.index(), host.master(), host.peerNsid(), host.peer());
    }
  }

  /** What of a bridge decides on its ports: each port that comes or goes is an event of it, too. */
  private record BridgeState(String name, Set<String> altnames, int mtu, LinkKind settings) {
    static BridgeState of(Link bridge) {
      // The rest counts and times, such as the number of learned addresses.
      LinkKind settings = bridge.info();
      return new BridgeState(bridge.name(), Set.copyOf(bridge.altnames()), bridge.mtu(), settings);
    }
  }

  /** Watches an attachment as it is desired now; whether it was watched as that before. */
  boolean add(Attachment attachment) {
    Watched before = all.get(attachment.identity().uid());
    if (before != null && before.attachment.equals(attachment)) {
      return true;
    }
    Watched watched = new Watched(attachment);
    if (before != null) {
      watched.whereabouts = before.whereabouts;
      leave(before);
    }
    all.put(watched.uid(), watched);
    settle(watched);
    return false;
  }

  void remove(String uid) {
    Watched gone = all.remove(uid);
    if (gone != null) {
      leave(gone);
    }
  }

  @Nullable Attachment get(String uid) {
    Watched watched = all.get(uid);
    return watched == null ? null : watched.attachment;
  }

  /** Whether it is known where the pair is. */
  boolean isFound(String uid) {
    Watched watched = all.get(uid);
    return watched != null && watched.whereabouts != null;
  }

  /** All uids, a copy. */
  List<String> uids() {
    return List.copyOf(all.keySet());
  }

  /** Those that lead to a namespace. */
  Set<String> of(WatchedPlace.Target target) {
    return uids(places.get(target));
  }

  /** Forgets where pairs are: events that would have told are lost. */
  void forgetWhereabouts() {
    bridges.clear();
    for (Watched watched : all.values()) {
      watched.whereabouts = null;
      settle(watched);
    }
  }

  /** Takes in how a host end was a moment ago, unless an event has told it. */
  void found(Link host) {
    uid(host)
        .filter(watched -> watched.whereabouts == null)
        .ifPresent(watched -> learn(watched, Whereabouts.of(host)));
  }

  /** Takes in how the bridge of some attachment was a moment ago, unless an event has told it. */
  void foundBridge(Link bridge) {
    bridges.putIfAbsent(bridge.index(), BridgeState.of(bridge));
  }

  private Optional<Watched> uid(Link link) {
    return link.isVeth() ? Mark.uid(link).map(all::get) : Optional.empty();
  }

  private void learn(Watched watched, @Nullable Whereabouts now) {
    if (now == null ? watched.whereabouts != null : !now.equals(watched.whereabouts)) {
      watched.whereabouts = now;
      settle(watched);
    }
  }

  private void settle(Watched watched) {
    leave(watched);
    watched.places = placesOf(watched.attachment, watched.whereabouts);
    for (WatchedPlace place : watched.places) {
      places.computeIfAbsent(place, p -> new HashSet<>()).add(watched);
    }
  }

  private void leave(Watched watched) {
    for (WatchedPlace place : watched.places) {
      Set<Watched> there = places.get(place);
      if (there != null && there.remove(watched) && there.isEmpty()) {
        places.remove(place);
      }
    }
    watched.places = List.of();
  }

  private static List<WatchedPlace> placesOf(Attachment attachment, @Nullable Whereabouts at) {
    List<WatchedPlace> places = new ArrayList<>();
    places.add(new WatchedPlace.Target(attachment.target().netns()));
    places.add(new WatchedPlace.Name(WatchedPlace.NODE, attachment.host().name()));
    Attachment.BridgePort port = attachment.host().bridge();
    if (port != null) {
      places.add(new WatchedPlace.Bridge(port.bridge().value()));
    }
    destinations(
        places, WatchedPlace.NODE, attachment.host().addresses(), attachment.host().routes());
    if (at == null) {
      return places;
    }
    places.add(new WatchedPlace.End(WatchedPlace.NODE, at.index));
    if (port != null && at.master != 0) {
      places.add(new WatchedPlace.Master(at.master));
    }
    if (at.nsid >= 0) {
      places.add(new WatchedPlace.Namespace(at.nsid));
      places.add(new WatchedPlace.End(at.nsid, at.peer));
      places.add(new WatchedPlace.Name(at.nsid, attachment.container().name()));
      destinations(
          places, at.nsid, attachment.container().addresses(), attachment.container().routes());
    }
    return places;
  }

  private static void destinations(
      List<WatchedPlace> places,
      int nsid,
      List<IpPrefix> addresses,
      List<Attachment.DesiredRoute> routes) {
    addresses.forEach(a -> places.add(new WatchedPlace.Destination(nsid, a.network())));
    routes.forEach(r -> places.add(new WatchedPlace.Destination(nsid, r.to())));
  }

  /** The uids of those that an event may concern; rather one too many. */
  Set<String> concernedBy(MonitorEvent.Change event) {
    int nsid = event.nsid().orElse(WatchedPlace.NODE);
    return switch (event) {
      case LinkEvent.Changed(var in, Link link) -> changed(nsid, link);
      case LinkEvent.Removed(var in, Link link) -> removed(nsid, link);
      case LinkEvent.PortChanged(var in, LinkEvent.Port port) -> end(nsid, port.link());
      case LinkEvent.PortRemoved(var in, LinkEvent.Port port) -> end(nsid, port.link());
      case AddressEvent address -> end(nsid, address.address().link());
      case RouteEvent route -> route(nsid, route.route());
      case NsidEvent.Removed(var in, int number) ->
          nsid == WatchedPlace.NODE ? lost(number) : Set.of();
      case NsidEvent.Added added -> Set.of();
      // Not listened for.
      case MonitorEvent.Change other -> Set.of();
    };
  }

  private Set<String> changed(int nsid, Link link) {
    Set<String> concerned = new HashSet<>(end(nsid, link.index()));
    concerned.addAll(uids(places.get(new WatchedPlace.Name(nsid, link.name()))));
    if (nsid != WatchedPlace.NODE) {
      return concerned;
    }
    uid(link)
        .ifPresent(watched -> {
          concerned.add(watched.uid());
          learn(watched, Whereabouts.of(link));
        });
    concerned.addAll(bridgeChanged(link));
    return concerned;
  }

  private Set<String> removed(int nsid, Link link) {
    Set<String> concerned = new HashSet<>(end(nsid, link.index()));
    concerned.addAll(uids(places.get(new WatchedPlace.Name(nsid, link.name()))));
    if (nsid != WatchedPlace.NODE) {
      return concerned;
    }
    Set<Watched> ends = places.get(new WatchedPlace.End(nsid, link.index()));
    if (ends != null) {
      List.copyOf(ends).forEach(watched -> learn(watched, null));
    }
    BridgeState before = bridges.remove(link.index());
    concerned.addAll(uids(places.get(new WatchedPlace.Bridge(link.name()))));
    if (before != null) {
      concerned.addAll(ofBridge(before));
    }
    return concerned;
  }

  private Set<String> bridgeChanged(Link link) {
    BridgeState now = BridgeState.of(link);
    BridgeState before = bridges.get(link.index());
    Set<String> wanting = ofBridge(now);
    if (wanting.isEmpty()) {
      bridges.remove(link.index());
    } else {
      bridges.put(link.index(), now);
    }
    if (now.equals(before) || (before == null && wanting.isEmpty())) {
      return Set.of();
    }
    Set<String> concerned = new HashSet<>(wanting);
    concerned.addAll(uids(places.get(new WatchedPlace.Master(link.index()))));
    if (before != null) {
      concerned.addAll(ofBridge(before));
    }
    return concerned;
  }

  private Set<String> ofBridge(BridgeState bridge) {
    Set<String> uids = new HashSet<>(uids(places.get(new WatchedPlace.Bridge(bridge.name))));
    bridge.altnames.forEach(
        altname -> uids.addAll(uids(places.get(new WatchedPlace.Bridge(altname)))));
    return uids;
  }

  /** Lo is everybody's: what happens to it, or to what has no link, may be about any of them. */
  private Set<String> end(int nsid, int index) {
    if (nsid != WatchedPlace.NODE && index <= Observer.LOOPBACK_INDEX) {
      return uids(places.get(new WatchedPlace.Namespace(nsid)));
    }
    return uids(places.get(new WatchedPlace.End(nsid, index)));
  }

  /**
   * A route that replaces ours is told of alone, whatever link it leads through. Else those of a
   * routing daemon, which may be many a second, concern nobody: the planner leaves them alone.
   */
  private Set<String> route(int nsid, Route route) {
    if (route.table() != Route.TABLE_MAIN) {
      return Set.of();
    }
    Set<String> concerned =
        new HashSet<>(uids(places.get(new WatchedPlace.Destination(nsid, route.to()))));
    if (!isOfDaemon(route)) {
      concerned.addAll(uids(places.get(new WatchedPlace.End(nsid, route.link()))));
    }
    return concerned;
  }

  /** Protocols beyond RTPROT_STATIC mean nothing to the kernel (linux/rtnetlink.h). */
  private static boolean isOfDaemon(Route route) {
    return route.protocol() > Route.PROTOCOL_STATIC && route.protocol() != Mark.PROTOCOL;
  }

  /** The number can be another namespace's at any time. */
  private Set<String> lost(int number) {
    Set<Watched> there = places.get(new WatchedPlace.Namespace(number));
    Set<String> concerned = uids(there);
    if (there != null) {
      List.copyOf(there).forEach(watched -> learn(watched, null));
    }
    return concerned;
  }

  private static Set<String> uids(@Nullable Collection<Watched> watched) {
    if (watched == null || watched.isEmpty()) {
      return Set.of();
    }
    Set<String> uids = new HashSet<>();
    watched.forEach(one -> uids.add(one.uid()));
    return uids;
  }
}
