package io.netattach.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.netlink.IpPrefix;
import java.net.HttpURLConnection;
import java.util.List;
import org.jboss.logging.Logger;

/** The networks of a cluster's Services, in which no host end may have an address or a route. */
final class ServiceNetworks {
  private static final Logger LOG = Logger.getLogger(ServiceNetworks.class);

  private ServiceNetworks() {}

  /**
   * Asks the API server, which can tell since Kubernetes 1.33.
   *
   * @return none where it cannot tell
   * @throws KubernetesClientException when it does not answer
   */
  static List<IpPrefix> read(KubernetesClient client) {
    try {
      return client.network().v1().serviceCIDRs().list().getItems().stream()
          .filter(found -> found.getSpec() != null)
          .flatMap(found -> found.getSpec().getCidrs().stream())
          .map(IpPrefix::of)
          .toList();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
          && e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      LOG.info(
          "the API server does not tell the network of Services; name it by --reserve-network, or"
              + " only the address of this cluster's API is reserved");
      return List.of();
    }
  }
}
