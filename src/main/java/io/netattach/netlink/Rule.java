package io.netattach.netlink;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A rule of policy routing, which says by what table a packet is routed: as asked for or as the
 * kernel reports it.
 *
 * <p>Selectors newer than Linux 5.10 (DSCP, flow label, port masks), tunnel ids and realms are
 * neither read nor written: a rule with one reads as one for every packet.
 *
 * @param isV6 the family
 * @param priority 0 to 4294967295; rules are tried from the lowest on. Null lets the kernel choose
 *     the one before the first that is there behind 0
 * @param selector which packets it is for
 * @param action what it does with them
 * @param suppressPrefixLength a route that the look-up finds does not count when its prefix is that
 *     long or shorter: 0 passes over default routes; -1 for every route counts
 * @param suppressGroup a route that the look-up finds does not count when its link is in that
 *     group; -1 for every route counts
 * @param protocol who made it: 2 the kernel, 4 an administrator ({@code RTPROT_*}); 0 for not said,
 *     as {@code ip} leaves it
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-rule.8.html">ip-rule(8)</a>
 */
public record Rule(
    boolean isV6,
    @Nullable Long priority,
    RuleSelector selector,
    RuleAction action,
    int suppressPrefixLength,
    int suppressGroup,
    int protocol) {
  public Rule {
    Objects.requireNonNull(action, "action");
    if (priority != null && (priority < 0 || priority > 0xffff_ffffL)) {
      throw new IllegalArgumentException("a priority is within 0 to 4294967295, not " + priority);
    }
    if (protocol < 0 || protocol > 255) {
      throw new IllegalArgumentException("a protocol is within 0 to 255, not " + protocol);
    }
    if (suppressPrefixLength > (isV6 ? 128 : 32)) {
      throw new IllegalArgumentException(
          "no "
              + (isV6 ? "IPv6" : "IPv4")
              + " prefix is "
              + suppressPrefixLength
              + " bits long; write up to "
              + (isV6 ? 128 : 32)
              + ", or -1 for every route counts");
    }
    if (suppressPrefixLength < -1 || suppressGroup < -1) {
      throw new IllegalArgumentException(
          "what a rule suppresses is 0 or above, or -1 for nothing, not "
              + Math.min(suppressPrefixLength, suppressGroup));
    }
    for (IpPrefix network : new @Nullable IpPrefix[] {selector.from(), selector.to()}) {
      if (network != null && network.isV6() != isV6) {
        throw new IllegalArgumentException(
            (isV6 ? "an IPv6" : "an IPv4") + " rule cannot select by " + network);
      }
    }
    if (action instanceof RuleAction.Goto(long target)
        && (priority == null || priority >= target)) {
      throw new IllegalArgumentException(
          "a rule goes forward only; give one that goes to " + target + " a priority below that");
    }
  }

  /** A rule without priority and protocol, as {@code ip} makes them. */
  public static Rule of(boolean v6, RuleSelector selector, RuleAction action) {
    return new Rule(v6, null, selector, action, -1, -1, 0);
  }

  /**
   * A rule at a priority, which one that goes to another must have.
   *
   * @param priority 0 to 4294967295
   */
  public static Rule of(boolean v6, long priority, RuleSelector selector, RuleAction action) {
    return new Rule(v6, priority, selector, action, -1, -1, 0);
  }

  /** At that priority, 0 to 4294967295; lower is tried first. */
  public Rule withPriority(long value) {
    return new Rule(isV6, value, selector, action, suppressPrefixLength, suppressGroup, protocol);
  }

  /** That passes over routes to prefixes of that length or shorter; -1 for none. */
  public Rule withSuppressPrefixLength(int value) {
    return new Rule(isV6, priority, selector, action, value, suppressGroup, protocol);
  }

  /** That passes over routes through links of that group; -1 for none. */
  public Rule withSuppressGroup(int value) {
    return new Rule(isV6, priority, selector, action, suppressPrefixLength, value, protocol);
  }

  /** Made by that protocol, 1 to 255; 0 for not said. */
  public Rule withProtocol(int value) {
    return new Rule(isV6, priority, selector, action, suppressPrefixLength, suppressGroup, value);
  }

  /** As {@code ip rule} writes it. */
  @Override
  public String toString() {
    return (priority == null ? "" : priority + ": ")
        + selector
        + " "
        + action
        + (suppressPrefixLength < 0 ? "" : " suppress_prefixlength " + suppressPrefixLength)
        + (suppressGroup < 0 ? "" : " suppress_ifgroup " + suppressGroup);
  }
}
