package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;

/** Which objects are not done with, and why. Not safe for use by several threads. */
final class Leftovers {
  /** A line of a log that can still be read; the most frequent reasons come first. */
  private static final int MOST_REASONS = 10;

  private final Map<String, Reason> reasons = new LinkedHashMap<>();
  private int count;
  private boolean isUnread;

  /**
   * Objects that are left for the same reason.
   *
   * @param example the first of them
   */
  private record Reason(int count, String example) {}

  void add(HasMetadata object, String why) {
    count++;
    reasons.merge(
        why, new Reason(1, name(object)), (all, one) -> new Reason(all.count + 1, all.example));
  }

  /** There are more, which were not read. */
  void unread() {
    isUnread = true;
  }

  boolean isEmpty() {
    return count == 0 && !isUnread;
  }

  /** Whether all that was read is done with, and not all was read. */
  boolean isOnlyUnread() {
    return count == 0 && isUnread;
  }

  int count() {
    return count;
  }

  /** Such as {@code 2 such as shop/db-link (node worker-1, AgentSilent)}. */
  String inWords() {
    List<String> told = new ArrayList<>();
    reasons.entrySet().stream()
        .sorted((a, b) -> Integer.compare(b.getValue().count, a.getValue().count))
        .limit(MOST_REASONS)
        .map(Leftovers::inWords)
        .forEach(told::add);
    int more = reasons.size() - MOST_REASONS;
    if (more > 0) {
      told.add("and others for " + more + " more reasons");
    }
    if (isUnread) {
      told.add(told.isEmpty() ? "some that were not read" : "and some that were not read");
    }
    return String.join("; ", told);
  }

  private static String inWords(Entry<String, Reason> entry) {
    Reason reason = entry.getValue();
    return reason.count == 1
        ? reason.example + " (" + entry.getKey() + ")"
        : reason.count + " such as " + reason.example + " (" + entry.getKey() + ")";
  }

  private static String name(HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    String name = object.getMetadata().getName();
    return namespace == null ? name : namespace + "/" + name;
  }
}
