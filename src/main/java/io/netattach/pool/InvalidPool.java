package io.netattach.pool;

/** A pool whose ranges cannot be used; the message says what to write instead. */
final class InvalidPool extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidPool(String sentence) {
    super(sentence);
  }
}
