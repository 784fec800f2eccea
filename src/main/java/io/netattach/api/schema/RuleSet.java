package io.netattach.api.schema;

import java.util.List;
import java.util.stream.Stream;

/** The rules for one kind of value, under the name that annotations call them by. */
enum RuleSet {
  INTERFACE_NAME(NameRules.INTERFACE),
  END_NAME(NameRules.END),
  NETNS_NAME(NameRules.NETNS),
  NODE_NAME(NameRules.NODE),
  POD_NAME(NameRules.POD),
  POD_UID(NameRules.POD_UID),
  SET_NAME(NameRules.SET),
  MAC(LinkRules.MAC),
  MTU(LinkRules.MTU),
  VLAN(LinkRules.VLAN),
  ADDRESS(AddressRules.ADDRESS),
  ASSIGNED_ADDRESS(AddressRules.ASSIGNED),
  DISTINCT_ADDRESSES(AddressRules.DISTINCT),
  DESTINATION(RouteRules.DESTINATION),
  GATEWAY(AddressRules.GATEWAY),
  METRIC(RouteRules.METRIC),
  ROUTE(RouteRules.ROUTE),
  NO_DEFAULT_ROUTE(RouteRules.NO_DEFAULT),
  REACHABLE_GATEWAYS(RouteRules.REACHABLE),
  CONTAINER_END(RouteRules.CONTAINER_END),
  SYSCTLS(SysctlRules.SYSCTLS),
  LABEL_KEY(LabelRules.KEY),
  LABEL_VALUE(LabelRules.VALUE),
  LABELS(LabelRules.MAP),
  TEMPLATE_LABELS(LabelRules.TEMPLATE_LABELS),
  TEMPLATE_ANNOTATIONS(LabelRules.TEMPLATE_ANNOTATIONS),
  SPEC(Stream.concat(LinkRules.IPV6_MTU.stream(), AddressRules.DISTINCT_ENDS.stream()).toList()),
  TARGET(SetRules.TARGET),
  ATTACHMENT(SetRules.ATTACHMENT),
  SET(SetRules.SET),
  TEMPLATE(SetRules.TEMPLATE),
  REQUIREMENT(SetRules.REQUIREMENT),
  MAX_UNAVAILABLE(SetRules.MAX_UNAVAILABLE),
  POOL_REFERENCE(PoolRules.REFERENCE),
  POOL(PoolRules.POOL),
  RANGE(PoolRules.RANGE),
  SUBNET(PoolRules.SUBNET),
  RANGE_ADDRESS(PoolRules.ADDRESS),
  EXCLUSION(PoolRules.EXCLUSION),
  RANGES(PoolRules.RANGES);

  private final List<Rule> rules;

  RuleSet(List<Rule> rules) {
    this.rules = rules;
  }

  List<Rule> rules() {
    return rules;
  }
}
