package io.netattach.api.schema;

import java.util.List;
import java.util.stream.Stream;

/**
 * The rules on pools of addresses. Only the controller knows whether one address comes before
 * another: CEL cannot compare them.
 */
final class PoolRules {
  static final List<Rule> RANGES =
      List.of(
          Rule.of(
              "size(self) > 0",
              "gives nothing; write at least one range, such as subnet: 10.10.0.0/24"));

  private static final String EXCLUDES =
      "(isIP(x) ? cidr(self.subnet).containsIP(ip(x)) : cidr(self.subnet).containsCIDR(cidr(x)))";

  /** A bound may be left as it is or taken away, which widens the range. */
  private static final String IS_AS_WIDE =
      "!self.spec.ranges.exists(n, n.subnet == r.subnet && oldSelf.spec.ranges.exists(o,"
          + " o.subnet == n.subnet && ("
          + isMoved("rangeStart")
          + " || "
          + isMoved("rangeEnd")
          + ")))";

  static final List<Rule> POOL =
      List.of(
          Rule.of(
              "size(self.metadata.name) <= 63",
              "the name of an AddressPool becomes a label of its blocks, which holds 63"
                  + " characters; write a shorter metadata.name"),
          remains("self.spec.ranges.exists(n, n.subnet == r.subnet)", "removed"),
          remains(IS_AS_WIDE, "narrowed"));

  static final List<Rule> REFERENCE =
      List.of(
          Rule.of(
              "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
              "is not the name of an AddressPool; write it as kubectl get addresspools shows it"));

  static final List<Rule> SUBNET =
      Stream.concat(
              RouteRules.DESTINATION.stream(),
              Stream.of(
                  Rule.of(
                      "!self.endsWith('/0')",
                      "is every address there is; write a network, such as 10.10.0.0/24"),
                  Rule.of(
                      "!isCIDR(self) || self.endsWith('/0') || !("
                          + AddressRules.IS_MULTICAST
                          + " || self.startsWith('0.')"
                          + " || self.startsWith('255.255.255.255/'))",
                      "has addresses that no interface can have; write a network of unicast"
                          + " addresses, such as 10.10.0.0/24")))
          .toList();

  static final List<Rule> ADDRESS =
      List.of(
          Rule.of(
              "isIP(self)", "is not an IP address; write one such as 10.10.0.10 or fd00:10::10"),
          Rule.of(
              "!isIP(self) || ip.isCanonical(self)",
              "is not in canonical form; write it in lower case, without leading zeros, and with ::"
                  + " for the longest run of zeros"));

  static final List<Rule> EXCLUSION =
      List.of(
          Rule.of(
              "isIP(self) || isCIDR(self)",
              "is not an address or a network; write one such as 10.10.0.5 or 10.10.0.240/28"),
          Rule.of(
              "isIP(self) && ip.isCanonical(self)"
                  + " || isCIDR(self) && string(cidr(self)) == self"
                  + " && string(cidr(self).masked()) == self"
                  + " || !isIP(self) && !isCIDR(self)",
              "is not in canonical form; write it in lower case, with :: for the longest run of"
                  + " zeros, and a network without bits behind its prefix"));

  static final List<Rule> RANGE =
      List.of(
          within("rangeStart"),
          within("rangeEnd"),
          within("gateway"),
          Rule.saying(
                  "!has(self.exclude) || !isCIDR(self.subnet)"
                      + " || self.exclude.all(x, !isIP(x) && !isCIDR(x) || "
                      + EXCLUDES
                      + ")",
                  "self.exclude.filter(x, (isIP(x) || isCIDR(x)) && !("
                      + EXCLUDES
                      + "))[0] + ' is not within ' + self.subnet + '; leave it out'")
              .at(".exclude"));

  private PoolRules() {}

  private static Rule within(String field) {
    String value = "self." + field;
    return Rule.saying(
            "!has("
                + value
                + ") || !isIP("
                + value
                + ") || !isCIDR(self.subnet) || cidr(self.subnet).containsIP("
                + value
                + ")",
            value + " + ' is not within ' + self.subnet + '; write an address of it'")
        .at("." + field);
  }

  /**
   * What must hold of every range that was in use when the pool was looked at last. Who uses it is
   * there as a text, because what looks into lists for one is too dear for the API server.
   */
  private static Rule remains(String holds, String what) {
    return Rule.saying(
            "!has(oldSelf.status) || !has(oldSelf.status.ranges)"
                + " || oldSelf.status.ranges.all(r, !has(r.used) || r.used == 0 || "
                + holds
                + ")",
            "'a range that is in use cannot be "
                + what
                + (what.equals("narrowed") ? ", other than by exclude" : "")
                + "; ' + (has(oldSelf.status.inUse) ? oldSelf.status.inUse : 'it has users')"
                + " + '; delete those attachments first'")
        .forbidden(".spec.ranges");
  }

  private static String isMoved(String bound) {
    return "has(n." + bound + ") && (!has(o." + bound + ") || o." + bound + " != n." + bound + ")";
  }
}
