package io.netattach.controller;

import io.netattach.kube.Spelling;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the node that somebody meant who wrote a name that no node has. */
final class NearestNode {
  /** A name of one letter begins everything. */
  private static final int SHORTEST_STEM = 2;

  private NearestNode() {}

  /** The one node that is meant, if there is one such. */
  static Optional<String> to(String name, Collection<String> nodes) {
    return onlyOne(nodes.stream().filter(node -> isStem(node, name) || isStem(name, node)).toList())
        .or(() -> bySpelling(name, nodes));
  }

  /** A name with something behind it, such as n9-typo for n9, or without its domain. */
  private static boolean isStem(String stem, String name) {
    return stem.length() >= SHORTEST_STEM
        && name.length() > stem.length()
        && name.startsWith(stem)
        && !Character.isLetterOrDigit(name.charAt(stem.length()));
  }

  private static Optional<String> bySpelling(String name, Collection<String> nodes) {
    // One slip in a short name, two in one of six letters and more.
    int slips = name.length() < 6 ? 1 : 2;
    List<String> near =
        nodes.stream()
            .filter(node -> Math.abs(node.length() - name.length()) <= slips)
            .filter(node -> !differInNumberOnly(node, name))
            .filter(node -> Spelling.distance(name, node) <= slips)
            .sorted(Comparator.comparingInt(node -> Spelling.distance(name, node)))
            .toList();
    if (near.size() > 1
        && Spelling.distance(name, near.get(0)) == Spelling.distance(name, near.get(1))) {
      return Optional.empty();
    }
    return near.stream().findFirst();
  }

  /** Node 12 where there are 1 to 9 is one that is gone, or not there yet, rather than a slip. */
  private static boolean differInNumberOnly(String one, String other) {
    return letters(one).equals(letters(other));
  }

  private static String letters(String name) {
    return name.replaceAll("[0-9]+", "0");
  }

  private static Optional<String> onlyOne(List<String> found) {
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }
}
