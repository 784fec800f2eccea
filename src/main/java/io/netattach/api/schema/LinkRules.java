package io.netattach.api.schema;

import java.util.List;

/** The rules on what a link has beside its name. */
final class LinkRules {
  private static final String SHAPE = "'^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$'";

  static final List<Rule> MAC =
      List.of(
          Rule.of(
              "self.matches(" + SHAPE + ")",
              "is not a MAC address; write six pairs of hexadecimal digits, such as"
                  + " 02:00:5e:00:00:01"),
          Rule.of(
              "self != '00:00:00:00:00:00'",
              "is no address; write another, or leave it out for a derived one"),
          Rule.of(
              "!self.matches(" + SHAPE + ") || !self.matches('^.[13579BbDdFf]')",
              "is a multicast address, which no interface can have; write one whose first byte is"
                  + " even, such as 02:00:5e:00:00:01"));

  static final List<Rule> MTU =
      List.of(
          Rule.of(
              "self >= 68 && self <= 65535", "is not an MTU of a veth; write 68 to 65535 bytes"));

  static final List<Rule> VLAN =
      List.of(Rule.of("self >= 1 && self <= 4094", "is not a VLAN; write a number of 1 to 4094"));

  /** RFC 8200, section 5. What is IPv6 has a colon in it, and an IPv6 setting says so. */
  static final List<Rule> IPV6_MTU =
      List.of(
          Rule.of(
                  "!has(self.container.mtu) || self.container.mtu < 68"
                      + " || self.container.mtu >= 1280 || !("
                      + uses("self.container.addresses", "x.contains(':')")
                      + " || "
                      + uses("self.container.routes", "x.to.contains(':')")
                      + " || "
                      + uses("self.container.sysctls", "x.startsWith('net.ipv6.')")
                      + " || has(self.host) && ("
                      + uses("self.host.addresses", "x.contains(':')")
                      + " || "
                      + uses("self.host.routes", "x.to.contains(':')")
                      + "))",
                  "is too small for IPv6, which this attachment uses; write 1280 bytes or more")
              .at(".container.mtu"));

  private LinkRules() {}

  private static String uses(String list, String condition) {
    return "has(" + list + ") && " + list + ".exists(x, " + condition + ")";
  }
}
