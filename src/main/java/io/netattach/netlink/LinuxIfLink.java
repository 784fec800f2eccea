package io.netattach.netlink;

/** Constants of linux/if_link.h, linux/if.h, linux/veth.h and linux/if_bridge.h. */
final class LinuxIfLink {
  static final int IFF_UP = 0x1;
  static final int IFF_NOARP = 0x80;
  static final int IFF_PROMISC = 0x100;
  static final int IFF_ALLMULTI = 0x200;

  static final int IFLA_ADDRESS = 1;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_LINK = 5;
  static final int IFLA_MASTER = 10;
  static final int IFLA_TXQLEN = 13;
  static final int IFLA_OPERSTATE = 16;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_IFALIAS = 20;
  static final int IFLA_STATS64 = 23;
  static final int IFLA_AF_SPEC = 26;
  static final int IFLA_GROUP = 27;
  static final int IFLA_NET_NS_FD = 28;
  static final int IFLA_EXT_MASK = 29;
  static final int IFLA_PROMISCUITY = 30;
  static final int IFLA_LINK_NETNSID = 37;
  static final int IFLA_GSO_MAX_SEGS = 40;
  static final int IFLA_GSO_MAX_SIZE = 41;
  static final int IFLA_TARGET_NETNSID = 46;
  static final int IFLA_PROP_LIST = 52;
  static final int IFLA_ALT_IFNAME = 53;
  static final int IFLA_GRO_MAX_SIZE = 58;

  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_INFO_DATA = 2;
  static final int IFLA_INFO_SLAVE_KIND = 4;
  static final int IFLA_INFO_SLAVE_DATA = 5;

  static final int VETH_INFO_PEER = 1;

  static final int IFLA_INET_CONF = 1;
  static final int IFLA_INET6_CONF = 2;

  /** linux/ip.h: {@code IPV4_DEVCONF_PROMOTE_SECONDARIES}. */
  static final int IPV4_DEVCONF_PROMOTE_SECONDARIES = 20;

  /** linux/ipv6.h: positions in the array of {@code IFLA_INET6_CONF}. */
  static final int DEVCONF_ACCEPT_RA = 3;

  static final int DEVCONF_DISABLE_IPV6 = 26;

  static final int IFLA_BR_AGEING_TIME = 4;
  static final int IFLA_BR_STP_STATE = 5;
  static final int IFLA_BR_VLAN_FILTERING = 7;
  static final int IFLA_BR_VLAN_DEFAULT_PVID = 39;

  static final int IFLA_BRPORT_MODE = 4;
  static final int IFLA_BRPORT_GUARD = 5;
  static final int IFLA_BRPORT_LEARNING = 8;
  static final int IFLA_BRPORT_ISOLATED = 33;

  static final int IFLA_MACVLAN_MODE = 1;

  static final int IFLA_IPVLAN_MODE = 1;
  static final int IFLA_IPVLAN_FLAGS = 2;

  static final int IFLA_VLAN_ID = 1;
  static final int IFLA_VLAN_PROTOCOL = 5;

  static final int IFLA_VXLAN_ID = 1;
  static final int IFLA_VXLAN_GROUP = 2;
  static final int IFLA_VXLAN_LINK = 3;
  static final int IFLA_VXLAN_LOCAL = 4;
  static final int IFLA_VXLAN_LEARNING = 7;
  static final int IFLA_VXLAN_PORT = 15;
  static final int IFLA_VXLAN_GROUP6 = 16;
  static final int IFLA_VXLAN_LOCAL6 = 17;

  static final int IFLA_TUN_OWNER = 1;
  static final int IFLA_TUN_GROUP = 2;
  static final int IFLA_TUN_TYPE = 3;
  static final int IFLA_TUN_PERSIST = 6;
  static final int IFLA_TUN_MULTI_QUEUE = 7;

  /** linux/if_tun.h: the other {@code IFLA_TUN_TYPE} is IFF_TUN, 1. */
  static final int IFF_TAP = 2;

  static final int IFLA_BRIDGE_FLAGS = 0;
  static final int IFLA_BRIDGE_VLAN_INFO = 2;
  static final int BRIDGE_FLAGS_SELF = 2;
  static final int BRIDGE_VLAN_INFO_PVID = 1 << 1;
  static final int BRIDGE_VLAN_INFO_UNTAGGED = 1 << 2;

  static final int BRIDGE_VLANDB_ENTRY = 1;
  static final int BRIDGE_VLANDB_ENTRY_INFO = 1;
  static final int BRIDGE_VLANDB_ENTRY_RANGE = 2;

  private LinuxIfLink() {}
}
