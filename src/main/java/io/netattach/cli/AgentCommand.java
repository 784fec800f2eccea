package io.netattach.cli;

import io.netattach.agent.AgentApplication;
import io.netattach.agent.AgentSettings;
import io.netattach.cri.RuntimeSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code netattach agent}. */
@Command(
    name = "agent",
    description = {
      "Keep this node's kernel as the NetworkAttachments of a cluster say, until it is stopped.",
      "The API server is that of the pod's service account, or of $KUBECONFIG. On SIGTERM it ends and"
          + " leaves what it attached in place."
    },
    mixinStandardHelpOptions = true)
final class AgentCommand extends RoleCommand {
  @Option(
      names = "--resync",
      paramLabel = "SECONDS",
      description =
          "How often to look at an attachment of which nothing was heard; 0 for never. Default:"
              + " ${DEFAULT-VALUE}.",
      defaultValue = "300")
  int resync;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = {
        "Where health is told, under /q/health/live, ready and started, and metrics under"
            + " /q/metrics. Default: ${DEFAULT-VALUE}, for the agent's pod has the node's network."
      },
      defaultValue = "127.0.0.1:9470")
  String listen = "";

  @Option(
      names = "--runtime-socket",
      paramLabel = "PATH",
      description = {
        "The container runtime's socket, where the namespaces of pods are asked for.",
        "Default: the first that there is of /run/containerd/containerd.sock, /run/crio/crio.sock and"
            + " /run/k3s/containerd/containerd.sock."
      })
  @Nullable Path runtimeSocket;

  @Mixin NodeOptions options = new NodeOptions();

  @Mixin BridgeOptions networks = new BridgeOptions();

  @Override
  public Integer call() {
    settings();
    Privileges.require("netattach agent");
    System.setProperty("quarkus.log.console.json.additional-field.node.value", options.nodeName());
    return serve(AgentApplication.class, listen);
  }

  AgentSettings settings() {
    return new AgentSettings(
        options.nodeName(),
        options.agentPolicy(),
        Duration.ofSeconds(within("--resync", resync, 0, 86_400)),
        new RuntimeSocket(runtimeSocket),
        new AgentSettings.Pod(podNamespace(), podName(), environment("POD_UID", "")),
        new AgentSettings.Networks(networks.bridges(), networks.underlay()));
  }
}
