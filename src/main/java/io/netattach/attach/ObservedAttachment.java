package io.netattach.attach;

import io.netattach.netlink.Address;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Link;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Route;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel has where an attachment is or is to be, read at one moment.
 *
 * @param target the namespace
 * @param host the end with our mark; null where there is none
 * @param container its other end, if that is in the target; null otherwise
 * @param hostNameTaken another link with the host end's name; null where there is none
 * @param containerNameTaken another link in the target with the container end's name
 * @param bridge the link with the bridge's name; null where there is none or none is asked for
 * @param overlaps routes and addresses of the node that are not ours and meet what the host end is
 *     still to get
 * @param strays namespaces that were made for this attachment when it had another target, and hold
 *     nothing of others
 */
public record ObservedAttachment(
    Target target,
    @Nullable End host,
    @Nullable End container,
    @Nullable Link hostNameTaken,
    @Nullable Link containerNameTaken,
    @Nullable Link bridge,
    List<Overlap> overlaps,
    List<NetnsName> strays) {

  public ObservedAttachment {
    overlaps = List.copyOf(overlaps);
    strays = List.copyOf(strays);
  }

  /** The target namespace. */
  public sealed interface Target {
    /** No such name. */
    record Absent() implements Target {}

    /** A mount point of ours that lost its namespace, or never had it. */
    record Unfinished() implements Target {}

    /** Something else has the name. */
    record Blocked(String by) implements Target {}

    /** A symbolic link has it, which may lead anywhere. */
    record Elsewhere() implements Target {}

    /** The node's own namespace. */
    record Node() implements Target {}

    /**
     * A namespace that can be attached to.
     *
     * @param mark on its lo; empty for a namespace that we did not make
     */
    record Present(Netns.Identity identity, Optional<Mark> mark, boolean loopbackUp)
        implements Target {}
  }

  /**
   * One end.
   *
   * @param masterName of the bridge that it is a port of; empty for none
   * @param vlans of a bridge port
   * @param sysctls those that are asked for, as they are; absent where the kernel has none
   */
  public record End(
      Link link,
      String masterName,
      List<Address> addresses,
      List<Route> routes,
      List<BridgeVlan> vlans,
      Map<String, String> sysctls) {
    public End {
      addresses = List.copyOf(addresses);
      routes = List.copyOf(routes);
      vlans = List.copyOf(vlans);
      sysctls = Map.copyOf(sysctls);
    }
  }

  /**
   * Something of the node that is in the way of an address or route of the host end.
   *
   * @param field of the attachment
   * @param network what it asks for
   * @param existing what the node has, in words
   */
  public record Overlap(String field, IpPrefix network, String existing) {}

  /** The same with another target. */
  ObservedAttachment with(Target other) {
    return new ObservedAttachment(
        other, host, container, hostNameTaken, containerNameTaken, bridge, overlaps, strays);
  }

  /**
   * Whose the host end is by its alias; empty where there is no host end, or no mark left on it.
   */
  public Optional<Mark> hostMark() {
    return host == null ? Optional.empty() : Mark.parse(host.link().alias());
  }
}
