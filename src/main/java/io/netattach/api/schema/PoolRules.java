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
              "size(self) > 0", "gives nothing; write at least one range, such as subnet: 10.10.0.0/24"));

  private static final String EXCLUDES =
      "(isIP(x) ? cidr(self.subnet).containsIP(ip(x)) : cidr(self.subnet).containsCIDR(cidr(x)))";

  static final List<Rule> POOL =
      List.of(
          Rule.of(
                  "size(self.metadata.name) <= 63",
                  "the name of an AddressPool becomes a label of its blocks, which holds 63"
                      + " characters; write a shorter metadata.name")
              .at(".metadata.name"),
          Rule.saying(
                  used("r") + ".all(r, self.spec.ranges.exists(n, n.subnet == r.subnet))",
                  sentence("self.spec.ranges.exists(n, n.subnet == r.subnet)", "removed"))
              .forbidden(".spec.ranges"),
          Rule.saying(
                  used("r") + ".all(r, " + isAsWide("r") + ")",
                  sentence(isAsWide("r"), "narrowed"))
              .forbidden(".spec.ranges"));

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
                      "is every address there is; write a network, such as 10.10.0.0/24")))
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

  /** The ranges that were in use when the pool was looked at last. */
  private static String used(String name) {
    return "(has(oldSelf.status) && has(oldSelf.status.ranges)"
        + " ? oldSelf.status.ranges.filter("
        + name
        + ", has("
        + name
        + ".used) && "
        + name
        + ".used > 0) : [])";
  }

  /** A bound may be left as it is or taken away, which widens the range. */
  private static String isAsWide(String range) {
    return "!self.spec.ranges.exists(n, n.subnet == "
        + range
        + ".subnet && oldSelf.spec.ranges.exists(o, o.subnet == n.subnet && ("
        + isMoved("rangeStart")
        + " || "
        + isMoved("rangeEnd")
        + ")))";
  }

  private static String isMoved(String bound) {
    return "has(n." + bound + ") && (!has(o." + bound + ") || o." + bound + " != n." + bound + ")";
  }

  private static String sentence(String holds, String what) {
    String culprit = used("r") + ".filter(r, !(" + holds + "))[0]";
    return "'range ' + "
        + culprit
        + ".subnet + ' is in use and cannot be "
        + what
        + ": ' + string("
        + culprit
        + ".used) + ' of its addresses have users, such as ' + (has("
        + culprit
        + ".users) ? "
        + culprit
        + ".users.join(', ') : 'some') + '; delete those attachments first"
        + (what.equals("narrowed") ? ", or add to exclude what is not to be given out" : "")
        + "'";
  }
}
