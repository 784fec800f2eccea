package io.netattach.cli.manifest;

/**
 * Something in a manifest that its author has to change.
 *
 * @param source where the manifest was read
 * @param field path of the field, such as {@code spec.container.mtu}; empty if the manifest as a
 *     whole is meant
 * @param sentence what is wrong and what to write instead, to be read after the field
 */
public record ManifestProblem(String source, String field, String sentence) {

  /** Sentences from elsewhere quote values as they stand, which may hold line ends and escapes. */
  public ManifestProblem {
    field = Quote.whole(field);
    sentence = Quote.whole(sentence);
  }

  /** The problem on one line, as it is shown to people. */
  @Override
  public String toString() {
    return field.isEmpty() ? source + ": " + sentence : source + ": " + field + ": " + sentence;
  }
}
