package io.netattach.agent;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.WrittenStatuses;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** The parts of an agent, each made when it is first needed. */
final class AgentBeans {
  /** By its uid clusters are told apart: it is as old as the cluster. */
  private static final String CLUSTER_NAMESPACE = "kube-system";

  @Produces
  @Singleton
  NodeEngine engine(AgentSettings settings, KubernetesClient client) {
    Namespace cluster = client.namespaces().withName(CLUSTER_NAMESPACE).get();
    if (cluster == null) {
      throw new KubernetesClientException(
          "the API server has no namespace "
              + CLUSTER_NAMESPACE
              + ", whose uid marks what is ours");
    }
    return new NodeEngine(
        settings.policy().reserving(ServiceNetworks.read(client)), cluster.getMetadata().getUid());
  }

  void end(@Disposes NodeEngine engine) {
    engine.close();
  }

  @Produces
  @Singleton
  WrittenStatuses<NetworkAttachmentStatus> written() {
    return new WrittenStatuses<>();
  }

  @Produces
  @Singleton
  Heartbeat heartbeat(AgentSettings settings, KubernetesClient client) {
    return new Heartbeat(client, settings.nodeName(), settings.pod(), Clock.systemUTC());
  }
}
