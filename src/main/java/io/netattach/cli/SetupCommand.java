package io.netattach.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.cluster.DefinitionSetup;
import io.netattach.cluster.PodSecurityLabels;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code netattach setup}. */
@Command(
    name = "setup",
    description = {
      "Prepare a cluster for this release, or for an upgrade to it.",
      "The API server is that of the pod's service account, or of $KUBECONFIG. What is as it should be"
          + " already is left alone."
    },
    mixinStandardHelpOptions = true)
final class SetupCommand extends ClusterCommand {
  @Option(
      names = "--definitions",
      description =
          "Bring the resource definitions to this release's, whoever installed them, and wait until"
              + " they are served.")
  boolean definitions;

  @Option(
      names = "--label-namespace",
      paramLabel = "NAME",
      description =
          "Label this namespace so that Pod Security lets agents' pods in: enforce, audit and warn are"
              + " privileged.")
  @Nullable String labelNamespace;

  @Override
  void check() {
    if (!definitions && labelNamespace == null) {
      throw wrong("nothing is to be set up; give --definitions, --label-namespace, or both");
    }
    if (labelNamespace != null && labelNamespace.isBlank()) {
      throw wrong("--label-namespace: is given without a name");
    }
  }

  @Override
  void act(KubernetesClient client, Duration time) throws InterruptedException {
    String namespace = labelNamespace;
    if (namespace != null) {
      PodSecurityLabels.put(client, namespace, this::say);
    }
    if (definitions) {
      new DefinitionSetup(client, time, this::say).apply();
    }
  }
}
