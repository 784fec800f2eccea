package io.netattach.attach;

import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Route;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is desired: a veth pair between this node and one namespace on it. One that exists obeys
 * every rule that can be checked without looking at the node, see {@link AttachmentRules}.
 *
 * @param mtu bytes, of both ends; 0 for the bridge's, or 1500 without a bridge
 */
public record Attachment(
    Identity identity, Target target, ContainerEnd container, HostEnd host, int mtu) {
  /** Where there is neither an MTU nor a bridge: Ethernet's own. Bytes. */
  static final int DEFAULT_MTU = 1500;

  /**
   * @throws InvalidAttachment when it breaks a rule
   */
  public Attachment {
    List<Problem> problems = AttachmentRules.problems(target, container, host, mtu);
    if (!problems.isEmpty()) {
      throw new InvalidAttachment(problems);
    }
  }

  /**
   * The namespace that the container end is in.
   *
   * @param create whether it is made when it does not exist
   * @param reclaim what becomes of one that was made so
   */
  public record Target(NetnsName netns, boolean create, Reclaim reclaim) {}

  /**
   * The end inside the target.
   *
   * @param sysctls setting to value, as {@link IfnameSysctl} names them
   */
  public record ContainerEnd(
      InterfaceName name,
      MacAddress mac,
      List<IpPrefix> addresses,
      List<DesiredRoute> routes,
      Map<String, String> sysctls) {
    public ContainerEnd {
      addresses = List.copyOf(addresses);
      routes = List.copyOf(routes);
      sysctls = Map.copyOf(sysctls);
    }
  }

  /**
   * The end on the node.
   *
   * @param bridge null for none
   */
  public record HostEnd(
      InterfaceName name,
      MacAddress mac,
      @Nullable BridgePort bridge,
      List<IpPrefix> addresses,
      List<DesiredRoute> routes) {
    public HostEnd {
      addresses = List.copyOf(addresses);
      routes = List.copyOf(routes);
    }
  }

  /**
   * Membership in a bridge of the node.
   *
   * @param vlan 1 to 4094; 0 for the bridge's own default
   */
  public record BridgePort(InterfaceName bridge, int vlan, boolean hairpin, boolean isolated) {}

  /**
   * A route through one end.
   *
   * @param via null for a destination on the link itself
   * @param metric 0 to 4294967295; for IPv6, 0 means 1024 as it does to the kernel
   */
  public record DesiredRoute(IpPrefix to, @Nullable IpAddress via, long metric, boolean onLink) {
    public DesiredRoute {
      if (metric < 0 || metric > 0xffff_ffffL) {
        throw new IllegalArgumentException("a metric is within 0 to 4294967295, not " + metric);
      }
      metric = metric == 0 && to.isV6() ? Route.IPV6_DEFAULT_METRIC : metric;
    }

    /** As the kernel has it, through the link with that ifindex. */
    Route through(int link) {
      return Route.unicast(to, via, link)
          .withMetric(metric)
          .withProtocol(Mark.PROTOCOL)
          .withOnLink(onLink);
    }

    /** Whether a route is this one, just as it would be made through the link that it has. */
    boolean is(Route route) {
      return sameKey(route.to(), route.metric()) && route.equals(through(route.link()));
    }

    /** Whether both are for the same destination and metric, of which a table has one. */
    boolean sameKey(IpPrefix otherTo, long otherMetric) {
      return metric == otherMetric && to.equals(otherTo);
    }
  }
}
