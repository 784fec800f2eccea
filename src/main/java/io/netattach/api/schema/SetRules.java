package io.netattach.api.schema;

import java.util.List;

/** The rules on what belongs to a single attachment and what to a Set. */
final class SetRules {
  /**
   * On the resource, not on its spec, which a Set's template shares. One that was stored without a
   * node, when no rule asked for it, may be given one.
   */
  static final List<Rule> ATTACHMENT =
      List.of(
          Rule.of(
                  "has(self.spec.target)",
                  "write the namespace: netns: {name: blue} for one named blue, or pod: {name: db-0}"
                      + " for a pod")
              .missing(".spec.target"),
          Rule.of(
                  "has(self.spec.nodeName) || has(self.spec.target) && has(self.spec.target.pod)",
                  "write the name of the node, as kubectl get nodes shows it")
              .missing(".spec.nodeName"),
          Rule.of(
                  "!has(oldSelf.spec.nodeName) || has(self.spec.nodeName)"
                      + " && self.spec.nodeName == oldSelf.spec.nodeName",
                  "cannot be changed; delete this attachment and create one for the other node")
              .forbidden(".spec.nodeName"),
          Rule.of(
                  "!has(self.spec.target) || !has(oldSelf.spec.target)"
                      + " || has(self.spec.target.netns) == has(oldSelf.spec.target.netns)",
                  "cannot be changed; delete this attachment and create one for the other target")
              .forbidden(".spec.target"),
          keeps("target.netns", "name", "namespace"),
          keeps("target.pod", "name", "pod"),
          Rule.of(
                  "!has(oldSelf.spec.target) || !has(oldSelf.spec.target.pod)"
                      + " || !has(oldSelf.spec.target.pod.uid) || !has(self.spec.target)"
                      + " || !has(self.spec.target.pod) || has(self.spec.target.pod.uid)"
                      + " && self.spec.target.pod.uid == oldSelf.spec.target.pod.uid",
                  "is that of the pod that was found, and cannot be changed; leave it as it is")
              .forbidden(".spec.target.pod.uid"),
          Rule.of(
                  "has(self.spec.container.addressPool)"
                      + " == has(oldSelf.spec.container.addressPool)"
                      + " && (!has(self.spec.container.addressPool)"
                      + " || self.spec.container.addressPool.name"
                      + " == oldSelf.spec.container.addressPool.name)",
                  "cannot be changed; delete this attachment and create one with the other pool or"
                      + " addresses")
              .forbidden(".spec.container.addressPool"),
          Rule.of(
                  "!has(oldSelf.status) || !has(oldSelf.status.assigned) || has(self.status)"
                      + " && has(self.status.assigned)"
                      + " && self.status.assigned == oldSelf.status.assigned",
                  "is given once and stays; delete this attachment and create it again to have"
                      + " other addresses")
              .forbidden(".status.assigned"),
          Rule.of(
                  "!has(self.status) || !has(self.status.assigned)"
                      + " || has(self.spec.container.addressPool) && has(self.status.assigned.pool)"
                      + " && self.status.assigned.pool == self.spec.container.addressPool.name",
                  "is not of the pool that spec.container.addressPool names; leave it to the"
                      + " controller, which writes it")
              .forbidden(".status.assigned"));

  /** What a target is in itself, and a Set leaves out. */
  static final List<Rule> TARGET =
      List.of(
          Rule.of(
              "has(self.netns) != has(self.pod)",
              "write one of netns, such as netns: {name: blue}, and pod, such as pod: {name: db-0}"));

  static final List<Rule> TEMPLATE =
      List.of(
          Rule.of(
                  "!has(self.spec.nodeName)",
                  "each attachment of a set gets the name of its own node; leave it out")
              .forbidden(".spec.nodeName"),
          Rule.of(
                  "!has(self.spec.target) || !has(self.spec.target.pod)",
                  "each attachment of a set with podSelector gets its own pod; leave target out")
              .forbidden(".spec.target.pod"));

  static final List<Rule> SET =
      List.of(
          Rule.of(
                  "has(self.nodeSelector) != has(self.podSelector)",
                  "write one of nodeSelector, for nodes ({} is every node), and podSelector, for"
                      + " pods of this namespace")
              .at(".nodeSelector"),
          Rule.of(
                  "has(self.nodeSelector) == has(oldSelf.nodeSelector)",
                  "a set of nodes cannot become one of pods, nor the other way round; delete this"
                      + " set and create another")
              .forbidden(".nodeSelector"),
          Rule.of(
                  "!has(self.nodeSelector) || has(self.template.spec.target)",
                  "write the namespace, such as netns: {name: blue}, for one named blue")
              .missing(".template.spec.target"),
          Rule.of(
                  "has(self.nodeSelector) || !has(self.podSelector)"
                      + " || !has(self.template.spec.target)",
                  "each attachment of a set with podSelector gets its own pod; leave target out")
              .forbidden(".template.spec.target"));

  static final List<Rule> MAX_UNAVAILABLE =
      List.of(
          Rule.of(
              "type(self) == int ? self >= 1 :"
                  + " self.matches('^[0-9]{1,3}%$') && int(self.replace('%', '')) >= 1"
                  + " && int(self.replace('%', '')) <= 100",
              "is not a number of attachments; write 1 or more, or a share of 1% to 100%"));

  static final List<Rule> REQUIREMENT =
      List.of(
          Rule.of(
                  "!(self.operator in ['In', 'NotIn']) || has(self.values) && size(self.values) > 0",
                  "In and NotIn compare with values; write at least one")
              .missing(".values"),
          Rule.of(
                  "!(self.operator in ['Exists', 'DoesNotExist'])"
                      + " || !has(self.values) || size(self.values) == 0",
                  "Exists and DoesNotExist compare with no values; leave them out")
              .forbidden(".values"));

  private SetRules() {}

  private static Rule keeps(String object, String field, String what) {
    String now = "self.spec." + object;
    String then = "oldSelf.spec." + object;
    return Rule.of(
            "!has(self.spec.target) || !has(oldSelf.spec.target) || !has("
                + now
                + ") || !has("
                + then
                + ") || "
                + now
                + "."
                + field
                + " == "
                + then
                + "."
                + field,
            "cannot be changed; delete this attachment and create one for the other " + what)
        .forbidden(".spec." + object + "." + field);
  }
}
