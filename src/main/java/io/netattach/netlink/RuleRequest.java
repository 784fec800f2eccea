package io.netattach.netlink;

import static io.netattach.netlink.LinuxFibRules.*;
import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.RTM_DELRULE;
import static io.netattach.netlink.LinuxRtnetlink.RTM_GETRULE;
import static io.netattach.netlink.LinuxRtnetlink.RTM_NEWRULE;

import org.jspecify.annotations.Nullable;

/**
 * A request about a rule of policy routing, as {@code ip rule} makes them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-rule.8.html">ip-rule(8)</a>
 */
public final class RuleRequest extends Request {
  private final int addressFamily;
  private final int toLength;
  private final int fromLength;
  private final int tos;
  private final int action;
  private final int ruleFlags;

  private RuleRequest(int type, int flags, Rule rule, String words) {
    super(type, flags, words);
    RuleSelector selector = rule.selector();
    this.addressFamily = rule.isV6() ? AF_INET6 : AF_INET;
    this.toLength = length(selector.to());
    this.fromLength = length(selector.from());
    this.tos = selector.tos();
    this.action = number(rule.action());
    this.ruleFlags = selector.inverted() ? FIB_RULE_INVERT : 0;
    add(w -> writeSelector(w, selector));
    add(w -> writeAction(w, rule.action()));
    add(w -> writeRest(w, rule));
  }

  private RuleRequest(boolean v6) {
    super(RTM_GETRULE, 0, "list IPv" + (v6 ? 6 : 4) + " rules");
    this.addressFamily = v6 ? AF_INET6 : AF_INET;
    this.toLength = 0;
    this.fromLength = 0;
    this.tos = 0;
    this.action = 0;
    this.ruleFlags = 0;
  }

  static RuleRequest dump(boolean v6) {
    return new RuleRequest(v6);
  }

  /**
   * Adds a rule; {@code EEXIST} when one that agrees in everything is there. Rules may share a
   * priority: they are tried in the order in which they came.
   */
  public static RuleRequest add(Rule rule) {
    return new RuleRequest(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule, "add rule " + rule);
  }

  /**
   * Removes the first rule that agrees in all that is given; {@code ENOENT} when there is none.
   *
   * <p>The kernel does not compare what is left out: a rule without {@code from} takes one with it,
   * and one without priority that of the lowest. Give the priority, or the rule as it was read.
   */
  public static RuleRequest delete(Rule rule) {
    return new RuleRequest(RTM_DELRULE, 0, rule, "delete rule " + rule);
  }

  private static int length(@Nullable IpPrefix network) {
    return network == null ? 0 : network.length();
  }

  private static int number(RuleAction action) {
    return switch (action) {
      case RuleAction.Lookup lookup -> FR_ACT_TO_TBL;
      case RuleAction.LookupVrf vrf -> FR_ACT_TO_TBL;
      case RuleAction.Goto to -> FR_ACT_GOTO;
      case RuleAction.Nop nop -> FR_ACT_NOP;
      case RuleAction.Blackhole blackhole -> FR_ACT_BLACKHOLE;
      case RuleAction.Unreachable unreachable -> FR_ACT_UNREACHABLE;
      case RuleAction.Prohibit prohibit -> FR_ACT_PROHIBIT;
      case RuleAction.Other(int number) -> number;
    };
  }

  private static void writeSelector(MessageWriter w, RuleSelector selector) {
    if (selector.to() != null) {
      w.attribute(FRA_DST, selector.to().address().bytes());
    }
    if (selector.from() != null) {
      w.attribute(FRA_SRC, selector.from().address().bytes());
    }
    if (selector.iif() != null) {
      w.attribute(FRA_IIFNAME, selector.iif());
    }
    if (selector.oif() != null) {
      w.attribute(FRA_OIFNAME, selector.oif());
    }
    if (selector.mark() != null) {
      w.u32(FRA_FWMARK, (int) selector.mark().value());
      w.u32(FRA_FWMASK, (int) selector.mark().mask());
    }
    if (selector.uids() != null) {
      w.u32Pair(FRA_UID_RANGE, (int) selector.uids().first(), (int) selector.uids().last());
    }
    if (selector.ipProtocol() != 0) {
      w.u8(FRA_IP_PROTO, selector.ipProtocol());
    }
    writePorts(w, FRA_SPORT_RANGE, selector.sourcePorts());
    writePorts(w, FRA_DPORT_RANGE, selector.destinationPorts());
  }

  private static void writePorts(MessageWriter w, int type, RuleSelector.@Nullable Ports ports) {
    if (ports != null) {
      w.u16Pair(type, ports.first(), ports.last());
    }
  }

  private static void writeAction(MessageWriter w, RuleAction action) {
    switch (action) {
      case RuleAction.Lookup(int table) -> w.u32(FRA_TABLE, table);
      case RuleAction.LookupVrf vrf -> w.u8(FRA_L3MDEV, 1);
      case RuleAction.Goto(long priority) -> w.u32(FRA_GOTO, (int) priority);
      case RuleAction.Nop nop -> {}
      case RuleAction.Blackhole blackhole -> {}
      case RuleAction.Unreachable unreachable -> {}
      case RuleAction.Prohibit prohibit -> {}
      case RuleAction.Other other -> {}
    }
  }

  private static void writeRest(MessageWriter w, Rule rule) {
    Long priority = rule.priority();
    if (priority != null) {
      w.u32(FRA_PRIORITY, priority.intValue());
    }
    if (rule.suppressPrefixLength() >= 0) {
      w.u32(FRA_SUPPRESS_PREFIXLEN, rule.suppressPrefixLength());
    }
    if (rule.suppressGroup() >= 0) {
      w.u32(FRA_SUPPRESS_IFGROUP, rule.suppressGroup());
    }
    w.u8(FRA_PROTOCOL, rule.protocol());
  }

  @Override
  void writeFixed(MessageWriter writer) {
    // struct fib_rule_hdr; the table is in FRA_TABLE
    writer.fixed(
        (byte) addressFamily,
        (byte) toLength,
        (byte) fromLength,
        (byte) tos,
        (byte) 0,
        (byte) 0,
        (byte) 0,
        (byte) action);
    writer.fixedInt(ruleFlags);
  }
}
