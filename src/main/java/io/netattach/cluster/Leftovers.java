package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Map.Entry;
import java.util.stream.Collectors;

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

  int count() {
    return count;
  }

  /** Such as {@code 2 such as shop/db-link (node worker-1, AgentSilent)}. */
  String inWords() {
    String told =
        reasons.entrySet().stream()
            .sorted((a, b) -> Integer.compare(b.getValue().count, a.getValue().count))
            .limit(MOST_REASONS)
            .map(Leftovers::inWords)
            .collect(Collectors.joining("; "));
    int more = reasons.size() - MOST_REASONS;
    return told
        + (more > 0 ? "; and others for " + more + " more reasons" : "")
        + (isUnread ? "; and some that were not read" : "");
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
