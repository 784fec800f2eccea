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
                  "has(self.spec.nodeName)",
                  "write the name of the node, as kubectl get nodes shows it")
              .missing(".spec.nodeName"),
          Rule.of(
                  "!has(oldSelf.spec.nodeName) || !has(self.spec.nodeName)"
                      + " || self.spec.nodeName == oldSelf.spec.nodeName",
                  "cannot be changed; delete this attachment and create one for the other node")
              .forbidden(".spec.nodeName"),
          Rule.of(
                  "self.spec.target.netns.name == oldSelf.spec.target.netns.name",
                  "cannot be changed; delete this attachment and create one for the other"
                      + " namespace")
              .forbidden(".spec.target.netns.name"));

  static final List<Rule> TEMPLATE =
      List.of(
          Rule.of(
                  "!has(self.spec.nodeName)",
                  "each attachment of a set gets the name of its own node; leave it out")
              .forbidden(".spec.nodeName"));

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
}
