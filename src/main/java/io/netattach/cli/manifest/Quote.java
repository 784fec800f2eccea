package io.netattach.cli.manifest;

/** Text of somebody else inside a message: short, on one line, and without control characters. */
public final class Quote {

  private static final int MAX_LENGTH = 60;

  private Quote() {}

  /** The text in double quotes. */
  static String text(String text) {
    return '"' + bare(text) + '"';
  }

  /** The text without quotes. */
  static String bare(String text) {
    return text.codePointCount(0, text.length()) > MAX_LENGTH
        ? whole(text.substring(0, text.offsetByCodePoints(0, MAX_LENGTH))) + "..."
        : whole(text);
  }

  /** The text without quotes and at its full length, for the names of files. */
  public static String whole(String text) {
    var out = new StringBuilder();
    text.codePoints().forEach(c -> append(out, c));
    return out.toString();
  }

  private static void append(StringBuilder out, int c) {
    switch (Character.getType(c)) {
      // A right-to-left mark or half a surrogate pair spoils a terminal as much as an escape does.
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          out.append("\\u%04x".formatted(c));
      default -> out.appendCodePoint(c);
    }
  }
}
