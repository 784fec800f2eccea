package io.netattach.agent;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.cri.ContainerRuntime;
import io.netattach.kube.WrittenStatuses;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** The parts of an agent, each made when it is first needed. */
final class AgentBeans {
  /** By its uid clusters are told apart: it is as old as the cluster. */
  private static final String CLUSTER_NAMESPACE = "kube-system";

  /** A second and a half in all, for which a thread is held. */
  private static final int EVENT_RETRIES = 4;

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

  /**
   * The same client, which sends again what the API server has not taken: for what nobody else
   * tries again.
   */
  static KubernetesClient persistent(KubernetesClient client) {
    return client
        .newClient(
            new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                .withRequestRetryBackoffLimit(EVENT_RETRIES)
                .build())
        .adapt(KubernetesClient.class);
  }

  void end(@Disposes NodeEngine engine) {
    engine.close();
  }

  @Produces
  @Singleton
  ContainerRuntime runtime(AgentSettings settings, AgentMetrics metrics) {
    return new ContainerRuntime(settings.runtime(), settings.pod().uid(), metrics::asked);
  }

  void end(@Disposes ContainerRuntime runtime) {
    runtime.close();
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
