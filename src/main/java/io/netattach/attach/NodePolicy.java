package io.netattach.attach;

import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What attachments may do to this node. Objects belong to users, their effects to everybody on the
 * node: this is the line between them.
 *
 * @param bridges bridge to the VLANs allowed on it; null allows every bridge and VLAN
 * @param hostNetworks networks beyond the private ones in which host ends may have addresses and
 *     routes
 * @param reservedNetworks networks that no host end may have addresses in or routes to, such as the
 *     cluster's services
 * @param hostNames how host ends may be named
 * @param sysctls which settings container ends may have
 * @param sharedNetns whether a namespace that was made for one Kubernetes namespace may be used
 *     from another
 * @param createsNetns whether namespaces may be made at all: one that is made in a container whose
 *     mounts stay its own is not there for the node
 */
public record NodePolicy(
    @Nullable Map<InterfaceName, VlanRanges> bridges,
    List<IpPrefix> hostNetworks,
    List<IpPrefix> reservedNetworks,
    HostNames hostNames,
    AllowedSysctls sysctls,
    boolean sharedNetns,
    boolean createsNetns) {
  /** The networks of RFC 1918, RFC 6598 and RFC 4193, and what never leaves its link. */
  private static final List<IpPrefix> PRIVATE =
      List.of(
          IpPrefix.of("10.0.0.0/8"),
          IpPrefix.of("172.16.0.0/12"),
          IpPrefix.of("192.168.0.0/16"),
          IpPrefix.of("100.64.0.0/10"),
          IpPrefix.of("fc00::/7"),
          IpPrefix.of("fe80::/10"));

  /** RFC 3927, where clouds keep their metadata service. */
  private static final IpPrefix LINK_LOCAL_METADATA = IpPrefix.of("169.254.0.0/16");

  public NodePolicy {
    bridges = bridges == null ? null : Map.copyOf(bridges);
    hostNetworks = List.copyOf(hostNetworks);
    reservedNetworks = List.copyOf(reservedNetworks);
  }

  /** One that may make namespaces, with the usual names and settings. */
  public NodePolicy(
      @Nullable Map<InterfaceName, VlanRanges> bridges,
      List<IpPrefix> hostNetworks,
      List<IpPrefix> reservedNetworks,
      boolean sharedNetns) {
    this(
        bridges,
        hostNetworks,
        reservedNetworks,
        HostNames.USUAL,
        AllowedSysctls.HARMLESS,
        sharedNetns,
        true);
  }

  /** Every bridge; addresses of private networks only; no shared namespaces. */
  public static NodePolicy defaults() {
    return new NodePolicy(null, List.of(), List.of(), false);
  }

  /** The same with more reserved networks. */
  public NodePolicy reserving(List<IpPrefix> networks) {
    List<IpPrefix> all = new ArrayList<>(reservedNetworks);
    all.addAll(networks);
    return new NodePolicy(
        bridges, hostNetworks, all, hostNames, sysctls, sharedNetns, createsNetns);
  }

  /** Why a host end may not be named so. */
  Optional<String> refusesName(InterfaceName name) {
    return hostNames.refuse(name);
  }

  /** Why a container end may not have a setting of that name. */
  Optional<String> refusesSysctl(String name) {
    return sysctls.refuse(name);
  }

  /** Why a host end may not be a port of that bridge, or in that VLAN of it (0 for none asked). */
  Optional<String> refusesBridge(InterfaceName bridge, int vlan) {
    if (bridges == null) {
      return Optional.empty();
    }
    VlanRanges vlans = bridges.get(bridge);
    if (vlans == null) {
      return Optional.of(
          "bridge "
              + bridge
              + " is not allowed on this node; allow it with --allow-bridge "
              + bridge);
    }
    if (!vlans.allow(vlan)) {
      return Optional.of(
          (vlan == 0 ? "the default VLAN" : "VLAN " + vlan)
              + " of bridge "
              + bridge
              + " is not allowed on this node, only "
              + vlans
              + "; allow it with --allow-bridge "
              + bridge
              + (vlan == 0 ? "" : ":" + vlan));
    }
    return Optional.empty();
  }

  /** Why a host end may not have an address of that network, or a route to it. */
  Optional<String> refusesNetwork(IpPrefix network) {
    if (network.isDefault()) {
      return Optional.of(
          "a default route through a host end would take the node's traffic; write the networks"
              + " that are to be reached");
    }
    if (hostNetworks.stream().anyMatch(allowed -> allowed.contains(network))) {
      return Optional.empty();
    }
    String allow = "; allow it with --allow-host-network " + network.network();
    for (IpPrefix reserved : reservedNetworks) {
      if (reserved.overlaps(network)) {
        return Optional.of(
            network + " overlaps " + reserved + ", which is reserved on this node" + allow);
      }
    }
    if (LINK_LOCAL_METADATA.overlaps(network)) {
      return Optional.of(
          network
              + " overlaps "
              + LINK_LOCAL_METADATA
              + ", where clouds keep their metadata"
              + allow);
    }
    if (PRIVATE.stream().noneMatch(range -> range.contains(network))) {
      return Optional.of(network + " is not in a private network" + allow);
    }
    return Optional.empty();
  }

  /** Whether a host end may have a network although the node has a route into it. */
  boolean allowsOverlap(IpPrefix network) {
    return hostNetworks.stream().anyMatch(allowed -> allowed.contains(network));
  }
}
