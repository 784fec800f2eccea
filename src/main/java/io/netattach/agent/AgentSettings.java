package io.netattach.agent;

import io.netattach.attach.NodePolicy;
import io.netattach.bridge.DeclaredBridge;
import io.netattach.cri.RuntimeSocket;
import java.time.Duration;
import java.util.List;

/**
 * What an agent is told when it starts.
 *
 * @param nodeName the node that it is on, as {@code kubectl get nodes} shows it
 * @param policy what attachments may do to this node
 * @param resync how often each attachment is looked at although nothing was heard of it; zero for
 *     never
 * @param runtime where the container runtime listens
 * @param pod the pod that it runs in
 * @param networks the bridges that it makes
 */
public record AgentSettings(
    String nodeName,
    NodePolicy policy,
    Duration resync,
    RuntimeSocket runtime,
    Pod pod,
    Networks networks) {
  /**
   * The bridges of this node.
   *
   * @param underlay where its tunnels begin: an address, or the name of a link; empty where that is
   *     not known
   */
  public record Networks(List<DeclaredBridge> bridges, String underlay) {
    public Networks {
      bridges = List.copyOf(bridges);
    }
  }

  /**
   * The pod of an agent.
   *
   * @param namespace where its Lease is written, too
   * @param uid empty outside a cluster
   */
  public record Pod(String namespace, String name, String uid) {}
}
