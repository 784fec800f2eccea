package io.netattach.attach;

/**
 * Texts that others have written, for messages: on one line, and without what a terminal or the
 * reader of a log would take for anything but text. The kernel lets whoever has a namespace call a
 * link in it almost anything, and gives its alias back byte by byte.
 */
public final class PrintableText {
  private PrintableText() {}

  /** The text, with a code such as {@code \u001b} for each character that shows nothing. */
  public static String of(String text) {
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
