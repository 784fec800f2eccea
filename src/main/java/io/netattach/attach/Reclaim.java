package io.netattach.attach;

/** What becomes of a namespace that was made for an attachment, when that is detached. */
public enum Reclaim {
  /** It goes, unless something else is in it. */
  DELETE,
  /** It stays. */
  RETAIN
}
