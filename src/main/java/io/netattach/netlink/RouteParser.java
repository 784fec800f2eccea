package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.AF_INET;
import static io.netattach.netlink.LinuxNetlink.AF_INET6;
import static io.netattach.netlink.LinuxNetlink.align;
import static io.netattach.netlink.LinuxRtnetlink.*;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the kernel's messages about routes. */
final class RouteParser {
  private static final int RTMSG = 12;
  private static final int RTNEXTHOP = 8;

  private IpAddress to;
  private @Nullable IpAddress via;
  private @Nullable IpAddress source;
  private int link;
  private long metric;
  private int table;
  private RouteMetrics metrics = RouteMetrics.NONE;
  private List<RouteHop> hops = List.of();

  private RouteParser(boolean v6) {
    this.to = IpAddress.unspecified(v6);
  }

  /**
   * Null for what is not an IP route, for the cache's, and for those that only packets of one type
   * of service or from one network take: the value cannot say so and would be another route.
   */
  static @Nullable Route parse(Message message) {
    boolean forSome = message.u8(2) != 0 || message.u8(3) != 0;
    boolean cached = (message.u32(8) & RTM_F_CLONED) != 0;
    return cached || forSome ? null : parseAny(message);
  }

  /** Null for what is not an IP route. */
  static @Nullable Route parseAny(Message message) {
    int family = message.u8(0);
    if (family != AF_INET && family != AF_INET6) {
      return null;
    }
    try {
      return new RouteParser(family == AF_INET6).read(message, family == AF_INET6);
    } catch (IllegalArgumentException e) {
      throw NetlinkException.because("read a route", String.valueOf(e.getMessage()));
    }
  }

  private Route read(Message message, boolean v6) {
    int length = message.u8(1);
    table = message.u8(4);
    boolean onLink = (message.u32(8) & RTNH_F_ONLINK) != 0;
    AttributeReader a = message.attributes(RTMSG);
    while (a.next()) {
      readAttribute(a);
    }
    if (length > to.bits() || to.isV6() != v6) {
      throw NetlinkException.because("read a route", "its destination is not an IP prefix");
    }
    if (hops.size() == 1) {
      RouteHop hop = hops.getFirst();
      via = hop.via();
      link = hop.link();
      onLink |= hop.onLink();
      hops = List.of();
    }
    return new Route(
        new IpPrefix(to, length),
        via,
        link,
        metric,
        table,
        message.u8(5),
        message.u8(6),
        message.u8(7),
        source,
        onLink,
        metrics,
        hops);
  }

  private void readAttribute(AttributeReader a) {
    switch (a.type()) {
      case RTA_DST -> to = a.address();
      case RTA_GATEWAY -> via = a.address();
      case RTA_VIA -> via = via(a);
      case RTA_OIF -> link = a.u32();
      case RTA_PRIORITY -> metric = a.u32() & 0xffff_ffffL;
      case RTA_TABLE -> table = a.u32();
      case RTA_PREFSRC -> source = a.address();
      case RTA_METRICS -> metrics = metrics(a.nested());
      case RTA_MULTIPATH -> hops = hops(a);
      default -> {}
    }
  }

  /** {@code struct rtvia}: a family of two bytes, which the length of the address says again. */
  private static IpAddress via(AttributeReader a) {
    byte[] bytes = a.bytes();
    if (bytes.length < 2) {
      throw NetlinkException.because("read a route", "a gateway without a family");
    }
    byte[] address = new byte[bytes.length - 2];
    System.arraycopy(bytes, 2, address, 0, address.length);
    return IpAddress.ofBytes(address);
  }

  private static RouteMetrics metrics(AttributeReader a) {
    int mtu = 0;
    int advmss = 0;
    boolean locked = false;
    while (a.next()) {
      switch (a.type()) {
        case RTAX_LOCK -> locked = (a.u32() & 1 << RTAX_MTU) != 0;
        case RTAX_MTU -> mtu = a.u32();
        case RTAX_ADVMSS -> advmss = a.u32();
        default -> {}
      }
    }
    return new RouteMetrics(mtu, locked, advmss);
  }

  /** An array of {@code struct rtnexthop}, each with attributes behind it. */
  private static List<RouteHop> hops(AttributeReader a) {
    List<RouteHop> hops = new ArrayList<>();
    int start = 0;
    while (a.length() - start >= RTNEXTHOP) {
      int size = a.u16(start);
      if (size < RTNEXTHOP || size > a.length() - start) {
        throw NetlinkException.because("read a route", "a hop of " + size + " bytes");
      }
      IpAddress via = null;
      AttributeReader hop = a.attributes(start + RTNEXTHOP, start + size);
      while (hop.next()) {
        switch (hop.type()) {
          case RTA_GATEWAY -> via = hop.address();
          case RTA_VIA -> via = via(hop);
          default -> {}
        }
      }
      boolean onLink = (a.u8(start + 2) & RTNH_F_ONLINK) != 0;
      hops.add(new RouteHop(via, a.u32(start + 4), a.u8(start + 3) + 1, onLink));
      start += align(size);
    }
    return hops;
  }
}
