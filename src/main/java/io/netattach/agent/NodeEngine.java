package io.netattach.agent;

import io.netattach.attach.Attacher;
import io.netattach.attach.Identity;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Orphans;
import io.netattach.attach.Owner;
import io.netattach.attach.Ownership;
import io.netattach.attach.Upkeep;
import io.netattach.bridge.BridgeKeeper;
import io.netattach.bridge.DeclaredBridge;
import io.netattach.bridge.Underlay;
import io.netattach.netlink.Netns;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** The attach engine on this node, on behalf of one cluster. */
final class NodeEngine implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(NodeEngine.class);

  private final Netns node = Netns.current();
  private final Owner owner;
  private final Attacher attacher;
  private final Upkeep upkeep;
  private volatile Consumer<Identity> changed = nobody -> {};

  /**
   * @param cluster the uid of its kube-system namespace, by which clusters are told apart
   */
  NodeEngine(NodePolicy policy, String cluster) {
    this.owner = new Owner(cluster);
    this.attacher = new Attacher(node, policy, new Ownership(owner, false));
    this.upkeep = new Upkeep(node, attacher, one -> changed.accept(one), LOG::warn);
  }

  Attacher attacher() {
    return attacher;
  }

  /** The node's own namespace. */
  Netns.Identity node() {
    return node.identity();
  }

  /** What is this cluster's on the node and is no longer wanted. */
  Orphans orphans(Orphans.Log log) {
    return new Orphans(owner, attacher, log);
  }

  /** Makes bridges, and keeps them until it is closed. */
  BridgeKeeper bridges(List<DeclaredBridge> declared, Underlay underlay, Duration resync) {
    return new BridgeKeeper(node, owner, declared, underlay, resync, LOG::info);
  }

  /** Attaches, and listens to the kernel. */
  Upkeep upkeep() {
    return upkeep;
  }

  /** Who is told of an attachment that is to be attached again. */
  void onChange(Consumer<Identity> listener) {
    changed = listener;
  }

  /** Whether the kernel answers, and changes that are heard are told. */
  boolean isAlive() {
    return upkeep.isTelling() && attacher.answers();
  }

  @Override
  public void close() {
    upkeep.close();
    attacher.close();
    node.close();
  }
}
