package io.netattach.controller;

import io.netattach.api.NetworkAttachment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What is to be done for a Set. Pure.
 *
 * @param slots one for each node that matches, in the order of their names
 * @param leftovers children that no node wants
 */
record SetPlan(List<Slot> slots, List<NetworkAttachment> leftovers) {
  /**
   * The place of one child.
   *
   * @param name the child's
   */
  record Slot(String node, String name, ChildStep step) {}

  /**
   * The plan for a template.
   *
   * @param nodes those that match, in order
   * @param children what the Set owns
   * @param byName what has a name, whoever owns it
   */
  static SetPlan of(
      ChildTemplate template,
      Collection<String> nodes,
      List<NetworkAttachment> children,
      Function<String, Optional<NetworkAttachment>> byName) {
    List<Slot> slots = new ArrayList<>();
    for (String node : nodes) {
      String name = template.name(node);
      slots.add(new Slot(node, name, ChildStep.next(template, node, byName.apply(name))));
    }
    Set<String> wanted = slots.stream().map(Slot::name).collect(Collectors.toSet());
    List<NetworkAttachment> leftovers =
        children.stream()
            .filter(child -> !wanted.contains(child.getMetadata().getName()))
            .filter(child -> !child.isMarkedForDeletion())
            .toList();
    return new SetPlan(slots, leftovers);
  }
}
