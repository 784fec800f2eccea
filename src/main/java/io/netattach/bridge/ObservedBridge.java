package io.netattach.bridge;

import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Link;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel has of a declared bridge.
 *
 * @param bridge the link of its name; null for none
 * @param uplink the link of the uplink's name; null for none
 * @param lower the link that the uplink stands on, or that has the tunnels' address; null for none
 * @param local where tunnels begin; null where that is not known
 * @param former what was its uplink and is not any more
 * @param ports of the bridge
 * @param vlans of the uplink, if it is a port of a bridge that filters VLANs
 * @param flood where the tunnel sends what is for all
 * @param peers where it is to send that; null for wherever it does
 * @param nodes what the node has on the uplink, such as an address; empty for nothing
 */
record ObservedBridge(
    @Nullable Link bridge,
    @Nullable Link uplink,
    @Nullable Link lower,
    @Nullable IpAddress local,
    List<Link> former,
    List<Link> ports,
    List<BridgeVlan> vlans,
    Set<IpAddress> flood,
    @Nullable Set<IpAddress> peers,
    String nodes) {}
