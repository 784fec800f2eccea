package io.netattach.cli.bench;

/** What is measured. */
public enum Operation {
  /** Attach. */
  SETUP,
  /** Attach what is attached: everything is read, nothing is changed. */
  VERIFY,
  /** Detach, many at once. */
  TEARDOWN,
  /** List all links of the node. */
  LIST,
  /** Get one host end by its name. */
  GET
}
