package io.netattach.api.schema;

import java.util.List;
import java.util.stream.Stream;

/**
 * The rules on addresses of an end. Only the agent knows the broadcast address of a network: CEL
 * cannot count in bits.
 */
final class AddressRules {
  static final String IS_MULTICAST =
      "self.matches('^(22[4-9]|23[0-9])[.]|^[Ff][Ff][0-9A-Fa-f]{2}:')";

  /** An IPv4 address in the form of IPv6, RFC 4291, 2.5.5.2, which CEL takes for no address. */
  private static final String IS_MAPPED =
      "self.matches('^::[Ff]{4}:([0-9]{1,3}([.][0-9]{1,3}){3}|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4})(/|$)')";

  /** An address with a prefix length, in the one form that it is told apart from others by. */
  static final List<Rule> PREFIX =
      List.of(
          Rule.of(
              "!isIP(self)",
              "has no prefix length; write one, such as 10.10.0.2/24 or fd00:10::2/64"),
          Rule.of("!" + IS_MAPPED, "is an IPv4 address in IPv6 clothes; write it as IPv4"),
          Rule.of(
              "self == 'default' || isIP(self.split('/')[0]) || " + IS_MAPPED,
              "is not an IP address with a prefix length; write one such as 10.10.0.2/24 or"
                  + " fd00:10::2/64"),
          Rule.of(
              "isIP(self) || isCIDR(self) || !isIP(self.split('/')[0])",
              "has no valid prefix length; write 0 to 32 for IPv4, 0 to 128 for IPv6"),
          Rule.of(
              "!isCIDR(self) || string(cidr(self)) == self",
              "is not in canonical form; write it in lower case, without leading zeros, and with ::"
                  + " for the longest run of zeros"));

  /** As it is for interfaces. */
  private static final List<Rule> USABLE =
      List.of(
          Rule.of(
              "self != 'default'",
              "is not an IP address with a prefix length; write one such as 10.10.0.2/24 or"
                  + " fd00:10::2/64"),
          Rule.of(
              "!isCIDR(self) || !cidr(self).ip().isUnspecified()",
              "is the unspecified address; write an address of one interface"),
          Rule.of(
              "!isCIDR(self) || cidr(self).ip().isUnspecified()"
                  + " || !(cidr(self).ip().isLoopback() || self.startsWith('0.'))",
              "is a loopback or \"this network\" address; write one that others can reach"),
          Rule.of(
              "!isCIDR(self) || !" + IS_MULTICAST,
              "is a multicast address; write the address of one interface"),
          Rule.of(
              "!self.startsWith('255.255.255.255/')",
              "is a broadcast address; write the address of one interface"),
          Rule.of(
              "!isCIDR(self) || cidr(self).prefixLength() > 0 || cidr(self).ip().isUnspecified()",
              "is in a network of all addresses; write its prefix length, such as 10.10.0.2/24 or"
                  + " fd00:10::2/64"),
          Rule.of(
              "!isCIDR(self) || cidr(self).prefixLength() == 0"
                  + " || cidr(self).prefixLength() >= (self.contains(':') ? 127 : 31)"
                  + " || !(cidr(self).ip().isGlobalUnicast()"
                  + " || cidr(self).ip().isLinkLocalUnicast())"
                  + " || string(cidr(self).masked()) != self",
              "is the address of the network itself; write one within it, such as 10.10.0.2/24"));

  static final List<Rule> ADDRESS = Stream.concat(PREFIX.stream(), USABLE.stream()).toList();

  /** Of what was given: the rest was tested where it was written, in the pool. */
  static final List<Rule> ASSIGNED =
      List.of(
          Rule.of(
              "isCIDR(self)",
              "is not an address with its prefix length; leave it to the controller, which writes"
                  + " it"));

  /** That it is a set does not tell that one address has two prefix lengths. */
  static final List<Rule> DISTINCT =
      List.of(
          Rule.of(
              "self.all(x, self.exists_one(y, y.split('/')[0] == x.split('/')[0]))",
              "one address is there more than once; leave one out"));

  static final List<Rule> DISTINCT_ENDS =
      List.of(
          Rule.of(
                  "!has(self.host) || !has(self.host.addresses)"
                      + " || !has(self.container.addresses)"
                      + " || self.host.addresses.all(x, !self.container.addresses.exists(y,"
                      + " y.split('/')[0] == x.split('/')[0]))",
                  "one of them is an address that container.addresses has, too; leave one out")
              .at(".host.addresses"));

  /** The next hop of a route. */
  static final List<Rule> GATEWAY =
      List.of(
          Rule.of("!" + IS_MAPPED, "is an IPv4 address in IPv6 clothes; write it as IPv4"),
          Rule.of(
              "isIP(self) || " + IS_MAPPED,
              "is not an IP address; write one such as 10.10.0.1 or fd00:10::1"),
          Rule.of(
              "!isIP(self) || ip.isCanonical(self)",
              "is not in canonical form; write it in lower case, without leading zeros, and with ::"
                  + " for the longest run of zeros"),
          Rule.of(
              "!isIP(self) || !(ip(self).isUnspecified() || ip(self).isLoopback() || "
                  + IS_MULTICAST
                  + ")",
              "is not the address of a gateway; write the address of one interface"));

  private AddressRules() {}
}
