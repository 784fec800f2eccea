package io.netattach.netlink;

/** Constants of linux/rtnetlink.h, linux/if_addr.h and linux/net_namespace.h. */
final class LinuxRtnetlink {
  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_SETLINK = 19;
  static final int RTM_NEWADDR = 20;
  static final int RTM_DELADDR = 21;
  static final int RTM_GETADDR = 22;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_GETROUTE = 26;
  static final int RTM_NEWNEIGH = 28;
  static final int RTM_DELNEIGH = 29;
  static final int RTM_GETNEIGH = 30;
  static final int RTM_NEWRULE = 32;
  static final int RTM_DELRULE = 33;
  static final int RTM_GETRULE = 34;
  static final int RTM_NEWNSID = 88;
  static final int RTM_DELNSID = 89;
  static final int RTM_GETNSID = 90;
  static final int RTM_NEWLINKPROP = 108;
  static final int RTM_DELLINKPROP = 109;
  static final int RTM_GETVLAN = 114;

  static final int RTNLGRP_LINK = 1;
  static final int RTNLGRP_NEIGH = 3;
  static final int RTNLGRP_IPV4_IFADDR = 5;
  static final int RTNLGRP_IPV4_ROUTE = 7;
  static final int RTNLGRP_IPV4_RULE = 8;
  static final int RTNLGRP_IPV6_IFADDR = 9;
  static final int RTNLGRP_IPV6_ROUTE = 11;
  static final int RTNLGRP_IPV6_RULE = 19;
  static final int RTNLGRP_NSID = 28;

  static final int RTEXT_FILTER_SKIP_STATS = 1 << 3;

  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int IFA_LABEL = 3;
  static final int IFA_BROADCAST = 4;
  static final int IFA_CACHEINFO = 6;
  static final int IFA_FLAGS = 8;
  static final int IFA_RT_PRIORITY = 9;
  static final int IFA_PROTO = 11;

  static final int RTA_DST = 1;
  static final int RTA_SRC = 2;
  static final int RTA_IIF = 3;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_PREFSRC = 7;
  static final int RTA_METRICS = 8;
  static final int RTA_MULTIPATH = 9;
  static final int RTA_TABLE = 15;
  static final int RTA_MARK = 16;
  static final int RTA_VIA = 18;

  static final int RTAX_LOCK = 1;
  static final int RTAX_MTU = 2;
  static final int RTAX_ADVMSS = 8;

  static final int RTNH_F_ONLINK = 4;
  static final int RTM_F_CLONED = 0x200;
  static final int RTM_F_LOOKUP_TABLE = 0x1000;
  static final int RTM_F_FIB_MATCH = 0x2000;

  static final int NETNSA_NSID = 1;
  static final int NETNSA_FD = 3;

  private LinuxRtnetlink() {}
}
