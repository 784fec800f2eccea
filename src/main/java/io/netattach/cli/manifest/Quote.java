package io.netattach.cli.manifest;

import io.netattach.attach.PrintableText;

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
    return PrintableText.of(text);
  }
}
