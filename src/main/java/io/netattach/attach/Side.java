package io.netattach.attach;

/** One end of a pair. */
public enum Side {
  /** In the node's namespace. */
  HOST,
  /** In the target namespace. */
  CONTAINER
}
