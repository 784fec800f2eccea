package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A link as the kernel reports it.
 *
 * @param index the ifindex, unique within the namespace
 * @param name as the kernel has it, which may be one that {@link InterfaceName} refuses
 * @param altnames alternative names; empty before Linux 5.5
 * @param alias the free text of {@code ip link}; empty where there is none
 * @param kind as {@code ip -d link} names it, such as {@code veth}; empty for physical links and lo
 * @param mac null for links without an Ethernet address
 * @param mtu bytes
 * @param up whether it is set up, whatever its carrier
 * @param operState as RFC 2863 has it
 * @param master the ifindex of the link that this one is a port of; 0 for none
 * @param peer of a veth, the ifindex of the other end in that end's namespace; 0 where the kernel
 *     does not tell
 * @param peerNsid the number by which this namespace knows the other end's; -1 when the other end
 *     is in this namespace, or for links that are no pair
 * @param group 0 unless someone set it
 * @param ipv6Disabled {@code disable_ipv6}; true also where IPv6 is not there at all
 * @param acceptRa {@code accept_ra}: 0 to 2
 * @param bridge what a bridge says of itself; null for other kinds
 * @param port what a bridge says of this port; null where the master is none
 * @param stats null where the kernel counts nothing
 */
public record Link(
    int index,
    String name,
    List<String> altnames,
    String alias,
    String kind,
    @Nullable MacAddress mac,
    int mtu,
    boolean up,
    OperState operState,
    int master,
    int peer,
    int peerNsid,
    int group,
    boolean ipv6Disabled,
    int acceptRa,
    @Nullable Bridge bridge,
    @Nullable Port port,
    @Nullable Stats stats) {

  public Link {
    altnames = List.copyOf(altnames);
  }

  /** RFC 2863, in the order of {@code IF_OPER_UNKNOWN} and its successors (linux/if.h). */
  public enum OperState {
    UNKNOWN,
    NOT_PRESENT,
    DOWN,
    LOWER_LAYER_DOWN,
    TESTING,
    DORMANT,
    UP;

    static OperState of(int number) {
      return number >= 0 && number < values().length ? values()[number] : UNKNOWN;
    }
  }

  /**
   * Settings of a bridge.
   *
   * @param defaultPvid the VLAN that new ports get; 0 for none
   */
  public record Bridge(boolean vlanFiltering, int defaultPvid) {}

  /** Settings of a bridge port. */
  public record Port(boolean hairpin, boolean isolated) {}

  /** Bytes, headers included, received and sent since the link was made. */
  public record Stats(long rxBytes, long txBytes) {}

  public boolean isVeth() {
    return kind.equals("veth");
  }

  public boolean isLoopback() {
    return name.equals("lo") && kind.isEmpty();
  }

  /** The alternative name that begins so. */
  public Optional<String> altname(String prefix) {
    return altnames.stream().filter(altname -> altname.startsWith(prefix)).findFirst();
  }
}
