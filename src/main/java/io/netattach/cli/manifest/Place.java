package io.netattach.cli.manifest;

import java.util.function.Consumer;

/**
 * A document, or an entry of a list in one, while it is read.
 *
 * @param source the text that it comes from
 * @param detail which document and entry, such as {@code document 2, items[1]}; empty where there
 *     is only one
 * @param problems takes what is wrong with it
 * @param notes takes what is to be known about it
 */
record Place(String source, String detail, Problems problems, Consumer<String> notes) {

  /** An entry of the list that is here. */
  Place item(int index) {
    String item = "items[" + index + "]";
    return new Place(source, detail.isEmpty() ? item : detail + ", " + item, problems, notes);
  }

  /** Notes a problem on a line of the source; 0 if the line is not known. */
  void problem(int line, String field, String sentence) {
    String separator = detail.isEmpty() ? ": " : ", ";
    String where = line > 0 ? this + separator + "line " + line : toString();
    problems.add(where, field, sentence);
  }

  /** Tells something about what is here that is not wrong. */
  void note(String sentence) {
    notes.accept("note: " + this + ": " + sentence);
  }

  /** The place as messages show it. */
  @Override
  public String toString() {
    return detail.isEmpty() ? source : source + ": " + detail;
  }
}
