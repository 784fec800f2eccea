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
 * @param info its kind, and what the kind says of itself
 * @param mac null for links without an Ethernet address
 * @param mtu bytes
 * @param flags the bits {@code IFF_*} of linux/if.h; see {@link #up} and its neighbours
 * @param operState as RFC 2863 has it
 * @param master the ifindex of the link that this one is a port of; 0 for none
 * @param peer of a veth, the ifindex of the other end in that end's namespace; of a link on top of
 *     another, that of the lower one; 0 where the kernel does not tell
 * @param peerNsid the number by which this namespace knows the other end's; -1 when the other end
 *     is in this namespace, or for links that are no pair
 * @param group 0 unless someone set it
 * @param ipv6Disabled {@code disable_ipv6}; true also where IPv6 is not there at all
 * @param acceptRa {@code accept_ra}: 0 to 2
 * @param port what a bridge says of this port; null where the master is none
 * @param limits what few ask for
 * @param stats null where the kernel counts nothing
 */
public record Link(
    int index,
    String name,
    List<String> altnames,
    String alias,
    LinkKind info,
    @Nullable MacAddress mac,
    int mtu,
    int flags,
    OperState operState,
    int master,
    int peer,
    int peerNsid,
    int group,
    boolean ipv6Disabled,
    int acceptRa,
    @Nullable Port port,
    Limits limits,
    @Nullable Stats stats) {

  public Link {
    altnames = List.copyOf(altnames);
  }

  /** RFC 2863, in the order of {@code IF_OPER_UNKNOWN} and its successors (linux/if.h). */
  public enum OperState {
    /** Its driver does not say, as of lo. */
    UNKNOWN,
    /** Hardware is missing. */
    NOT_PRESENT,
    /** It is set down, or has no carrier. */
    DOWN,
    /** A link that it stands on is down, such as the other end of a veth pair. */
    LOWER_LAYER_DOWN,
    /** It is being tested. */
    TESTING,
    /** It waits for something outside, such as authentication. */
    DORMANT,
    /** It can carry packets. */
    UP;

    private static final OperState[] ALL = values();

    static OperState of(int number) {
      return number >= 0 && number < ALL.length ? ALL[number] : UNKNOWN;
    }
  }

  /**
   * Settings of a bridge port.
   *
   * @param hairpin whether frames go back through the port they came in by
   * @param isolated whether it cannot reach other isolated ports
   * @param learning whether the bridge remembers senders that it sees here
   * @param guard whether the port is shut when it receives a BPDU
   */
  public record Port(boolean hairpin, boolean isolated, boolean learning, boolean guard) {
    /** What a link is that has just become a port. */
    public static final Port DEFAULT = new Port(false, false, true, false);
  }

  /**
   * How much a link takes at once.
   *
   * @param txQueueLength packets that wait to be sent
   * @param gsoMaxSize bytes of a packet that is cut up on sending
   * @param gsoMaxSegs pieces of one such packet
   * @param groMaxSize bytes of a packet that is put together on receiving; 0 before Linux 5.19
   * @param promiscuity how many, a bridge among them, want to see every frame
   */
  public record Limits(
      int txQueueLength, int gsoMaxSize, int gsoMaxSegs, int groMaxSize, int promiscuity) {
    /** Of a link that tells none. */
    public static final Limits NONE = new Limits(0, 0, 0, 0, 0);
  }

  /**
   * What was received (rx) and sent (tx) since the link was made, as {@code ip -s link} shows it.
   *
   * @param rxBytes headers included
   * @param txBytes headers included
   * @param rxDropped received well and thrown away, for there was no room or nobody to take it
   * @param multicast packets received that were sent to a group
   * @see <a href="https://docs.kernel.org/networking/statistics.html">the kernel's page of them</a>
   */
  public record Stats(
      long rxPackets,
      long txPackets,
      long rxBytes,
      long txBytes,
      long rxErrors,
      long txErrors,
      long rxDropped,
      long txDropped,
      long multicast) {
    /** Nothing yet. */
    public static final Stats ZERO = new Stats(0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** As {@code ip -d link} names it, such as {@code veth}; empty for physical links and lo. */
  public String kind() {
    return info.name();
  }

  /** What a bridge says of itself; null for other kinds. */
  public LinkKind.@Nullable Bridge bridge() {
    return info instanceof LinkKind.Bridge bridge ? bridge : null;
  }

  /** Whether it is set up, whatever its carrier. */
  public boolean up() {
    return (flags & IFF_UP) != 0;
  }

  /** Whether it was told to take every frame; what else makes it is in {@link Limits}. */
  public boolean promiscuous() {
    return (flags & IFF_PROMISC) != 0;
  }

  /** Whether it was told to take the frames of every group. */
  public boolean allMulticast() {
    return (flags & IFF_ALLMULTI) != 0;
  }

  /** Whether neighbours are not asked for their MAC addresses, by ARP or neighbour discovery. */
  public boolean noArp() {
    return (flags & IFF_NOARP) != 0;
  }

  /** Whether it is an end of a veth pair. */
  public boolean isVeth() {
    return kind().equals("veth");
  }

  /** Whether it is the namespace's {@code lo}. */
  public boolean isLoopback() {
    return name.equals("lo") && kind().isEmpty();
  }

  /** The alternative name that begins so. */
  public Optional<String> altname(String prefix) {
    return altnames.stream().filter(altname -> altname.startsWith(prefix)).findFirst();
  }
}
