package io.netattach.cli.doctor;

import java.util.Locale;

/**
 * What one look came to, in sentences.
 *
 * @param subject what was looked at, in a word or two
 * @param what how it is
 * @param follows what that means for attachments; empty where it means nothing
 * @param remedy what to do; empty where there is nothing to be done
 */
public record Finding(String subject, Result result, String what, String follows, String remedy) {
  /** How good it is. */
  public enum Result {
    /** It is as it should be. */
    OK,
    /** Something works less well, or only some attachments can be had. */
    NOTE,
    /** It cannot be told from here. */
    UNKNOWN,
    /** Something needed is not there. */
    MISSING;

    /** As it is shown, such as {@code missing}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding ok(String subject, String what) {
    return new Finding(subject, Result.OK, what, "", "");
  }

  static Finding note(String subject, String what, String follows, String remedy) {
    return new Finding(subject, Result.NOTE, what, follows, remedy);
  }

  static Finding unknown(String subject, String what, String remedy) {
    return new Finding(subject, Result.UNKNOWN, what, "", remedy);
  }

  static Finding missing(String subject, String what, String follows, String remedy) {
    return new Finding(subject, Result.MISSING, what, follows, remedy);
  }

  /** Everything that there is to say, as sentences. */
  public String sentences() {
    StringBuilder all = new StringBuilder();
    for (String part : new String[] {what, follows, remedy}) {
      if (!part.isEmpty()) {
        all.append(all.isEmpty() ? "" : " ")
            .append(Character.toUpperCase(part.charAt(0)))
            .append(part, 1, part.length())
            .append('.');
      }
    }
    return all.toString();
  }
}
