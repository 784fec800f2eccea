package io.netattach.api.schema;

import java.util.List;

/**
 * The rules on settings of the container end. Each speaks of the first setting that breaks it, for
 * a rule on the map is not told which one it looks at.
 */
final class SysctlRules {
  private static final String IPV4 = "net.ipv4.conf.IFNAME.";
  private static final String IPV6 = "net.ipv6.conf.IFNAME.";

  private static final List<String> IPV4_NAMES =
      List.of(
          "accept_local",
          "accept_redirects",
          "accept_source_route",
          "arp_accept",
          "arp_announce",
          "arp_filter",
          "arp_ignore",
          "arp_notify",
          "drop_gratuitous_arp",
          "forwarding",
          "log_martians",
          "proxy_arp",
          "proxy_arp_pvlan",
          "rp_filter",
          "secure_redirects",
          "send_redirects",
          "src_valid_mark");

  private static final List<String> IPV6_NAMES =
      List.of(
          "accept_dad",
          "accept_ra",
          "accept_ra_defrtr",
          "accept_ra_pinfo",
          "accept_redirects",
          "accept_source_route",
          "autoconf",
          "dad_transmits",
          "drop_unsolicited_na",
          "forwarding",
          "hop_limit",
          "keep_addr_on_down",
          "ndisc_notify",
          "proxy_ndp",
          "router_solicitations",
          "use_tempaddr");

  static final List<Rule> SYSCTLS =
      List.of(
          first(
              "k.matches('^net[.]ipv[46][.]conf[.]IFNAME[.][a-z0-9_]+$')",
              " is not a setting of the container end; write net.ipv4.conf.IFNAME. or"
                  + " net.ipv6.conf.IFNAME. and its name, with the word IFNAME as it stands"),
          allowed(IPV4, IPV4_NAMES),
          allowed(IPV6, IPV6_NAMES),
          first(
              "self[k].matches('^(0|-?[1-9][0-9]{0,9})$')",
              " has a value that is not a number; write one in quotes, such as \"1\""));

  private SysctlRules() {}

  private static Rule allowed(String prefix, List<String> names) {
    String list = String.join(", ", names.stream().map(name -> "'" + name + "'").toList());
    // What is not a name at all has been told already.
    return first(
        "!k.matches('^%s[a-z0-9_]+$') || k.substring(%d) in [%s]"
            .formatted(prefix.replace(".", "[.]"), prefix.length(), list),
        " is not on the list of settings that may be changed; write "
            + prefix
            + " and one of "
            + String.join(", ", names));
  }

  private static Rule first(String condition, String sentence) {
    return Rule.saying(
        "self.all(k, " + condition + ")",
        "'\"' + self.filter(k, !(" + condition + "))[0] + '\"" + sentence + "'");
  }
}
