package io.netattach.cni;

import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.VethPair;
import java.util.List;
import java.util.Objects;

/**
 * What a CNI plugin prints when it has added a container to a network.
 *
 * @param version which specification {@link #toJson} follows
 * @param dns {@link CniDns#NONE} where nothing is said
 * @see <a href="https://www.cni.dev/docs/spec/#add-success">the CNI specification</a>
 */
public record CniResult(
    CniVersion version,
    List<CniInterface> interfaces,
    List<CniIp> ips,
    List<CniRoute> routes,
    CniDns dns) {

  public CniResult {
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(dns, "dns");
    interfaces = List.copyOf(interfaces);
    ips = List.copyOf(ips);
    routes = List.copyOf(routes);
    for (CniIp ip : ips) {
      Integer index = ip.interfaceIndex();
      if (index != null && index >= interfaces.size()) {
        throw new IllegalArgumentException(
            "address "
                + ip.address()
                + " is of interface "
                + index
                + ", but of those there are "
                + interfaces.size()
                + ", counted from 0");
      }
    }
  }

  /**
   * The two ends of a pair: interface 0 is the host's, 1 the container's.
   *
   * @param sandbox the path by which others open the container's namespace, such as /run/netns/NAME
   */
  public static CniResult of(VethPair pair, String sandbox) {
    return new CniResult(
        CniVersion.V1_1_0,
        List.of(of(pair.host(), ""), of(pair.container(), sandbox)),
        List.of(),
        List.of(),
        CniDns.NONE);
  }

  private static CniInterface of(VethPair.End end, String sandbox) {
    return CniInterface.of(end.name(), end.mac(), end.mtu(), sandbox);
  }

  /**
   * The two ends of a pair with the addresses and routes that the kernel has of the container's
   * end, link-local addresses and routes of the kernel's own making left out. Routes are those of
   * the main table that have one hop.
   *
   * @param container the namespace of the container's end; stays open
   * @throws NetlinkException when the kernel cannot be read
   */
  public static CniResult read(VethPair pair, String sandbox, Netns container) {
    return KernelState.of(container, pair.container().index()).addTo(of(pair, sandbox), 1);
  }

  /**
   * Reads what a plugin printed. Fields that the version does not know are passed over.
   *
   * @throws CniFormatException with a sentence when a field has a wrong value, one that must be
   *     there is not, the version is another than those of {@link CniVersion}, or the plugin says
   *     that it failed, which {@link CniError} reads
   */
  public static CniResult fromJson(String json) {
    return ResultReader.read(json);
  }

  /** The same result by another specification. */
  public CniResult withVersion(CniVersion other) {
    return new CniResult(other, interfaces, ips, routes, dns);
  }

  /**
   * The result of a plugin that only handed out addresses, completed with interfaces.
   *
   * @param ofAddresses which of them gets the addresses that are of no interface yet, from 0
   * @throws IllegalArgumentException when there is no such interface
   */
  public CniResult withInterfaces(List<CniInterface> other, int ofAddresses) {
    List<CniIp> theirs =
        ips.stream()
            .map(ip ->
                ip.interfaceIndex() == null
                    ? new CniIp(ip.address(), ip.gateway(), ofAddresses)
                    : ip)
            .toList();
    return new CniResult(version, other, theirs, routes, dns);
  }

  /** With these addresses instead of its own. */
  public CniResult withIps(List<CniIp> other) {
    return new CniResult(version, interfaces, other, routes, dns);
  }

  /** With these routes instead of its own. */
  public CniResult withRoutes(List<CniRoute> other) {
    return new CniResult(version, interfaces, ips, other, dns);
  }

  /** With that name resolution instead of its own. */
  public CniResult withDns(CniDns other) {
    return new CniResult(version, interfaces, ips, routes, other);
  }

  /** The JSON text of this result, in one line; what its version does not know is left out. */
  public String toJson() {
    return ResultWriter.write(this);
  }

  /**
   * Gives an interface its addresses of this result, sets it up and adds the routes. IPv6 addresses
   * are used at once, without duplicate address detection; where one is given and IPv6 is disabled
   * on the interface, it is enabled. A route without gateway takes that of the interface's first
   * address of its family that has one, unless its scope is link or narrower.
   *
   * <p>When the kernel refuses anything, what was done is taken back. Needs CAP_NET_ADMIN in the
   * namespace and CAP_SYS_ADMIN.
   *
   * @param netns the namespace that the interface is in; stays open
   * @param name of an interface of this result; of two that share it the one with a sandbox
   * @throws IllegalArgumentException when this result or the namespace has no such interface;
   *     nothing has been done then
   * @throws NetlinkException when the kernel refuses, or does not answer in time: then what was
   *     done is not known and stays
   */
  public void configure(Netns netns, InterfaceName name) {
    Configuration.of(this, name).apply(netns);
  }
}
