package io.netattach.cli.doctor;

import java.util.regex.Pattern;

/** Patterns of names as a shell has them: {@code *}, {@code ?} and {@code [...]} (glob(7)). */
final class Globs {
  private Globs() {}

  static boolean match(String pattern, String name) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      int end = c == '[' ? pattern.indexOf(']', i + 2) : -1;
      if (c == '*') {
        regex.append(".*");
      } else if (c == '?') {
        regex.append('.');
      } else if (end > 0) {
        String set = pattern.substring(i + 1, end);
        boolean not = set.startsWith("!") || set.startsWith("^");
        regex.append(not ? "[^" : "[").append(escape(not ? set.substring(1) : set)).append(']');
        i = end;
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.matches(regex.toString(), name);
  }

  /** All but ranges stand for themselves. */
  private static String escape(String set) {
    return set.replaceAll("([\\[\\]\\\\^&])", "\\\\$1");
  }
}
