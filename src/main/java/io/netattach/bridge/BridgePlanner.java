package io.netattach.bridge;

import static io.netattach.bridge.BridgeMark.Role.BRIDGE;
import static io.netattach.bridge.BridgeMark.Role.UPLINK;

import io.netattach.attach.Owner;
import io.netattach.attach.VlanRanges;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is to be done for a declared bridge, a pure function of what is declared and what
 * the kernel has. What a step makes is seen by the next plan: read and plan again until it is
 * empty.
 */
final class BridgePlanner {
  /** Outer IP, UDP and VXLAN headers and the inner Ethernet header (RFC 7348). */
  private static final int VXLAN_OVER_IPV4 = 50;

  private static final int VXLAN_OVER_IPV6 = 70;
  private static final int VLAN_TAG = 4;

  private final Owner owner;

  BridgePlanner(Owner owner) {
    this.owner = owner;
  }

  /**
   * The steps that can be taken now.
   *
   * @throws BridgeException when there is no way there, or none that may be taken
   */
  List<BridgeStep> plan(DeclaredBridge desired, ObservedBridge observed) {
    Link bridge = observed.bridge();
    if (bridge != null && !BridgeMark.is(bridge, owner, BRIDGE, desired.name())) {
      checkForeign(desired, observed, bridge);
      return List.of();
    }
    Uplink uplink = desired.uplink();
    LinkKind kind = uplink == null ? null : check(uplink, observed);
    int mtu = mtu(desired, observed);
    List<BridgeStep> steps = new ArrayList<>();
    for (Link former : observed.former()) {
      steps.add(parting(former, desired.name().value()));
    }
    if (bridge == null) {
      steps.add(
          new BridgeStep.Add(
              desired.name(),
              desired.vlanFiltering() ? LinkKind.Bridge.filtering(1) : LinkKind.Bridge.DEFAULT,
              new BridgeMark(owner, BRIDGE, desired.name().value())));
    } else {
      if (filters(bridge) != desired.vlanFiltering()) {
        steps.add(new BridgeStep.SetFiltering(bridge, desired.vlanFiltering()));
      }
    }
    if (uplink != null) {
      uplink(desired, uplink, kind, observed, mtu, steps);
    }
    if (bridge != null) {
      if (bridge.mtu() != mtu) {
        steps.add(new BridgeStep.SetMtu(bridge, mtu));
      }
      if (!bridge.up()) {
        steps.add(new BridgeStep.Up(bridge, true));
      }
    }
    return steps;
  }

  /** Links of ours go, those of the node are let go. */
  static BridgeStep parting(Link former, String bridge) {
    return BridgeMark.of(former).isPresent()
        ? new BridgeStep.Delete(former)
        : new BridgeStep.Release(former, BridgeMark.altname(UPLINK, bridge));
  }

  private void uplink(
      DeclaredBridge desired,
      Uplink uplink,
      @Nullable LinkKind kind,
      ObservedBridge observed,
      int mtu,
      List<BridgeStep> steps) {
    Link bridge = observed.bridge();
    Link link = observed.uplink();
    String altname = BridgeMark.altname(UPLINK, desired.name().value());
    if (kind != null && link != null && !link.info().equals(kind)) {
      // Most of what makes such a link is fixed for its life.
      steps.add(new BridgeStep.Delete(link));
      return;
    }
    if (link == null) {
      steps.add(
          new BridgeStep.Add(
              uplink.linkName(),
              Objects.requireNonNull(kind),
              new BridgeMark(owner, UPLINK, desired.name().value())));
      return;
    }
    if (bridge == null) {
      return;
    }
    if (kind != null && link.mtu() != mtu) {
      steps.add(new BridgeStep.SetMtu(link, mtu));
    }
    if (link.master() != bridge.index() || (kind == null && !link.altnames().contains(altname))) {
      steps.add(
          kind == null
              ? new BridgeStep.Take(link, bridge, altname)
              : new BridgeStep.Join(link, bridge));
      return;
    }
    if (!link.up()) {
      steps.add(new BridgeStep.Up(link, kind != null));
    }
    if (desired.vlanFiltering() && filters(bridge)) {
      vlans(uplink.vlans(), link, bridge, observed.vlans(), steps);
    }
    Set<IpAddress> peers = observed.peers();
    if (kind instanceof LinkKind.Vxlan && peers != null) {
      peers.stream()
          .filter(peer -> !observed.flood().contains(peer))
          .forEach(peer -> steps.add(new BridgeStep.AddPeer(link, peer)));
      observed.flood().stream()
          .filter(peer -> !peers.contains(peer))
          .forEach(peer -> steps.add(new BridgeStep.RemovePeer(link, peer)));
    }
  }

  private static void vlans(
      @Nullable VlanRanges declared,
      Link port,
      Link bridge,
      List<BridgeVlan> has,
      List<BridgeStep> steps) {
    int pvid = Objects.requireNonNull(bridge.bridge()).defaultPvid();
    List<BridgeVlan> wanted =
        declared != null
            ? tagged(declared)
            : pvid == 0 ? List.of() : List.of(BridgeVlan.access(pvid));
    wanted.stream()
        .filter(vlan -> !has.contains(vlan))
        .forEach(vlan -> steps.add(new BridgeStep.AddVlan(port, vlan)));
    Set<Integer> ids = wanted.stream().map(BridgeVlan::id).collect(Collectors.toSet());
    has.stream()
        .filter(vlan -> !ids.contains(vlan.id()))
        .forEach(vlan -> steps.add(new BridgeStep.RemoveVlan(port, vlan)));
  }

  static List<BridgeVlan> tagged(VlanRanges ranges) {
    return ranges.ranges().stream()
        .flatMapToInt(range -> IntStream.rangeClosed(range.first(), range.last()))
        .distinct()
        .mapToObj(id -> new BridgeVlan(id, false, false))
        .toList();
  }

  /** What link the uplink is to be; null for one that is there. */
  private @Nullable LinkKind check(Uplink uplink, ObservedBridge observed) {
    return switch (uplink) {
      case Uplink.Existing u -> {
        checkExisting(u, observed);
        yield null;
      }
      case Uplink.Vlan u -> {
        checkMade(observed);
        yield new LinkKind.Vlan(lower(u.lower(), "uplink.vlan.link", observed).index(), u.id());
      }
      case Uplink.Vxlan u -> {
        checkMade(observed);
        yield vxlan(u, observed);
      }
    };
  }

  private void checkExisting(Uplink.Existing uplink, ObservedBridge observed) {
    Link link = observed.uplink();
    Link bridge = observed.bridge();
    if (link == null) {
      throw new BridgeException(
          "uplink.link: "
              + uplink.linkName()
              + " does not exist on this node; name a link that"
              + " does, or wait for it");
    }
    if (!observed.nodes().isEmpty()) {
      throw new BridgeException(
          "uplink.link: "
              + link.name()
              + " has "
              + observed.nodes()
              + " of the node, which would"
              + " be cut off; write a VLAN of it, uplink.vlan, or another link");
    }
    if (link.bridge() != null) {
      throw new BridgeException(
          "uplink.link: "
              + link.name()
              + " is a bridge, which cannot be a port of another; name a"
              + " link");
    }
    if (link.master() != 0 && (bridge == null || link.master() != bridge.index())) {
      throw new BridgeException(
          "uplink.link: "
              + link.name()
              + " is a port of another link; take it out there, or name"
              + " another");
    }
  }

  private void checkMade(ObservedBridge observed) {
    Link link = observed.uplink();
    if (link != null
        && BridgeMark.of(link)
            .filter(mark -> mark.owner().equals(owner) && mark.role() == UPLINK)
            .isEmpty()) {
      throw new BridgeException(
          "uplink: there is a link " + link.name() + " that is not ours; remove or rename it");
    }
  }

  private static Link lower(InterfaceName name, String field, ObservedBridge observed) {
    Link lower = observed.lower();
    if (lower == null) {
      throw new BridgeException(
          field
              + ": "
              + name
              + " does not exist on this node; name a link that does, or wait for"
              + " it");
    }
    return lower;
  }

  private static LinkKind vxlan(Uplink.Vxlan uplink, ObservedBridge observed) {
    if (uplink.lower() != null) {
      Link lower = lower(uplink.lower(), "uplink.vxlan.link", observed);
      return new LinkKind.Vxlan(
          uplink.id(), null, uplink.group(), uplink.port(), lower.index(), true);
    }
    if (observed.local() == null) {
      throw new BridgeException(
          "uplink.vxlan: the address of this node that tunnels begin at is not known; give it by"
              + " --underlay");
    }
    return new LinkKind.Vxlan(uplink.id(), observed.local(), null, uplink.port(), 0, true);
  }

  private static int mtu(DeclaredBridge desired, ObservedBridge observed) {
    int most = most(desired.uplink(), observed);
    if (desired.mtu() > most) {
      throw new BridgeException(
          "mtu: the uplink carries "
              + most
              + " bytes, not "
              + desired.mtu()
              + "; write that or"
              + " less, or leave it out");
    }
    return desired.mtu() != 0
        ? desired.mtu()
        : desired.uplink() == null ? DeclaredBridge.DEFAULT_MTU : most;
  }

  /** What the uplink can carry. */
  private static int most(@Nullable Uplink uplink, ObservedBridge observed) {
    Link lower = observed.lower();
    return switch (uplink) {
      case null -> Integer.MAX_VALUE;
      case Uplink.Existing u ->
          observed.uplink() == null ? Integer.MAX_VALUE : observed.uplink().mtu();
      case Uplink.Vlan u -> lower == null ? Integer.MAX_VALUE : lower.mtu();
      case Uplink.Vxlan u -> {
        IpAddress address = u.group() != null ? u.group() : observed.local();
        boolean v6 = address != null && address.isV6();
        int overhead =
            (v6 ? VXLAN_OVER_IPV6 : VXLAN_OVER_IPV4) + (u.vlans() == null ? 0 : VLAN_TAG);
        int most = lower == null ? DeclaredBridge.DEFAULT_MTU : lower.mtu();
        yield most - overhead;
      }
    };
  }

  private static boolean filters(Link bridge) {
    return bridge.bridge() != null && bridge.bridge().vlanFiltering();
  }

  /** A bridge of others is used if it is as declared, and never changed. */
  private static void checkForeign(DeclaredBridge desired, ObservedBridge observed, Link bridge) {
    String foreign = "there is a link " + bridge.name() + " that is not ours, and it ";
    String help = "; declare it as it is, or name another bridge";
    if (bridge.bridge() == null) {
      throw new BridgeException(foreign + "is no bridge" + help);
    }
    if (filters(bridge) != desired.vlanFiltering()) {
      throw new BridgeException(
          foreign + (filters(bridge) ? "filters VLANs" : "does not filter VLANs") + help);
    }
    if (desired.mtu() != 0 && bridge.mtu() != desired.mtu()) {
      throw new BridgeException(foreign + "has the MTU " + bridge.mtu() + help);
    }
    if (!bridge.up()) {
      throw new BridgeException(foreign + "is down; set it up, or name another bridge");
    }
    Uplink uplink = desired.uplink();
    if (uplink != null && observed.ports().stream().noneMatch(port -> isOne(port, uplink))) {
      throw new BridgeException(foreign + "has no port that is the declared uplink" + help);
    }
  }

  private static boolean isOne(Link port, Uplink uplink) {
    return switch (uplink) {
      case Uplink.Existing u ->
          port.name().equals(u.linkName().value())
              || port.altnames().contains(u.linkName().value());
      case Uplink.Vlan u -> port.info() instanceof LinkKind.Vlan vlan && vlan.id() == u.id();
      case Uplink.Vxlan u -> port.info() instanceof LinkKind.Vxlan vxlan && vxlan.id() == u.id();
    };
  }
}
