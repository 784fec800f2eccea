package io.netattach.netlink;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What sort of link one is, with the settings that only this sort has. The same value asks for a
 * link ({@link LinkRequest#add}), changes it ({@link LinkRequest#change}) and is read of it ({@link
 * Link#info}).
 *
 * <p>Constructors throw {@link IllegalArgumentException} for what no kernel takes. A veth is a pair
 * and has its own value, {@link Veth}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-link.8.html">ip-link(8)</a>
 */
public sealed interface LinkKind {
  /** As {@code ip -d link} names it, such as {@code vxlan}; empty for physical links and lo. */
  String name();

  /**
   * A bridge. Its MAC address is the link's own; without one, it takes the lowest of its ports.
   *
   * @param vlanFiltering whether it heeds VLAN tags (CONFIG_BRIDGE_VLAN_FILTERING; {@code
   *     EOPNOTSUPP} without)
   * @param defaultPvid the VLAN that untagged frames of a new port belong to, 1 to 4094; 0 for
   *     none, and where the kernel's bridges know no VLANs
   * @param stp whether it takes part in the spanning tree protocol (IEEE 802.1D)
   * @param ageingTime for how long it remembers where a MAC address was last seen, in whole
   *     hundredths of a second, up to 42949672.95 s; zero makes it flood every frame
   */
  record Bridge(boolean vlanFiltering, int defaultPvid, boolean stp, Duration ageingTime)
      implements LinkKind {
    private static final Duration LONGEST = Duration.ofMillis(0xffff_ffffL * 10);

    /** What the kernel makes unless it is told otherwise: no VLANs, no STP, 300 s. */
    public static final Bridge DEFAULT = new Bridge(false, 1, false, Duration.ofSeconds(300));

    public Bridge {
      if (defaultPvid < 0 || defaultPvid > 4094) {
        throw new IllegalArgumentException(
            "VLAN " + defaultPvid + " is not within 0 to 4094; write 0 for no default VLAN");
      }
      if (ageingTime.isNegative()
          || ageingTime.compareTo(LONGEST) > 0
          || ageingTime.toNanosPart() % 10_000_000 != 0) {
        throw new IllegalArgumentException(
            "an ageing time is 0 to 42949672.95 s in whole hundredths, not " + ageingTime);
      }
    }

    /** One that heeds VLAN tags. */
    public static Bridge filtering(int defaultPvid) {
      return new Bridge(true, defaultPvid, false, DEFAULT.ageingTime);
    }

    /** That takes part in the spanning tree protocol, or not. */
    public Bridge withStp(boolean on) {
      return new Bridge(vlanFiltering, defaultPvid, on, ageingTime);
    }

    /** That remembers MAC addresses for that time, in whole hundredths of a second. */
    public Bridge withAgeingTime(Duration time) {
      return new Bridge(vlanFiltering, defaultPvid, stp, time);
    }

    @Override
    public String name() {
      return "bridge";
    }
  }

  /** A link that swallows what is sent, to hold addresses. */
  record Dummy() implements LinkKind {
    @Override
    public String name() {
      return "dummy";
    }
  }

  /**
   * A link with a MAC address of its own on top of another one.
   *
   * @param lower the ifindex of that other link, in the namespace {@link Link#peerNsid}
   */
  record Macvlan(int lower, Mode mode) implements LinkKind {
    /** Who can be reached ({@code MACVLAN_MODE_*} in linux/if_link.h). */
    public enum Mode {
      /** None of the links on the same lower one. */
      PRIVATE(1),
      /** Those too, by a switch outside that sends frames back. */
      VEPA(2),
      /** Those too, directly. */
      BRIDGE(4),
      /** It has the lower link for itself, and its MAC address. */
      PASSTHRU(8),
      /** Only frames from MAC addresses of a list arrive. */
      SOURCE(16);

      final int number;

      Mode(int number) {
        this.number = number;
      }

      static Mode of(int number) {
        return Arrays.stream(values())
            .filter(mode -> mode.number == number)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("macvlan mode " + number));
      }
    }

    public Macvlan {
      Objects.requireNonNull(mode, "mode");
      checkLower(lower);
    }

    @Override
    public String name() {
      return "macvlan";
    }
  }

  /**
   * A link with the MAC address of another one, told from it by its IP addresses.
   *
   * @param lower the ifindex of that other link, in the namespace {@link Link#peerNsid}
   * @param reach all links on one lower link have the same (Linux 4.15)
   * @see <a href="https://docs.kernel.org/networking/ipvlan.html">the kernel's page of it</a>
   */
  record Ipvlan(int lower, Mode mode, Reach reach) implements LinkKind {
    /** {@code IPVLAN_MODE_*} of linux/if_link.h, in their order; L3S needs netfilter. */
    public enum Mode {
      /** Frames are switched by MAC address; broadcasts and groups arrive. */
      L2,
      /** Packets are routed in the namespace of the lower link; no broadcasts, no groups. */
      L3,
      /** L3, and netfilter sees the packets in both directions, as connection tracking needs. */
      L3S;

      static Mode of(int number) {
        return element(values(), number, "ipvlan mode");
      }
    }

    /** Who can be reached: {@code IPVLAN_F_PRIVATE} and {@code IPVLAN_F_VEPA}, or neither. */
    public enum Reach {
      /** The links on the same lower one, directly. */
      BRIDGE,
      /** None of them. */
      PRIVATE,
      /** Those too, by a switch outside that sends frames back. */
      VEPA;

      static Reach of(int flags) {
        return element(values(), flags, "ipvlan flags");
      }
    }

    public Ipvlan {
      Objects.requireNonNull(mode, "mode");
      Objects.requireNonNull(reach, "reach");
      checkLower(lower);
    }

    @Override
    public String name() {
      return "ipvlan";
    }
  }

  /**
   * One VLAN of another link: frames leave there with a tag and come with it.
   *
   * @param lower the ifindex of that other link, in the namespace {@link Link#peerNsid}
   * @param id 1 to 4094 (IEEE 802.1Q); 0 marks frames that have a priority and no VLAN
   */
  record Vlan(int lower, int id, Protocol protocol) implements LinkKind {
    /** What tags the frames. */
    public enum Protocol {
      /** Customers' VLANs, {@code ETH_P_8021Q}. */
      IEEE_802_1Q(0x8100, "802.1Q"),
      /** Providers' VLANs, {@code ETH_P_8021AD}. */
      IEEE_802_1AD(0x88a8, "802.1ad");

      final int number;
      final String word;

      Protocol(int number, String word) {
        this.number = number;
        this.word = word;
      }

      static Protocol of(int number) {
        return Arrays.stream(values())
            .filter(protocol -> protocol.number == number)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("vlan protocol " + number));
      }
    }

    public Vlan {
      Objects.requireNonNull(protocol, "protocol");
      checkLower(lower);
      if (id < 0 || id > 4094) {
        throw new IllegalArgumentException("VLAN " + id + " does not exist; write 1 to 4094");
      }
    }

    /** With IEEE 802.1Q tags. */
    public Vlan(int lower, int id) {
      this(lower, id, Protocol.IEEE_802_1Q);
    }

    @Override
    public String name() {
      return "vlan";
    }
  }

  /**
   * Ethernet frames in UDP (RFC 7348).
   *
   * @param id the network (VNI), 0 to 16777215
   * @param local where frames are sent from; null lets the routes decide
   * @param remote where frames with an unknown destination go: one host, or a multicast group,
   *     which needs a lower link; null for nowhere
   * @param port UDP, 1 to 65535
   * @param lower the ifindex of the link that frames go out by; 0 lets the routes decide
   * @param learning whether senders are remembered from what arrives
   */
  record Vxlan(
      int id,
      @Nullable IpAddress local,
      @Nullable IpAddress remote,
      int port,
      int lower,
      boolean learning)
      implements LinkKind {
    /** The port that IANA gave it. The kernel's own default, 8472, is older. */
    public static final int PORT = 4789;

    public Vxlan {
      if (id < 0 || id > 0xffffff) {
        throw new IllegalArgumentException("VXLAN " + id + " does not exist; write 0 to 16777215");
      }
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException(
            "UDP port " + port + " does not exist; write 1 to 65535, " + PORT + " by the standard");
      }
      if (lower < 0) {
        throw new IllegalArgumentException("an ifindex is not negative; write 0 for none");
      }
      if (local != null && remote != null && local.isV6() != remote.isV6()) {
        throw new IllegalArgumentException(
            local + " and " + remote + " are of two families; write two of IPv4 or two of IPv6");
      }
      if (local != null && (local.isMulticast() || local.isUnspecified())) {
        throw new IllegalArgumentException(
            local + " is no host's address; write one of this host's, or none");
      }
      if (remote != null && remote.isUnspecified()) {
        throw new IllegalArgumentException(remote + " is no host's address; write null for none");
      }
      if (remote != null && remote.isMulticast() && lower == 0) {
        throw new IllegalArgumentException(
            "group " + remote + " is joined on a link; write its ifindex as lower");
      }
    }

    /** One between two hosts, at the standard port, that learns. */
    public static Vxlan between(int id, IpAddress local, IpAddress remote) {
      return new Vxlan(id, local, remote, PORT, 0, true);
    }

    @Override
    public String name() {
      return "vxlan";
    }
  }

  /**
   * A link to a program, made by opening /dev/net/tun. It can be read only.
   *
   * @param tap whether it carries Ethernet frames instead of IP packets
   * @param owner the user who may open it; -1 for who has CAP_NET_ADMIN only
   * @param group whose members may open it; -1 for none
   * @param persistent whether it stays when the program closes it
   * @param multiQueue whether several descriptors may be open on it
   * @see <a href="https://docs.kernel.org/networking/tuntap.html">the kernel's page of it</a>
   */
  record Tun(boolean tap, long owner, long group, boolean persistent, boolean multiQueue)
      implements LinkKind {
    @Override
    public String name() {
      return "tun";
    }
  }

  /**
   * A kind that has no record of its own here, or one with settings that its record cannot hold.
   *
   * @param data the kernel's attributes ({@code IFLA_INFO_DATA}) as they came; empty for none
   */
  record Other(String name, byte[] data) implements LinkKind {
    private static final byte[] NONE = {};

    static final Other PHYSICAL = new Other("", NONE);
    static final Other VETH = new Other("veth", NONE);

    public Other {
      Objects.requireNonNull(name, "name");
      data = data.length == 0 ? NONE : data.clone();
    }

    /** Without settings. */
    public Other(String name) {
      this(name, NONE);
    }

    @Override
    public byte[] data() {
      return data.length == 0 ? data : data.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Other o && o.name.equals(name) && Arrays.equals(o.data, data);
    }

    @Override
    public int hashCode() {
      return 31 * name.hashCode() + Arrays.hashCode(data);
    }
  }

  private static void checkLower(int lower) {
    if (lower < 1) {
      throw new IllegalArgumentException(
          "an ifindex is 1 and up, not " + lower + "; write that of the link below");
    }
  }

  private static <E> E element(E[] values, int number, String what) {
    if (number < 0 || number >= values.length) {
      throw new IllegalArgumentException(what + " " + number);
    }
    return values[number];
  }
}
