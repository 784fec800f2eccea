package io.netattach.api.schema;

import java.util.List;
import java.util.stream.Stream;

/** The rules on routes through an end. */
final class RouteRules {
  static final List<Rule> DESTINATION =
      Stream.concat(
              AddressRules.PREFIX.stream(),
              Stream.of(
                  Rule.of("self != 'default'", "is not a network; write 0.0.0.0/0 or ::/0"),
                  Rule.of(
                      "!isCIDR(self) || string(cidr(self)) != self || string(cidr(self).masked()) == self",
                      "has bits behind its prefix; write the network, such as 10.20.0.0/16 for"
                          + " 10.20.1.1/16"),
                  Rule.of(
                      "!isCIDR(self) || !cidr(self).ip().isLoopback()",
                      "is loopback, which never leaves a namespace; leave it out")))
          .toList();

  static final List<Rule> METRIC =
      List.of(Rule.of("self >= 0 && self <= 4294967295", "is not a metric; write 0 to 4294967295"));

  static final List<Rule> ROUTE =
      List.of(
          Rule.of(
                  "has(self.via) || !has(self.onLink) || !self.onLink",
                  "says that a gateway is on the link; write via, too")
              .at(".onLink"),
          Rule.saying(
                  "!has(self.via) || !isIP(self.via) || !isCIDR(self.to)"
                      + " || ip(self.via).family() == cidr(self.to).ip().family()",
                  "'\"' + self.via + '\" is not of the same family as ' + self.to + '; write an '"
                      + " + (self.to.contains(':') ? 'IPv6' : 'IPv4') + ' gateway'")
              .at(".via"));

  /** On the node, whatever the attachment: it would take the node's own traffic. */
  static final List<Rule> NO_DEFAULT =
      List.of(
          Rule.of(
              "!self.endsWith('/0')",
              "a default route through a host end would take the node's traffic; write the"
                  + " networks that are to be reached"));

  private static final String IS_REACHABLE =
      "!has(self.routes) || self.routes.all(r, !has(r.via) || !isIP(r.via)"
          + " || has(r.onLink) && r.onLink"
          + " || r.via.contains(':') && ip(r.via).isLinkLocalUnicast()"
          + " || r.via.contains(':') != r.to.contains(':')"
          + " || has(self.addresses) && self.addresses.exists(a, isCIDR(a)"
          + " && cidr(a).containsIP(r.via))"
          + " || self.routes.exists(o, !has(o.via) && isCIDR(o.to)"
          + " && cidr(o.to).containsIP(r.via)))";

  private static final String UNREACHABLE =
      "the via of one of them is not within the network of any address or route of this"
          + " end; add an address that covers it, a route to it without via, or onLink:"
          + " true";

  private static final Rule NOT_OWN =
      Rule.of(
              "!has(self.routes) || !has(self.addresses) || self.routes.all(r, !has(r.via)"
                  + " || !self.addresses.exists(a, a.split('/')[0] == r.via))",
              "the via of one of them is this end's own address; write the address of the next hop")
          .at(".routes");

  /** To the kernel, only IPv6 has gateways that are on every link. */
  static final List<Rule> REACHABLE =
      List.of(NOT_OWN, Rule.of(IS_REACHABLE, UNREACHABLE).at(".routes"));

  /** Which addresses a pool will give is not known yet. */
  static final List<Rule> CONTAINER_END =
      List.of(
          Rule.of(
                  "!has(self.addressPool) || !has(self.addresses) || size(self.addresses) == 0",
                  "come from addressPool; leave them out, or leave addressPool out")
              .forbidden(".addresses"),
          NOT_OWN,
          Rule.of("has(self.addressPool) || " + IS_REACHABLE, UNREACHABLE).at(".routes"));

  private RouteRules() {}
}
