package io.netattach.netlink;

import static io.netattach.netlink.LinuxFibRules.*;
import static io.netattach.netlink.LinuxNetlink.AF_INET;
import static io.netattach.netlink.LinuxNetlink.AF_INET6;

import org.jspecify.annotations.Nullable;

/** Reads the kernel's messages about rules. */
final class RuleParser {
  private static final int FIB_RULE_HDR = 12;

  private final RuleSelector.Builder selector = RuleSelector.builder();
  private @Nullable IpAddress from;
  private @Nullable IpAddress to;
  private @Nullable Long mark;
  private @Nullable Long mask;
  private long priority;
  private long target;
  private int table;
  private boolean vrf;
  private int suppressPrefixLength = -1;
  private int suppressGroup = -1;
  private int protocol;

  private RuleParser() {}

  /** Null for the rules of multicast routing. */
  static @Nullable Rule parse(Message message) {
    int family = message.u8(0);
    if (family != AF_INET && family != AF_INET6) {
      return null;
    }
    try {
      return new RuleParser().read(message, family == AF_INET6);
    } catch (IllegalArgumentException e) {
      throw NetlinkException.because("read a rule", String.valueOf(e.getMessage()));
    }
  }

  private Rule read(Message message, boolean v6) {
    table = message.u8(4);
    AttributeReader a = message.attributes(FIB_RULE_HDR);
    while (a.next()) {
      readAttribute(a);
    }
    IpPrefix toNetwork = network(to, message.u8(1));
    if (toNetwork != null) {
      selector.to(toNetwork);
    }
    IpPrefix fromNetwork = network(from, message.u8(2));
    if (fromNetwork != null) {
      selector.from(fromNetwork);
    }
    if (mark != null || mask != null) {
      long value = mark == null ? 0 : mark;
      selector.mark(value, mask == null ? 0xffff_ffffL : mask);
    }
    selector.tos(message.u8(3)).inverted((message.u32(8) & FIB_RULE_INVERT) != 0);
    return new Rule(
        v6,
        priority,
        selector.build(),
        action(message.u8(7)),
        suppressPrefixLength,
        suppressGroup,
        protocol);
  }

  private void readAttribute(AttributeReader a) {
    switch (a.type()) {
      case FRA_DST -> to = a.address();
      case FRA_SRC -> from = a.address();
      case FRA_IIFNAME -> selector.iif(a.text());
      case FRA_OIFNAME -> selector.oif(a.text());
      case FRA_GOTO -> target = Integer.toUnsignedLong(a.u32());
      case FRA_PRIORITY -> priority = Integer.toUnsignedLong(a.u32());
      case FRA_FWMARK -> mark = Integer.toUnsignedLong(a.u32());
      case FRA_FWMASK -> mask = Integer.toUnsignedLong(a.u32());
      // The kernel says -1 for none; below, it would never suppress either.
      case FRA_SUPPRESS_PREFIXLEN -> suppressPrefixLength = Math.max(-1, a.u32());
      case FRA_SUPPRESS_IFGROUP -> suppressGroup = Math.max(-1, a.u32());
      case FRA_TABLE -> table = a.u32();
      case FRA_L3MDEV -> vrf = a.u8() != 0;
      case FRA_UID_RANGE ->
          selector.uids(Integer.toUnsignedLong(a.u32(0)), Integer.toUnsignedLong(a.u32(4)));
      case FRA_PROTOCOL -> protocol = a.u8();
      case FRA_IP_PROTO -> selector.ipProtocol(a.u8());
      case FRA_SPORT_RANGE -> selector.sourcePorts(a.u16(0), a.u16(2));
      case FRA_DPORT_RANGE -> selector.destinationPorts(a.u16(0), a.u16(2));
      default -> {}
    }
  }

  private static @Nullable IpPrefix network(@Nullable IpAddress address, int length) {
    if (length == 0) {
      return null;
    }
    if (address == null) {
      throw new IllegalArgumentException("a prefix length without an address");
    }
    return new IpPrefix(address, length);
  }

  private RuleAction action(int number) {
    return switch (number) {
      case FR_ACT_TO_TBL -> vrf ? new RuleAction.LookupVrf() : new RuleAction.Lookup(table);
      case FR_ACT_GOTO -> new RuleAction.Goto(target);
      case FR_ACT_NOP -> new RuleAction.Nop();
      case FR_ACT_BLACKHOLE -> new RuleAction.Blackhole();
      case FR_ACT_UNREACHABLE -> new RuleAction.Unreachable();
      case FR_ACT_PROHIBIT -> new RuleAction.Prohibit();
      default -> new RuleAction.Other(number);
    };
  }
}
