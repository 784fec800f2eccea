package io.netattach.attach;

/**
 * Something that is wrong with what was asked for.
 *
 * @param field its path, such as {@code container.routes[0].via}
 * @param sentence what is wrong, and what to write instead
 */
public record Problem(String field, String sentence) {
  @Override
  public String toString() {
    return field + ": " + sentence;
  }
}
