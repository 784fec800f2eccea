package io.netattach.agent;

import io.netattach.attach.Attacher;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Orphans;
import io.netattach.attach.Owner;
import io.netattach.attach.Ownership;
import io.netattach.netlink.Netns;
import java.util.function.Consumer;

/** The attach engine on this node, on behalf of one cluster. */
final class NodeEngine implements AutoCloseable {
  private final Netns node = Netns.current();
  private final Owner owner;
  private final Attacher attacher;

  /**
   * @param cluster the uid of its kube-system namespace, by which clusters are told apart
   */
  NodeEngine(NodePolicy policy, String cluster) {
    this.owner = new Owner(cluster);
    this.attacher = new Attacher(node, policy, new Ownership(owner, false));
  }

  Attacher attacher() {
    return attacher;
  }

  /** What is this cluster's on the node and is no longer wanted. */
  Orphans orphans(Consumer<String> log) {
    return new Orphans(owner, attacher, log);
  }

  /** Whether the kernel answers. */
  boolean answers() {
    return attacher.answers();
  }

  @Override
  public void close() {
    attacher.close();
    node.close();
  }
}
