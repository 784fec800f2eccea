package io.netattach.pool;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is remembered of the attachments that wait for a pool, from one look at it to the next. What
 * writes to attachments tell is safe for use by several threads; the rest is its keeper's.
 */
final class PoolMemory {
  /** The uids of those that were given addresses and are still seen without. */
  final Set<String> given = ConcurrentHashMap.newKeySet();

  /** The uids of those whose latest write was refused. */
  final Set<String> refused = ConcurrentHashMap.newKeySet();

  /** Whether the status of one was changed by others again and again. */
  volatile boolean overtaken;

  /** Whether others were quicker to write the blocks, again and again. */
  boolean outrun;

  /** Whether one waits for an address that is kept for it and held by its predecessor. */
  boolean held;

  /** Forgets all attachments but those of some uids. */
  void retain(Collection<String> uids) {
    given.retainAll(uids);
    refused.retainAll(uids);
  }
}
