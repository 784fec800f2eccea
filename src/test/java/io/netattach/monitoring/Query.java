package io.netattach.monitoring;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A query in PromQL, as far as it names metrics. */
record Query(String text) {
  private static final Pattern SELECTOR =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\s*(?:\\{([^}]*)})?(\\s*\\()?");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_]\\w*)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
  private static final Set<String> WORDS =
      Set.of("by", "without", "on", "ignoring", "and", "or", "unless", "bool", "offset");

  /** One label of a selector, such as {@code reason!="Attached"}. */
  record Matching(String label, String operator, String value) {}

  /** A metric, and the labels by which some of its samples are selected. */
  record Selector(String metric, List<Matching> labels) {}

  List<Selector> selectors() {
    String rest = text.replaceAll("\\b(by|without|on|ignoring)\\s*\\([^)]*\\)", " ");
    // What is selected by labels is looked at first; ranges such as [5m] name nothing.
    rest = rest.replaceAll("\\[[^]]*]", " ");
    List<Selector> found = new ArrayList<>();
    Matcher selector = SELECTOR.matcher(rest);
    while (selector.find()) {
      boolean isFunction = selector.group(3) != null;
      if (!isFunction && !WORDS.contains(selector.group(1))) {
        found.add(new Selector(selector.group(1), labels(selector.group(2))));
      }
    }
    return found;
  }

  /** The labels that it groups by. */
  List<String> grouping() {
    List<String> labels = new ArrayList<>();
    Matcher by = Pattern.compile("\\bby\\s*\\(([^)]*)\\)").matcher(text);
    while (by.find()) {
      labels.addAll(List.of(by.group(1).strip().split("\\s*,\\s*", -1)));
    }
    return labels;
  }

  private static List<Matching> labels(@Nullable String text) {
    List<Matching> labels = new ArrayList<>();
    Matcher label = LABEL.matcher(text == null ? "" : text);
    while (label.find()) {
      labels.add(new Matching(label.group(1), label.group(2), label.group(3)));
    }
    return labels;
  }
}
