package io.netattach.bridge;

import static io.netattach.bridge.BridgeMark.Role.UPLINK;

import io.netattach.attach.Owner;
import io.netattach.netlink.Address;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.BridgeVlanRequest;
import io.netattach.netlink.Errno;
import io.netattach.netlink.FdbEntry;
import io.netattach.netlink.FdbEntry.VxlanRemote;
import io.netattach.netlink.FdbRequest;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkFilter;
import io.netattach.netlink.LinkKind;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Route;
import io.netattach.netlink.RouteFilter;
import io.netattach.netlink.Rtnetlink;
import io.netattach.netlink.Sysctl;
import io.netattach.netlink.Veth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the bridges of a node as they are declared, and removes those that are not any more. Only
 * what carries the owner's mark is changed or deleted, beside the declared uplinks. What is begun
 * and not finished is found and finished the next time. For one thread, but for {@link #local}.
 */
final class Bridges implements AutoCloseable {
  private static final int MAX_PASSES = 10;

  /** Of a forwarding entry for every frame that has no other. */
  private static final MacAddress ALL = new MacAddress(0);

  private final Netns node;
  private final Owner owner;
  private final Underlay underlay;
  private final Rtnetlink links;
  private final BridgePlanner planner;
  private final Map<InterfaceName, Departed> departed = new HashMap<>();

  /**
   * @param node the namespace that stands for the node; not closed here
   */
  Bridges(Netns node, Owner owner, Underlay underlay) {
    this.node = node;
    this.owner = owner;
    this.underlay = underlay;
    this.links = Rtnetlink.open(node);
    this.planner = new BridgePlanner(owner);
  }

  /**
   * Makes the kernel have a bridge as declared.
   *
   * @return what was done, in words
   * @throws BridgeException when it cannot be had
   */
  List<String> apply(DeclaredBridge desired) {
    List<String> done = new ArrayList<>();
    for (int pass = 0; pass < MAX_PASSES; pass++) {
      List<BridgeStep> steps = planner.plan(desired, observe(desired));
      if (steps.isEmpty()) {
        return done;
      }
      for (BridgeStep step : steps) {
        carryOut(step);
        done.add(step.toString());
      }
    }
    throw new BridgeException(
        "not as declared after "
            + MAX_PASSES
            + " passes; something else on this node may be changing it");
  }

  /** The first step there alone; whether there was one. */
  boolean isBegun(DeclaredBridge desired) {
    List<BridgeStep> steps = planner.plan(desired, observe(desired));
    if (steps.isEmpty()) {
      return false;
    }
    carryOut(steps.getFirst());
    return true;
  }

  /**
   * Removes the owner's bridges that are not declared.
   *
   * @return why some are kept, by their names
   */
  Map<String, String> removeOthers(Set<InterfaceName> declared) {
    Map<String, String> kept = new HashMap<>();
    Set<String> names = declared.stream().map(InterfaceName::value).collect(Collectors.toSet());
    for (Link bridge : links.links(LinkFilter.ofKind("bridge"))) {
      Optional<BridgeMark> mark =
          BridgeMark.of(bridge).filter(m -> m.owner().equals(owner) && m.role() != UPLINK);
      if (mark.isEmpty() || names.contains(mark.get().bridge())) {
        continue;
      }
      String name = mark.get().bridge();
      List<Link> uplinks = uplinks(name, bridge);
      List<String> others =
          links.links(LinkFilter.portsOf(bridge.index())).stream()
              .filter(port -> uplinks.stream().noneMatch(u -> u.index() == port.index()))
              .map(Link::name)
              .toList();
      if (others.isEmpty()) {
        uplinks.forEach(uplink -> carryOut(BridgePlanner.parting(uplink, name)));
        carryOut(new BridgeStep.Delete(bridge));
      } else {
        kept.put(
            bridge.name(),
            "is declared no more, and stays for its ports " + String.join(", ", others));
      }
    }
    madeUplinks()
        .filter(link -> !names.contains(BridgeMark.of(link).orElseThrow().bridge()))
        .filter(link -> !kept.containsKey(BridgeMark.of(link).orElseThrow().bridge()))
        .forEach(link -> carryOut(new BridgeStep.Delete(link)));
    forget(names);
    return kept;
  }

  /** Links of the node keep no name of an uplink whose bridge somebody has deleted. */
  private void forget(Set<String> declared) {
    List<Link> all = links.links();
    Set<String> there = all.stream().map(Link::name).collect(Collectors.toSet());
    for (Link link : all) {
      BridgeMark.bridgesOfPort(link)
          .filter(bridge -> BridgeMark.of(link).isEmpty() && link.master() == 0)
          .filter(bridge -> !declared.contains(bridge) && !there.contains(bridge))
          .forEach(bridge -> carryOut(BridgePlanner.parting(link, bridge)));
    }
  }

  /** What is or was the uplink of a bridge of ours. */
  private List<Link> uplinks(String bridgeName, @Nullable Link bridge) {
    Stream<Link> taken =
        links.links().stream()
            .filter(link -> BridgeMark.of(link).isEmpty())
            .filter(link -> link.master() == 0 || bridge != null && link.master() == bridge.index())
            .filter(link -> BridgeMark.bridgesOfPort(link).anyMatch(bridgeName::equals));
    return Stream.concat(
            madeUplinks()
                .filter(link -> BridgeMark.of(link).orElseThrow().bridge().equals(bridgeName)),
            taken)
        .toList();
  }

  private Stream<Link> madeUplinks() {
    return Stream.of("vlan", "vxlan")
        .flatMap(kind -> links.links(LinkFilter.ofKind(kind)).stream())
        .filter(link ->
            BridgeMark.of(link)
                .filter(mark -> mark.owner().equals(owner) && mark.role() == UPLINK)
                .isPresent());
  }

  private ObservedBridge observe(DeclaredBridge desired) {
    Link bridge = links.link(desired.name()).orElse(null);
    Uplink uplink = desired.uplink();
    Link link = uplink == null ? null : links.link(uplink.linkName()).orElse(null);
    IpAddress local =
        uplink instanceof Uplink.Vxlan u && u.isUnicast() ? local().orElse(null) : null;
    List<Link> former =
        uplinks(desired.name().value(), bridge).stream()
            .filter(one -> link == null || one.index() != link.index())
            .toList();
    boolean joined = link != null && bridge != null && link.master() == bridge.index();
    boolean filters = bridge != null && bridge.bridge() != null && bridge.bridge().vlanFiltering();
    List<BridgeVlan> vlans =
        joined && filters ? links.bridgeVlans(Objects.requireNonNull(link).index()) : List.of();
    Set<IpAddress> flood = joined ? flood(Objects.requireNonNull(link)) : Set.of();
    return new ObservedBridge(
        bridge,
        link,
        uplink == null ? null : lower(uplink, local),
        local,
        former,
        bridge == null ? List.of() : links.links(LinkFilter.portsOf(bridge.index())),
        vlans,
        flood,
        uplink instanceof Uplink.Vxlan u && u.isUnicast() ? peers(u, flood, local) : null,
        link != null && !joined && uplink instanceof Uplink.Existing ? nodes(link) : "");
  }

  private @Nullable Link lower(Uplink uplink, @Nullable IpAddress local) {
    return switch (uplink) {
      case Uplink.Existing u -> null;
      case Uplink.Vlan u -> links.link(u.lower()).orElse(null);
      case Uplink.Vxlan u ->
          u.lower() != null
              ? links.link(u.lower()).orElse(null)
              : local == null ? null : linkOf(local).orElse(null);
    };
  }

  /** Where this node's tunnels begin; empty where that is not known, or not yet. */
  Optional<IpAddress> local() {
    if (underlay.here().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(IpAddress.of(underlay.here()));
    } catch (IllegalArgumentException e) {
      // So it is the name of a link.
      return links
          .link(new InterfaceName(underlay.here()))
          .flatMap(link ->
              links.addresses(link.index()).stream()
                  .map(address -> address.local().address())
                  .filter(address -> !address.isLinkLocal())
                  .findFirst());
    }
  }

  private Optional<Link> linkOf(IpAddress address) {
    return links.addresses().stream()
        .filter(has -> has.local().address().equals(address))
        .findFirst()
        .flatMap(has -> links.link(has.link()));
  }

  private Set<IpAddress> flood(Link link) {
    if (!link.kind().equals("vxlan")) {
      return Set.of();
    }
    Set<IpAddress> flood = new HashSet<>();
    for (FdbEntry entry : links.fdbOfLink(link.index())) {
      VxlanRemote remote = entry.remote();
      if (entry.mac().isZero() && remote != null) {
        flood.add(remote.address());
      }
    }
    return flood;
  }

  private @Nullable Set<IpAddress> peers(
      Uplink.Vxlan uplink, Set<IpAddress> flood, @Nullable IpAddress local) {
    Set<IpAddress> peers = new HashSet<>();
    if (uplink.peers() != null) {
      peers.addAll(uplink.peers());
    } else {
      Set<IpAddress> told = underlay.peers().get().orElse(null);
      if (told == null) {
        return null;
      }
      peers.addAll(
          departed
              .computeIfAbsent(uplink.linkName(), first -> new Departed())
              .with(told, flood, System.nanoTime()));
    }
    // One of the other family cannot be reached from here.
    peers.removeIf(peer -> peer.equals(local) || local == null || peer.isV6() != local.isV6());
    return peers;
  }

  /** What the node itself has on a link, which it would lose; empty for nothing. */
  private String nodes(Link link) {
    for (Address address : links.addresses(link.index())) {
      if (!(address.local().isV6() && address.local().address().isLinkLocal())) {
        return "the address " + address.local();
      }
    }
    for (Route route : links.routes(RouteFilter.ofTable(Route.TABLE_MAIN).withLink(link.index()))) {
      if (route.to().isDefault() && route.link() == link.index()) {
        return "a default route";
      }
    }
    return "";
  }

  private void carryOut(BridgeStep step) {
    try {
      switch (step) {
        case BridgeStep.Add s -> add(s);
        case BridgeStep.Delete s -> delete(s.link());
        case BridgeStep.Take s -> {
          if (!s.link().altnames().contains(s.altname())) {
            links.execute(LinkRequest.addAltname(s.link().index(), s.altname()));
          }
          links.execute(LinkRequest.set(s.link().index()).master(s.bridge().index()));
        }
        case BridgeStep.Release s -> release(s);
        case BridgeStep.Join s ->
            links.execute(LinkRequest.set(s.link().index()).master(s.bridge().index()));
        case BridgeStep.SetMtu s -> links.execute(LinkRequest.set(s.link().index()).mtu(s.mtu()));
        case BridgeStep.SetFiltering s ->
            links.execute(LinkRequest.change(s.bridge(), filtering(s)));
        case BridgeStep.Up s -> up(s);
        case BridgeStep.AddVlan s ->
            links.execute(BridgeVlanRequest.add(s.port().index(), s.vlan()));
        case BridgeStep.RemoveVlan s ->
            links.execute(BridgeVlanRequest.delete(s.port().index(), s.vlan()));
        case BridgeStep.AddPeer s -> links.execute(FdbRequest.append(entry(s.vxlan(), s.peer())));
        case BridgeStep.RemovePeer s ->
            links.execute(FdbRequest.delete(entry(s.vxlan(), s.peer())));
      }
    } catch (NetlinkException e) {
      throw new BridgeException(step + ": " + e.getMessage(), e);
    }
  }

  /** In one send, so that a kill leaves no port without its name. */
  private void release(BridgeStep.Release step) {
    int index = step.link().index();
    links
        .executeAll(
            List.of(
                LinkRequest.set(index).master(0), LinkRequest.deleteAltname(index, step.altname())))
        .stream()
        .flatMap(Stream::ofNullable)
        .findFirst()
        .ifPresent(first -> {
          throw first;
        });
  }

  private static LinkKind filtering(BridgeStep.SetFiltering step) {
    var has = Objects.requireNonNull(step.bridge().bridge());
    return new LinkKind.Bridge(step.on(), has.defaultPvid(), has.stp(), has.ageingTime());
  }

  private static FdbEntry entry(Link vxlan, IpAddress peer) {
    return FdbEntry.ofVxlan(vxlan.index(), ALL, VxlanRemote.of(peer));
  }

  /** With its marks in one send, so that a kill leaves all of it or nothing. */
  private void add(BridgeStep.Add step) {
    int index = Veth.freshIndex();
    List<@Nullable NetlinkException> errors =
        links.executeAll(
            List.of(
                LinkRequest.add(step.kind(), step.name(), index),
                LinkRequest.addAltname(index, step.mark().altname()),
                LinkRequest.set(index).alias(step.mark().alias())));
    Optional<NetlinkException> first = errors.stream().flatMap(Stream::ofNullable).findFirst();
    if (first.isEmpty()) {
      return;
    }
    if (errors.getFirst() == null) {
      // Without its marks it would pass for a link of others.
      try {
        links.execute(LinkRequest.delete(index));
      } catch (NetlinkException e) {
        first.get().addSuppressed(e);
      }
    }
    throw first.get();
  }

  private void delete(Link link) {
    try {
      links.execute(LinkRequest.delete(link.index()));
    } catch (NetlinkException e) {
      // Somebody may have been faster, which is as good.
      if (!e.is(Errno.ENODEV)) {
        throw e;
      }
    }
  }

  private void up(BridgeStep.Up step) {
    if (step.ours()) {
      try {
        Sysctl.ofInterface("ipv6", step.link().name(), "disable_ipv6").set(node, "1");
      } catch (NetlinkException e) {
        // Without IPv6 in the kernel it is as off as can be.
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
      }
    }
    links.execute(LinkRequest.set(step.link().index()).up());
  }

  @Override
  public void close() {
    links.close();
  }
}
