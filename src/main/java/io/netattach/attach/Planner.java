package io.netattach.attach;

import io.netattach.attach.Attachment.BridgePort;
import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.attach.ObservedAttachment.End;
import io.netattach.attach.ObservedAttachment.Target;
import io.netattach.netlink.Address;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Link;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.Route;
import io.netattach.netlink.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is to be done, a pure function of desired, observed and the node's policy: the same
 * three give the same plan, and nothing is touched.
 *
 * <p>Additions come first, then replacements, then removals, so that what stays is never without
 * what it needs. A removal can take more with it than was asked for: after one, read and plan
 * again.
 */
public final class Planner {
  private final Admission admission;
  private final Ownership ownership;

  public Planner(NodePolicy policy, Ownership ownership) {
    this.admission = new Admission(policy, ownership);
    this.ownership = ownership;
  }

  /**
   * The steps that lead from observed to desired.
   *
   * @throws AttachException when there is no way there, or none that may be taken
   */
  public Plan plan(Attachment desired, ObservedAttachment observed) {
    admission.check(desired, observed);
    Work work = new Work(desired, observed);
    work.target();
    observed.strays().forEach(stray -> work.removals.add(new Step.DeleteNetns(stray)));
    if (observed.host() == null || observed.container() == null) {
      work.remake();
    } else {
      work.update(observed.host(), observed.container());
    }
    return work.plan();
  }

  /** The steps while they are gathered: additions and replacements as they come, removals after. */
  private final class Work {
    private final Attachment desired;
    private final ObservedAttachment observed;
    private final List<Step> steps = new ArrayList<>();
    private final List<Step> removals = new ArrayList<>();

    /**
     * What takes IPv6 off a link, and all its addresses and routes with it: not while a step can
     * fail.
     */
    private final List<Step> last = new ArrayList<>();

    private final int mtu;
    private boolean leftBridge;

    Work(Attachment desired, ObservedAttachment observed) {
      this.desired = desired;
      this.observed = observed;
      Link bridge = observed.bridge();
      this.mtu =
          desired.mtu() != 0
              ? desired.mtu()
              : bridge != null ? bridge.mtu() : Attachment.DEFAULT_MTU;
    }

    Plan plan() {
      List<Step> all = new ArrayList<>(steps);
      all.addAll(removals);
      all.addAll(last);
      return new Plan(all);
    }

    private Mark mark() {
      return Mark.of(ownership.me(), desired.identity(), desired.target().reclaim());
    }

    void target() {
      switch (observed.target()) {
        case Target.Absent(), Target.Unfinished() ->
            steps.add(new Step.CreateNetns(desired.target().netns(), mark()));
        case Target.Present(var identity, var mark, var loopbackUp) -> {
          boolean ours = mark.filter(this::madeForThis).isPresent();
          if (ours && mark.orElseThrow().reclaim() != desired.target().reclaim()) {
            Mark from = mark.orElseThrow();
            Mark to = Mark.of(from.owner(), desired.identity(), desired.target().reclaim());
            steps.add(new Step.MarkNetns(desired.target().netns(), from, to));
          }
          if (ours && !loopbackUp) {
            steps.add(new Step.LoopbackUp(desired.target().netns()));
          }
        }
        case Target.Blocked(var by) -> throw new IllegalStateException("checked before");
        case Target.Elsewhere() -> throw new IllegalStateException("checked before");
        case Target.Node() -> throw new IllegalStateException("checked before");
      }
    }

    private boolean madeForThis(Mark mark) {
      return ownership.covers(mark.owner()) && mark.isFor(desired.identity());
    }

    /** Makes the pair; one whose other end is not where it belongs goes first. */
    void remake() {
      if (observed.host() != null) {
        steps.add(new Step.DeleteVeth(observed.host().link().name()));
      }
      steps.add(
          new Step.CreateVeth(
              desired.host().name(),
              desired.host().mac(),
              desired.target().netns(),
              desired.container().name(),
              desired.container().mac(),
              mtu,
              Mark.altname(desired.identity().uid()),
              Mark.of(ownership.me(), desired.identity(), Reclaim.DELETE)));
      finishContainer(null);
      finishHost(null);
    }

    void update(End host, End container) {
      leaveBridge(host);
      rename(Side.HOST, host.link(), desired.host().name());
      rename(Side.CONTAINER, container.link(), desired.container().name());
      mac(Side.HOST, host.link(), desired.host().mac());
      mac(Side.CONTAINER, container.link(), desired.container().mac());
      mtu(Side.HOST, host.link());
      mtu(Side.CONTAINER, container.link());
      group(Side.HOST, host.link());
      group(Side.CONTAINER, container.link());
      alias(host.link());
      finishContainer(container);
      finishHost(host);
    }

    private static boolean isElsewhere(End host, Link bridge) {
      return host.link().master() != bridge.index();
    }

    /** A bridge follows the MTU of its ports: one that we leave must not see the next one's. */
    private void leaveBridge(End host) {
      Link bridge = observed.bridge();
      leftBridge =
          !host.masterName().isEmpty()
              && host.link().mtu() != mtu
              && (bridge == null || isElsewhere(host, bridge));
      if (leftBridge) {
        steps.add(new Step.SetBridge(host.masterName(), ""));
      }
    }

    private void rename(Side side, Link link, InterfaceName name) {
      if (!link.name().equals(name.value())) {
        steps.add(new Step.Rename(side, link.name(), name));
      }
    }

    private void mac(Side side, Link link, MacAddress mac) {
      MacAddress has = link.mac();
      if (has != null && !has.equals(mac)) {
        steps.add(new Step.SetMac(side, has, mac));
      }
    }

    private void mtu(Side side, Link link) {
      if (link.mtu() != mtu) {
        boolean endsIpv6 = mtu < AttachmentRules.MIN_IPV6_MTU && !link.ipv6Disabled();
        (endsIpv6 ? last : steps).add(new Step.SetMtu(side, link.mtu(), mtu));
      }
    }

    private void group(Side side, Link link) {
      if (link.group() != 0) {
        steps.add(new Step.ClearGroup(side, link.group()));
      }
    }

    private void alias(Link host) {
      Owner owner = Mark.parse(host.alias()).map(Mark::owner).orElse(ownership.me());
      String alias = Mark.of(owner, desired.identity(), Reclaim.DELETE).toString();
      if (!host.alias().equals(alias)) {
        steps.add(new Step.SetAlias(host.alias(), alias));
      }
    }

    private void finishContainer(@Nullable End end) {
      ipv6OfContainer(end);
      new TreeMap<>(desired.container().sysctls())
          .forEach((name, value) -> {
            Sysctl sysctl = IfnameSysctl.of(name, desired.container().name().value());
            String has = end == null ? null : end.sysctls().get(name);
            sysctl(steps, Side.CONTAINER, sysctl, has, value);
          });
      up(Side.CONTAINER, end);
      addresses(Side.CONTAINER, end, desired.container().addresses());
      routes(Side.CONTAINER, end, desired.container().routes());
    }

    private void finishHost(@Nullable End end) {
      bridge(end);
      ipv6OfHost(end);
      up(Side.HOST, end);
      addresses(Side.HOST, end, desired.host().addresses());
      routes(Side.HOST, end, desired.host().routes());
    }

    /**
     * Only where IPv6 is asked for: a namespace may have it off for its new links. Otherwise its
     * own choice stands.
     */
    private void ipv6OfContainer(@Nullable End end) {
      boolean wanted = needsIpv6(desired.container().addresses(), desired.container().routes());
      if (wanted && (end == null || end.link().ipv6Disabled())) {
        ipv6(Side.CONTAINER, desired.container().name(), end, false);
      }
    }

    /**
     * IPv6 is off on a host end that has no use for it: each one would add routes to the node's
     * table, which every later link up or down walks. Where it is on, router advertisements of the
     * container are not believed.
     */
    private void ipv6OfHost(@Nullable End end) {
      boolean wanted = needsIpv6(desired.host().addresses(), desired.host().routes());
      InterfaceName name = desired.host().name();
      ipv6(Side.HOST, name, end, !wanted);
      if (wanted) {
        Link link = withIpv6(end);
        String has = link == null ? null : Integer.toString(link.acceptRa());
        Sysctl acceptRa = Sysctl.ofInterface("ipv6", name.value(), "accept_ra");
        sysctl(steps, Side.HOST, acceptRa, has, "0");
      }
    }

    /**
     * A link with a smaller MTU has no IPv6, nor settings of it; they come new with a larger one.
     */
    private static @Nullable Link withIpv6(@Nullable End end) {
      return end != null && end.link().mtu() >= AttachmentRules.MIN_IPV6_MTU ? end.link() : null;
    }

    private void ipv6(Side side, InterfaceName name, @Nullable End end, boolean disabled) {
      if (disabled && mtu < AttachmentRules.MIN_IPV6_MTU) {
        return;
      }
      Link link = withIpv6(end);
      String has = link == null ? null : link.ipv6Disabled() ? "1" : "0";
      String value = disabled ? "1" : "0";
      if (!value.equals(has)) {
        Sysctl sysctl = Sysctl.ofInterface("ipv6", name.value(), "disable_ipv6");
        boolean endsIpv6 = end != null && disabled;
        sysctl(endsIpv6 ? last : steps, side, sysctl, has, value);
      }
    }

    private void sysctl(
        List<Step> into, Side side, Sysctl sysctl, @Nullable String has, String value) {
      if (!value.equals(has)) {
        into.add(new Step.SetSysctl(side, sysctl, has == null ? "" : has, value));
      }
    }

    private void up(Side side, @Nullable End end) {
      if (end == null || !end.link().up()) {
        steps.add(new Step.SetUp(side));
      }
    }

    private void bridge(@Nullable End end) {
      String has = end == null || leftBridge ? "" : end.masterName();
      BridgePort port = desired.host().bridge();
      if (port == null) {
        if (!has.isEmpty()) {
          steps.add(new Step.SetBridge(has, ""));
        }
        return;
      }
      // By index: the bridge may be named by an alternative name.
      Link bridge = observed.bridge();
      boolean moved = has.isEmpty() || bridge == null || end == null || isElsewhere(end, bridge);
      if (moved) {
        steps.add(new Step.SetBridge(has, port.bridge().value()));
      }
      Link.Port now = moved || end == null ? null : end.link().port();
      if (port.hairpin() != (now != null && now.hairpin())) {
        steps.add(new Step.SetHairpin(port.hairpin()));
      }
      if (port.isolated() != (now != null && now.isolated())) {
        steps.add(new Step.SetIsolated(port.isolated()));
      }
      vlans(port, moved || end == null ? null : end);
    }

    /** A port that has just joined has the bridge's default VLAN and no other. */
    private void vlans(BridgePort port, @Nullable End end) {
      Link bridge = observed.bridge();
      if (bridge == null || bridge.bridge() == null || !bridge.bridge().vlanFiltering()) {
        return;
      }
      int defaultPvid = bridge.bridge().defaultPvid();
      int wantedId = port.vlan() != 0 ? port.vlan() : defaultPvid;
      List<BridgeVlan> wanted = wantedId == 0 ? List.of() : List.of(BridgeVlan.access(wantedId));
      List<BridgeVlan> has =
          end != null
              ? end.vlans()
              : defaultPvid == 0 ? List.of() : List.of(BridgeVlan.access(defaultPvid));
      for (BridgeVlan vlan : wanted) {
        if (!has.contains(vlan)) {
          steps.add(new Step.AddVlan(vlan));
        }
      }
      for (BridgeVlan vlan : has) {
        if (wanted.stream().noneMatch(w -> w.id() == vlan.id())) {
          steps.add(new Step.RemoveVlan(vlan));
        }
      }
    }

    private void addresses(Side side, @Nullable End end, List<IpPrefix> wanted) {
      List<Address> has = end == null ? List.of() : end.addresses();
      List<Address> replaced = new ArrayList<>();
      boolean promoted = false;
      for (IpPrefix address : wanted) {
        if (!isThere(address, has, end)) {
          for (Address a : has) {
            if (excludes(a, address)) {
              if (!promoted && !a.local().isV6()) {
                steps.add(new Step.PromoteSecondaries(side));
                promoted = true;
              }
              replaced.add(a);
              steps.add(new Step.RemoveAddress(side, a));
            }
          }
          steps.add(new Step.AddAddress(side, address));
        }
      }
      for (Address a : has) {
        if (isAsked(a) && !isOneOf(a, wanted) && !replaced.contains(a)) {
          if (!promoted && !a.local().isV6()) {
            removals.add(new Step.PromoteSecondaries(side));
            promoted = true;
          }
          removals.add(new Step.RemoveAddress(side, a));
        }
      }
    }

    private void routes(Side side, @Nullable End end, List<DesiredRoute> wanted) {
      List<Route> has = end == null ? List.of() : end.routes();
      List<Route> surplus = new ArrayList<>();
      for (Route route : has) {
        if (isAsked(route) && !isOneOf(route, wanted)) {
          surplus.add(route);
        }
      }
      for (DesiredRoute route : linkRoutesFirst(wanted)) {
        if (!isThere(route, has)) {
          List<Route> replaced =
              surplus.stream().filter(r -> route.sameKey(r.to(), r.metric())).toList();
          boolean beside =
              !replaced.isEmpty()
                  && !route.to().isV6()
                  && replaced.stream().noneMatch(r -> Objects.equals(r.via(), route.via()));
          if (!beside) {
            // IPv6 takes a second route of the same destination for one more hop, or for a
            // duplicate. Of two IPv4 ones through the same gateway a removal may meet either.
            replaced.forEach(r -> steps.add(new Step.RemoveRoute(side, r)));
            surplus.removeAll(replaced);
          }
          steps.add(new Step.AddRoute(side, route, beside));
        }
      }
      surplus.forEach(r -> removals.add(new Step.RemoveRoute(side, r)));
    }
  }

  /** A gateway may be covered by a route without one, which must then be there first. */
  private static List<DesiredRoute> linkRoutesFirst(List<DesiredRoute> routes) {
    List<DesiredRoute> sorted = new ArrayList<>(routes.size());
    for (boolean gateway : new boolean[] {false, true}) {
      for (DesiredRoute route : routes) {
        if ((route.via() != null) == gateway) {
          sorted.add(route);
        }
      }
    }
    return sorted;
  }

  private static boolean needsIpv6(List<IpPrefix> addresses, List<DesiredRoute> routes) {
    for (IpPrefix address : addresses) {
      if (address.isV6()) {
        return true;
      }
    }
    for (DesiredRoute route : routes) {
      if (route.to().isV6()) {
        return true;
      }
    }
    return false;
  }

  private static boolean isThere(IpPrefix wanted, List<Address> has, @Nullable End end) {
    for (Address address : has) {
      if (isPlain(address, wanted) && isUsed(address, end)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOneOf(Address address, List<IpPrefix> wanted) {
    for (IpPrefix one : wanted) {
      if (isPlain(address, one)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isThere(DesiredRoute wanted, List<Route> has) {
    for (Route route : has) {
      if (wanted.is(route)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOneOf(Route route, List<DesiredRoute> wanted) {
    for (DesiredRoute one : wanted) {
      if (one.is(route)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a link cannot have both: it has an IPv6 address once, whatever the prefix length, and
   * an IPv4 address of one prefix length once, whatever the other end.
   */
  private static boolean excludes(Address address, IpPrefix wanted) {
    return address.local().address().equals(wanted.address())
        && (wanted.isV6() || address.local().length() == wanted.length());
  }

  private static boolean isPlain(Address address, IpPrefix wanted) {
    return address.local().equals(wanted) && address.remote().equals(wanted.address());
  }

  /**
   * Whether new connections can use an address: it is not about to expire, and the kernel's route
   * to its network is there, which only adding the address anew brings back.
   */
  private static boolean isUsed(Address address, @Nullable End end) {
    if (!address.has(Address.IFA_F_PERMANENT) || address.has(Address.IFA_F_DEPRECATED)) {
      return false;
    }
    IpPrefix local = address.local();
    if (end == null || !end.link().up() || local.length() == local.address().bits()) {
      return true;
    }
    // In a VRF that route is in another table.
    boolean elsewhere = end.link().master() != 0 && end.link().port() == null;
    return elsewhere || hasKernelRoute(end.routes(), local.network());
  }

  private static boolean hasKernelRoute(List<Route> routes, IpPrefix network) {
    for (Route route : routes) {
      if (route.protocol() == Route.PROTOCOL_KERNEL && route.to().equals(network)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether somebody asked for this address, not the kernel or a protocol: those of link-local
   * scope, with a lifetime, or from router advertisements are left alone, unless we made them.
   */
  private static boolean isAsked(Address address) {
    return address.protocol() == Mark.PROTOCOL
        || (address.has(Address.IFA_F_PERMANENT)
            && address.scope() != Address.SCOPE_LINK
            && !address.local().address().isLinkLocal());
  }

  /** Whether somebody asked for this route, not the kernel or a routing daemon. */
  private static boolean isAsked(Route route) {
    return route.protocol() == Mark.PROTOCOL
        || route.protocol() == Route.PROTOCOL_BOOT
        || route.protocol() == Route.PROTOCOL_STATIC;
  }
}
