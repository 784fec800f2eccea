package io.netattach.cli;

import io.netattach.attach.Attacher;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.Owner;
import io.netattach.attach.Ownership;
import io.netattach.netlink.Netns;
import java.util.HashMap;
import java.util.Map;

/** The engine as a person at the command line uses it: for the manifests of any folder. */
final class Engine implements AutoCloseable {
  private final Netns node = Netns.current();
  private final NodePolicy policy;
  private final Map<Owner, Attacher> attachers = new HashMap<>();

  Engine(NodePolicy policy) {
    this.policy = policy;
  }

  /** For what that owner asks for. */
  Attacher of(Owner owner) {
    return attachers.computeIfAbsent(
        owner, me -> new Attacher(node, policy, new Ownership(me, true)));
  }

  @Override
  public void close() {
    attachers.values().forEach(Attacher::close);
    node.close();
  }
}
