package io.netattach.api.schema;

import java.util.List;

/** The rules on what belongs to a single attachment and what to a Set. */
final class SetRules {
  /**
   * On the resource, not on its spec, which a Set's template shares. What an object has that was
   * stored before the rule may be completed once.
   */
  static final List<Rule> ATTACHMENT =
      List.of(
          Rule.of(
                  "has(self.spec.nodeName)",
                  "is missing; write the name of the node, as kubectl get nodes shows it")
              .at(".spec.nodeName"),
          Rule.of(
                  "!has(oldSelf.spec.nodeName) || !has(self.spec.nodeName)"
                      + " || self.spec.nodeName == oldSelf.spec.nodeName",
                  "cannot be changed; delete this attachment and create one for the other node")
              .at(".spec.nodeName"),
          Rule.of(
                  "self.spec.target.netns.name == oldSelf.spec.target.netns.name",
                  "cannot be changed; delete this attachment and create one for the other"
                      + " namespace")
              .at(".spec.target.netns.name"));

  static final List<Rule> TEMPLATE =
      List.of(
          Rule.of(
                  "!has(self.spec.nodeName)",
                  "cannot be set in a template: each attachment gets the name of its own node;"
                      + " leave it out")
              .at(".spec.nodeName"));

  static final List<Rule> REQUIREMENT =
      List.of(
          Rule.of(
                  "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0"
                      + " : true",
                  "is missing or empty; In and NotIn compare with values, write at least one")
              .at(".values"),
          Rule.of(
                  "self.operator in ['Exists', 'DoesNotExist']"
                      + " ? !has(self.values) || size(self.values) == 0 : true",
                  "Exists and DoesNotExist compare with no values; leave them out")
              .at(".values"));

  private SetRules() {}
}
