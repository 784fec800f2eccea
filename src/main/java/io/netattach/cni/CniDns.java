package io.netattach.cni;

import io.netattach.netlink.IpAddress;
import java.util.List;
import java.util.Objects;

/**
 * What a result says of name resolution; see resolv.conf(5).
 *
 * @param nameservers the one to ask first, first
 * @param domain of short names; empty for none
 * @param search domains, the one to search first, first
 * @param options as resolv.conf has them, such as {@code ndots:5}
 */
public record CniDns(
    List<IpAddress> nameservers, String domain, List<String> search, List<String> options) {
  /** Nothing said. */
  public static final CniDns NONE = new CniDns(List.of(), "", List.of(), List.of());

  public CniDns {
    Objects.requireNonNull(domain, "domain");
    nameservers = List.copyOf(nameservers);
    search = List.copyOf(search);
    options = List.copyOf(options);
  }
}
