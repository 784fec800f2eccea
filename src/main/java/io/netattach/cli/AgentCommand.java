package io.netattach.cli;

import io.netattach.agent.AgentApplication;
import io.netattach.agent.AgentSettings;
import java.time.Duration;
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

  @Mixin NodeOptions options = new NodeOptions();

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
        new AgentSettings.Pod(podNamespace(), podName(), environment("POD_UID", "")));
  }
}
