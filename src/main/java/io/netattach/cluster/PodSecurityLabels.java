package io.netattach.cluster;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.function.Consumer;

/**
 * The labels by which a namespace allows the pods of agents, which use the node's network, where
 * the cluster enforces Pod Security.
 */
public final class PodSecurityLabels {
  private static final String PATCH =
      """
      {"metadata": {"labels": {
        "pod-security.kubernetes.io/enforce": "privileged",
        "pod-security.kubernetes.io/audit": "privileged",
        "pod-security.kubernetes.io/warn": "privileged"}}}
      """;

  private PodSecurityLabels() {}

  /**
   * Puts them on a namespace; its other labels stay.
   *
   * @param client not closed here
   * @param out told what was done
   * @throws ClusterException when there is no such namespace
   */
  public static void put(KubernetesClient client, String namespace, Consumer<String> out) {
    try {
      // By an object rather than by its name, which the client would read first.
      client
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
          .patch(PatchContext.of(PatchType.JSON_MERGE), PATCH);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        throw new ClusterException(
            "there is no namespace " + namespace + "; create it, or name the one that is meant");
      }
      throw e;
    }
    out.accept("namespace " + namespace + ": allows privileged pods");
  }
}
