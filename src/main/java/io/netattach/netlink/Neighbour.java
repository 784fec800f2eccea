package io.netattach.netlink;

import static io.netattach.netlink.LinuxNeighbour.*;
import static io.netattach.netlink.LinuxNetlink.AF_INET;
import static io.netattach.netlink.LinuxNetlink.AF_INET6;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which MAC address an IP address on a link has (ARP for IPv4, neighbour discovery for IPv6), or
 * that this machine answers for it: as asked for or as the kernel reports it.
 *
 * @param link the ifindex
 * @param address the neighbour's
 * @param mac null where it is not known, is not one of Ethernet, or the entry is a proxy
 * @param state how far it is to be believed; {@link State#NONE} for a proxy
 * @param flags {@code NTF_*} of linux/neighbour.h, 0 to 255
 * @param protocol who made it ({@code RTPROT_*}); 0 for not said
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-neighbour.8.html">ip-neighbour(8)</a>
 */
public record Neighbour(
    int link, IpAddress address, @Nullable MacAddress mac, State state, int flags, int protocol) {
  /** This machine answers on the link for an address that is elsewhere. */
  public static final int NTF_PROXY = 1 << 3;

  /** Made by a control plane: the kernel neither expires it nor counts it against its limits. */
  public static final int NTF_EXT_LEARNED = 1 << 4;

  /** An IPv6 router. */
  public static final int NTF_ROUTER = 1 << 7;

  /** The states of an entry: {@code NUD_*} of linux/neighbour.h. */
  public enum State {
    /** Just made, or a proxy. */
    NONE(0),
    /** Asked for, no answer yet. */
    INCOMPLETE(0x01),
    /** Confirmed a short while ago. */
    REACHABLE(0x02),
    /** To be confirmed when it is used. */
    STALE(0x04),
    /** Used, about to be confirmed. */
    DELAY(0x08),
    /** Being confirmed. */
    PROBE(0x10),
    /** No answer came. */
    FAILED(0x20),
    /** Needs no confirmation; may be removed to make room. */
    NOARP(0x40),
    /** Stays until it is deleted. */
    PERMANENT(0x80);

    private final int number;

    State(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    /** Of several bits, which the kernel keeps as they were set, the highest is the firmest. */
    static State of(int number) {
      for (State state : values()) {
        if (state.number == Integer.highestOneBit(number)) {
          return state;
        }
      }
      throw NetlinkException.because("read a neighbour", "no state has number " + number);
    }
  }

  public Neighbour {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(state, "state");
    if (flags < 0 || flags > 255 || protocol < 0 || protocol > 255) {
      throw new IllegalArgumentException(
          "flags and protocol are within 0 to 255, not " + flags + " and " + protocol);
    }
  }

  /** One that stays, whatever is heard on the link. */
  public static Neighbour permanent(int link, IpAddress address, MacAddress mac) {
    return new Neighbour(link, address, Objects.requireNonNull(mac, "mac"), State.PERMANENT, 0, 0);
  }

  /**
   * One that this machine answers for. For IPv4, the link's {@code proxy_arp} need not be on; for
   * IPv6, its {@code proxy_ndp} must be.
   */
  public static Neighbour proxy(int link, IpAddress address) {
    return new Neighbour(link, address, null, State.NONE, NTF_PROXY, 0);
  }

  /** In that state. */
  public Neighbour withState(State value) {
    return new Neighbour(link, address, mac, value, flags, protocol);
  }

  /** With these flags instead of its own. */
  public Neighbour withFlags(int value) {
    return new Neighbour(link, address, mac, state, value, protocol);
  }

  /** Made by that protocol, 1 to 255; 0 for not said. */
  public Neighbour withProtocol(int value) {
    return new Neighbour(link, address, mac, state, flags, value);
  }

  /** Whether it has that flag, {@code NTF_*}; of several, one at least. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Null for what is no neighbour of IPv4 or IPv6. */
  static @Nullable Neighbour parse(Message message) {
    int family = message.u8(0);
    if (family != AF_INET && family != AF_INET6) {
      return null;
    }
    IpAddress address = null;
    MacAddress mac = null;
    int protocol = 0;
    AttributeReader a = message.attributes(NDMSG);
    while (a.next()) {
      switch (a.type()) {
        case NDA_DST -> address = a.address();
        case NDA_LLADDR -> mac = a.length() == 6 ? MacAddress.ofBytes(a.bytes()) : null;
        case NDA_PROTOCOL -> protocol = a.u8();
        default -> {}
      }
    }
    if (address == null) {
      throw NetlinkException.because("read a neighbour", "it has no address");
    }
    return new Neighbour(
        message.u32(4), address, mac, State.of(message.u16(8)), message.u8(10), protocol);
  }

  /** As {@code ip neigh} writes it, with the number of the link. */
  @Override
  public String toString() {
    return (has(NTF_PROXY) ? "proxy " : "")
        + address
        + " of link "
        + link
        + (mac == null ? "" : " lladdr " + mac)
        + (has(NTF_ROUTER) ? " router" : "")
        + (has(NTF_EXT_LEARNED) ? " extern_learn" : "")
        + (state == State.NONE ? "" : " " + state.name().toLowerCase(Locale.ROOT));
  }
}
