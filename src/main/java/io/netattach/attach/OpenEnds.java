package io.netattach.attach;

import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Rtnetlink;
import org.jspecify.annotations.Nullable;

/**
 * The two ends of one attachment while it is worked on: their namespaces, the connections in them,
 * and the ifindexes, as they become known. For one thread; close it.
 */
final class OpenEnds implements AutoCloseable {
  private final Netns node;
  private final Rtnetlink nodeLinks;
  private @Nullable Netns target;
  private @Nullable Rtnetlink targetLinks;
  private int hostIndex;
  private int containerIndex;

  /**
   * @param node not closed here
   * @param nodeLinks not closed here
   */
  OpenEnds(Netns node, Rtnetlink nodeLinks) {
    this.node = node;
    this.nodeLinks = nodeLinks;
  }

  /** A connection in the target, which is opened unless it is open already. */
  Rtnetlink open(Netns found) {
    if (target == null || targetLinks == null || !target.equals(found)) {
      take(found);
    } else {
      found.close();
    }
    return opened(targetLinks);
  }

  /** Takes over the target, which is closed with this. */
  void take(Netns opened) {
    close();
    target = opened;
    targetLinks = Rtnetlink.open(opened);
  }

  /** Says which link is an end. */
  void found(Side side, int index) {
    switch (side) {
      case HOST -> hostIndex = index;
      case CONTAINER -> containerIndex = index;
    }
  }

  int index(Side side) {
    return switch (side) {
      case HOST -> hostIndex;
      case CONTAINER -> containerIndex;
    };
  }

  Rtnetlink links(Side side) {
    return switch (side) {
      case HOST -> nodeLinks;
      case CONTAINER -> opened(targetLinks);
    };
  }

  Netns netns(Side side) {
    return switch (side) {
      case HOST -> node;
      case CONTAINER -> opened(target);
    };
  }

  private static <T> T opened(@Nullable T handle) {
    if (handle == null) {
      throw new IllegalStateException("the target is opened or made before it is worked on");
    }
    return handle;
  }

  /** The ifindex of a bridge of the node; 0 for no name. */
  int bridgeIndex(String name) {
    if (name.isEmpty()) {
      return 0;
    }
    return nodeLinks
        .link(new InterfaceName(name))
        .orElseThrow(() ->
            new AttachException(Reason.INVALID_SPEC, "bridge " + name + " has gone meanwhile"))
        .index();
  }

  @Override
  public void close() {
    if (targetLinks != null) {
      targetLinks.close();
      targetLinks = null;
    }
    if (target != null) {
      target.close();
      target = null;
    }
  }
}
