package io.netattach.attach;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of container ends that attachments may ask for on this node: those that have no
 * effect beyond the interface, and what the node's administrator adds.
 */
public final class AllowedSysctls {
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

  /** Those that need no permission. */
  public static final AllowedSysctls HARMLESS = new AllowedSysctls(Set.of());

  private final Set<String> more;

  private AllowedSysctls(Set<String> more) {
    this.more = more;
  }

  /**
   * These and one more.
   *
   * @param name such as {@code net.ipv4.conf.IFNAME.route_localnet}
   * @throws IllegalArgumentException when it is not the name of a setting that a container end has
   */
  public AllowedSysctls and(String name) {
    IfnameSysctl.problem(name)
        .ifPresent(problem -> {
          throw new IllegalArgumentException(problem);
        });
    Set<String> all = new HashSet<>(more);
    all.add(name);
    return new AllowedSysctls(Set.copyOf(all));
  }

  /** Why an attachment may not ask for a setting. */
  Optional<String> refuse(String name) {
    String setting = name.substring(name.lastIndexOf('.') + 1);
    Set<String> harmless = IfnameSysctl.isIpv6(name) ? IPV6 : IPV4;
    if (harmless.contains(setting) || more.contains(name)) {
      return Optional.empty();
    }
    return Optional.of(
        "it is not on the list of settings that need no permission; write one of "
            + String.join(", ", harmless.stream().sorted().toList())
            + ", or allow it with --allow-sysctl "
            + name);
  }
}
