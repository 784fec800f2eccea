package io.netattach.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.netattach.kube.ClientKey;
import io.netattach.kube.KubeconfigFiles;
import java.nio.file.Files;
import java.nio.file.Path;

/** The way to the API server: that of the pod's service account, or of {@code $KUBECONFIG}. */
public final class ApiConnection {
  private static final Path TOKEN = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");

  /** A request is tried again so often, after 100 ms first and then twice as long each time. */
  private static final int RETRIES = 8;

  private ApiConnection() {}

  /**
   * Opens it; the caller closes it.
   *
   * @throws ClusterException where nothing says which API server is meant, or what does cannot be
   *     read
   */
  public static KubernetesClient open() {
    String kubeconfig = System.getenv("KUBECONFIG");
    boolean isTold = kubeconfig != null && !kubeconfig.isEmpty();
    if (!isTold && !Files.exists(TOKEN)) {
      throw new ClusterException(
          "there is neither $KUBECONFIG nor a pod's service account; set KUBECONFIG to the file of"
              + " the cluster that is meant");
    }
    KubeconfigFiles.fault(kubeconfig)
        .ifPresent(fault -> {
          throw new ClusterException(fault.sentence());
        });
    // Otherwise the JVM warns on standard error of how netty gets its memory.
    System.setProperty("io.netty.noUnsafe", "true");
    Config config = new ConfigBuilder().withRequestRetryBackoffLimit(RETRIES).build();
    new ClientKey().customize(config);
    return new KubernetesClientBuilder().withConfig(config).build();
  }
}
