package io.netattach.api;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A CEL expression that makes a message, for people: its texts, with … for what is filled in. */
final class MessageExpression {
  private MessageExpression() {}

  static String text(String expression) {
    return terms(expression).stream().map(MessageExpression::term).collect(Collectors.joining());
  }

  private static String term(String term) {
    boolean literal = term.length() > 1 && term.indexOf('\'', 1) == term.length() - 1;
    return literal && term.startsWith("'") ? term.substring(1, term.length() - 1) : "…";
  }

  /** What is added up: not what is within quotes or brackets. */
  private static List<String> terms(String expression) {
    List<String> terms = new ArrayList<>();
    int depth = 0;
    int start = 0;
    boolean quoted = false;
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      if (c == '\'') {
        quoted = !quoted;
      } else if (!quoted && (c == '(' || c == '[')) {
        depth++;
      } else if (!quoted && (c == ')' || c == ']')) {
        depth--;
      } else if (!quoted && depth == 0 && c == '+') {
        terms.add(expression.substring(start, i).strip());
        start = i + 1;
      }
    }
    terms.add(expression.substring(start).strip());
    return terms;
  }
}
