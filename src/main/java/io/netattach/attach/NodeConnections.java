package io.netattach.attach;

import io.netattach.netlink.Netns;
import io.netattach.netlink.Rtnetlink;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Function;

/**
 * Connections in the node's namespace, one for each attachment that is worked on at the same time:
 * on one, they would wait for each other's answers. Opened when needed; a few that nobody uses are
 * kept. May be used by several threads at once.
 */
final class NodeConnections implements AutoCloseable {
  private static final int SPARE = 8;

  private final Netns node;
  private final BlockingQueue<Rtnetlink> spare = new ArrayBlockingQueue<>(SPARE);
  private volatile boolean closed;

  /**
   * @param node not closed here
   */
  NodeConnections(Netns node) {
    this.node = node;
  }

  /** Does something by a connection that nobody else uses meanwhile. */
  <T> T with(Function<Rtnetlink, T> work) {
    Rtnetlink waiting = spare.poll();
    Rtnetlink links = waiting == null ? Rtnetlink.open(node) : waiting;
    try {
      return work.apply(links);
    } finally {
      giveBack(links);
    }
  }

  private void giveBack(Rtnetlink links) {
    if (!spare.offer(links)) {
      links.close();
    }
    if (closed) {
      close();
    }
  }

  /** Closes those that nobody uses; the others are closed when they are given back. */
  @Override
  public void close() {
    closed = true;
    for (Rtnetlink links = spare.poll(); links != null; links = spare.poll()) {
      links.close();
    }
  }
}
