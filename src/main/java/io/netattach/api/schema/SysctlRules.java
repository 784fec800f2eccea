package io.netattach.api.schema;

import java.util.List;

/**
 * The rules on settings of the container end. Each speaks of the first setting that breaks it, for
 * a rule on the map is not told which one it looks at.
 */
final class SysctlRules {
  static final List<Rule> SYSCTLS =
      List.of(
          first(
              "k.matches('^net[.]ipv[46][.]conf[.]IFNAME[.][a-z0-9_]+$')",
              " is not a setting of the container end; write net.ipv4.conf.IFNAME. or"
                  + " net.ipv6.conf.IFNAME. and its name, with the word IFNAME as it stands"),
          first(
              "k != 'net.ipv6.conf.IFNAME.disable_ipv6'",
              " cannot be set: IPv6 is on where an IPv6 address or route is written, and else as the"
                  + " namespace has it; leave it out"),
          first(
              "self[k].matches('^(0|-?[1-9][0-9]{0,9})$')",
              " has a value that is not a number; write one in quotes, such as \"1\""));

  private SysctlRules() {}

  private static Rule first(String condition, String sentence) {
    return Rule.saying(
        "self.all(k, " + condition + ")",
        "'\"' + self.filter(k, !(" + condition + "))[0] + '\"" + sentence + "'");
  }
}
