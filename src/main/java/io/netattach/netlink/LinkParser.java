package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;
import static io.netattach.netlink.LinuxNetlink.*;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one RTM_NEWLINK; attributes that it does not know are passed over. */
final class LinkParser {
  private static final int IFINFOMSG = 16;

  private final int index;
  private final int ifFlags;
  private String name = "";
  private final List<String> altnames = new ArrayList<>();
  private String alias = "";
  private String kind = "";
  private String masterKind = "";
  private @Nullable MacAddress mac;
  private int mtu;
  private int operState;
  private int master;
  private int peer;
  private int peerNsid = -1;
  private int group;
  private boolean ipv6Disabled = true;
  private int acceptRa;
  private LinkKind info = LinkKind.Other.PHYSICAL;
  private int txQueueLength;
  private int gsoMaxSize;
  private int gsoMaxSegs;
  private int groMaxSize;
  private int promiscuity;
  private Link.@Nullable Port port;
  private Link.@Nullable Stats stats;

  private LinkParser(Message message) {
    index = message.u32(4);
    ifFlags = message.u32(8);
    @Nullable AttributeReader linkInfo = null;
    AttributeReader a = message.attributes(IFINFOMSG);
    while (a.next()) {
      switch (a.type()) {
        case IFLA_IFNAME -> name = a.text();
        case IFLA_IFALIAS -> alias = a.text();
        case IFLA_ADDRESS -> mac = a.length() == 6 ? MacAddress.ofBytes(a.bytes()) : null;
        case IFLA_MTU -> mtu = a.u32();
        case IFLA_OPERSTATE -> operState = a.u8();
        case IFLA_MASTER -> master = a.u32();
        case IFLA_LINK -> peer = a.u32();
        case IFLA_LINK_NETNSID -> peerNsid = a.u32();
        case IFLA_GROUP -> group = a.u32();
        case IFLA_PROP_LIST -> readProperties(a.nested());
        case IFLA_LINKINFO -> linkInfo = a.nested();
        case IFLA_AF_SPEC -> readFamilies(a.nested());
        case IFLA_STATS64 -> stats = readStats(a);
        case IFLA_TXQLEN -> txQueueLength = a.u32();
        case IFLA_GSO_MAX_SIZE -> gsoMaxSize = a.u32();
        case IFLA_GSO_MAX_SEGS -> gsoMaxSegs = a.u32();
        case IFLA_GRO_MAX_SIZE -> groMaxSize = a.u32();
        case IFLA_PROMISCUITY -> promiscuity = a.u32();
        default -> {}
      }
    }
    // Last, for some kinds are told by IFLA_LINK, too.
    if (linkInfo != null) {
      readInfo(linkInfo);
    }
  }

  static Link parse(Message message) {
    LinkParser p = new LinkParser(message);
    return new Link(
        p.index,
        p.name,
        p.altnames,
        p.alias,
        p.info,
        p.mac,
        p.mtu,
        p.ifFlags,
        Link.OperState.of(p.operState),
        p.master,
        p.peer,
        p.peerNsid,
        p.group,
        p.ipv6Disabled,
        p.acceptRa,
        p.port,
        new Link.Limits(p.txQueueLength, p.gsoMaxSize, p.gsoMaxSegs, p.groMaxSize, p.promiscuity),
        p.stats);
  }

  private void readProperties(AttributeReader a) {
    while (a.next()) {
      if (a.type() == IFLA_ALT_IFNAME) {
        altnames.add(a.text());
      }
    }
  }

  /** The kernel writes each kind before its data. */
  private void readInfo(AttributeReader a) {
    while (a.next()) {
      switch (a.type()) {
        case IFLA_INFO_KIND -> {
          kind = a.text();
          info = LinkKindParser.parse(kind);
        }
        case IFLA_INFO_SLAVE_KIND -> masterKind = a.text();
        case IFLA_INFO_DATA -> info = LinkKindParser.parse(kind, peer, a);
        case IFLA_INFO_SLAVE_DATA -> {
          if (masterKind.equals("bridge")) {
            port = readPort(a.nested());
          }
        }
        default -> {}
      }
    }
  }

  private static Link.Port readPort(AttributeReader a) {
    boolean hairpin = false;
    boolean isolated = false;
    boolean learning = false;
    boolean guard = false;
    while (a.next()) {
      switch (a.type()) {
        case IFLA_BRPORT_MODE -> hairpin = a.u8() != 0;
        case IFLA_BRPORT_ISOLATED -> isolated = a.u8() != 0;
        case IFLA_BRPORT_LEARNING -> learning = a.u8() != 0;
        case IFLA_BRPORT_GUARD -> guard = a.u8() != 0;
        default -> {}
      }
    }
    return new Link.Port(hairpin, isolated, learning, guard);
  }

  /** {@code struct rtnl_link_stats64}. */
  private static Link.Stats readStats(AttributeReader a) {
    return new Link.Stats(
        a.u64(0), a.u64(8), a.u64(16), a.u64(24), a.u64(32), a.u64(40), a.u64(48), a.u64(56),
        a.u64(64));
  }

  private void readFamilies(AttributeReader family) {
    while (family.next()) {
      if (family.type() == AF_INET6) {
        AttributeReader a = family.nested();
        while (a.next()) {
          if (a.type() == IFLA_INET6_CONF) {
            acceptRa = a.u32(4 * DEVCONF_ACCEPT_RA);
            ipv6Disabled = a.u32(4 * DEVCONF_DISABLE_IPV6) != 0;
          }
        }
      }
    }
  }
}
