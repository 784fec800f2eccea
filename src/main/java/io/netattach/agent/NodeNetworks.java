package io.netattach.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.bridge.BridgeKeeper;
import io.netattach.bridge.Underlay;
import io.netattach.netlink.IpAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The bridges of this node, and where tunnels of the other nodes begin, for those that ask. */
final class NodeNetworks implements AutoCloseable {
  private final LeasePeers peers;
  private final BridgeKeeper bridges;

  /** Makes the bridges, as far as that can be. */
  NodeNetworks(NodeEngine engine, KubernetesClient client, AgentSettings settings) {
    this.peers =
        new LeasePeers(client, settings.pod().namespace(), settings.nodeName(), this::look);
    this.bridges =
        engine.bridges(
            settings.networks().bridges(),
            new Underlay(settings.networks().underlay(), this::now),
            settings.resync());
  }

  private Optional<Set<IpAddress>> now() {
    return peers.now();
  }

  private void look() {
    bridges.look();
  }

  /** Begins to ask for the other nodes, if any bridge has tunnels to them. */
  void start() {
    if (bridges.asksForPeers()) {
      peers.start();
    }
  }

  BridgeKeeper bridges() {
    return bridges;
  }

  /** The declared bridges, each ready or what is wrong with it. */
  Map<String, String> details() {
    Map<String, String> details = new TreeMap<>();
    details.put("bridges", bridges.ready() + " of " + bridges.wanted() + " ready");
    bridges.troubles().forEach((name, trouble) -> details.put("bridge " + name, trouble));
    return details;
  }

  @Override
  public void close() {
    peers.close();
    bridges.close();
  }
}
