package io.netattach.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.cluster.Detachment;
import io.netattach.cluster.FinalizerRemoval;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code netattach teardown}. */
@Command(
    name = "teardown",
    description = {
      "Empty a cluster before netattach is uninstalled, or let everything go afterwards.",
      "The API server is that of the pod's service account, or of $KUBECONFIG. It may be run again"
          + " after a failure, and goes on where that ended."
    },
    mixinStandardHelpOptions = true)
final class TeardownCommand extends ClusterCommand {
  enum Policy {
    DETACH,
    KEEP
  }

  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      required = true,
      description = {
        "Detach, while agents and controller run: delete all Sets, attachments and pools, and wait"
            + " until their links are gone.",
        "Keep, after agents and controller are gone: take the finalizers of netattach.io off all"
            + " objects, and leave objects and links as they are."
      })
  Policy policy = Policy.DETACH;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description =
          "Keep: the namespace that agents and controller were in. Default: $POD_NAMESPACE, else"
              + " netattach-system.")
  @Nullable String namespace;

  @Override
  void act(KubernetesClient client, Duration time) throws InterruptedException {
    switch (policy) {
      case DETACH -> new Detachment(client, time, this::say).detach();
      case KEEP -> {
        String release = namespace == null ? RoleCommand.podNamespace() : namespace;
        new FinalizerRemoval(client, release, time, this::say).remove();
      }
    }
  }
}
