package io.netattach.cli;

import io.netattach.controller.ControllerApplication;
import io.netattach.controller.ControllerSettings;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code netattach controller}. */
@Command(
    name = "controller",
    description = {
      "Stamp the NetworkAttachments of each NetworkAttachmentSet, and speak for nodes whose agent does"
          + " not, until it is stopped.",
      "Of several controllers one leads and the others wait. The API server is that of the pod's"
          + " service account, or of $KUBECONFIG. It never touches a kernel."
    },
    mixinStandardHelpOptions = true)
final class ControllerCommand extends RoleCommand {
  @Option(
      names = "--silent-after",
      paramLabel = "SECONDS",
      description =
          "How long an agent may be unheard before its attachments say AgentSilent. Default:"
              + " ${DEFAULT-VALUE}.",
      defaultValue = "60")
  int silentAfter;

  @Option(
      names = "--node-grace",
      paramLabel = "SECONDS",
      description =
          "How long a Node object must be gone before its attachments that are being deleted are"
              + " let go. Default: ${DEFAULT-VALUE}.",
      defaultValue = "120")
  int nodeGrace;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description =
          "Where health is told, under /q/health/live, ready and started, and metrics under"
              + " /q/metrics. Default: ${DEFAULT-VALUE}.",
      defaultValue = "127.0.0.1:9470")
  String listen = "";

  @Override
  public Integer call() {
    settings();
    return serve(ControllerApplication.class, listen);
  }

  ControllerSettings settings() {
    return new ControllerSettings(
        podNamespace(),
        podName(),
        Duration.ofSeconds(within("--silent-after", silentAfter, 1, 86_400)),
        Duration.ofSeconds(within("--node-grace", nodeGrace, 0, 86_400)));
  }
}
