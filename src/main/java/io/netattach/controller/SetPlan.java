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
 * @param slots one for each place, in the order of their names
 * @param leftovers children that no place wants
 */
record SetPlan(List<Slot> slots, List<NetworkAttachment> leftovers) {
  /**
   * The place of one child.
   *
   * @param name the child's
   */
  record Slot(Place place, String name, ChildStep step) {
    Slot with(ChildStep other) {
      return new Slot(place, name, other);
    }
  }

  /**
   * The plan for a template.
   *
   * @param places those that match, in order
   * @param children what the Set owns
   * @param byName what has a name, whoever owns it
   */
  static SetPlan of(
      ChildTemplate template,
      Collection<Place> places,
      List<NetworkAttachment> children,
      Function<String, Optional<NetworkAttachment>> byName) {
    List<Slot> slots = new ArrayList<>();
    for (Place place : places) {
      String name = template.name(place);
      slots.add(new Slot(place, name, ChildStep.next(template, place, byName.apply(name))));
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
