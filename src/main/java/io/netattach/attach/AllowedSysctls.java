package io.netattach.attach;

import io.netattach.netlink.Sysctl;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings of a container end that an attachment may ask for: those that have no effect beyond
 * that interface. A setting is written {@code net.ipv4.conf.IFNAME.arp_notify}, where {@code
 * IFNAME} stands for the interface, as the tuning plugin of CNI has it.
 */
final class AllowedSysctls {
  private static final Pattern NAME =
      Pattern.compile("net\\.(ipv4|ipv6)\\.conf\\.IFNAME\\.([a-z0-9_]+)");
  private static final Pattern VALUE = Pattern.compile("0|-?[1-9][0-9]{0,9}");

  private static final Set<String> IPV4 =
      Set.of(
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

  private static final Set<String> IPV6 =
      Set.of(
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

  private AllowedSysctls() {}

  /** What is wrong with a setting and its value, in a sentence; empty where nothing is. */
  static Optional<String> problem(String name, String value) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return Optional.of(
          "\""
              + name
              + "\" is not a setting of the container end; write net.ipv4.conf.IFNAME. or"
              + " net.ipv6.conf.IFNAME. and its name, with the word IFNAME as it stands");
    }
    Set<String> allowed = matcher.group(1).equals("ipv4") ? IPV4 : IPV6;
    if (!allowed.contains(matcher.group(2))) {
      return Optional.of(
          "\""
              + matcher.group(2)
              + "\" is not on the list of settings that may be changed; write one of "
              + String.join(", ", allowed.stream().sorted().toList()));
    }
    if (!VALUE.matcher(value).matches()) {
      return Optional.of("\"" + value + "\" is not a number; write one in quotes, such as \"1\"");
    }
    return Optional.empty();
  }

  /** Whether a setting is there only where IPv6 is. */
  static boolean isIpv6(String name) {
    return name.startsWith("net.ipv6.");
  }

  /** The setting of an interface that an allowed name stands for. */
  static Sysctl of(String name, String interfaceName) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(name);
    }
    return Sysctl.ofInterface(matcher.group(1), interfaceName, matcher.group(2));
  }
}
