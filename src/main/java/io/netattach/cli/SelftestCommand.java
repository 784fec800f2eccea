package io.netattach.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.cluster.SelfTest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code netattach selftest}. */
@Command(
    name = "selftest",
    description = {
      "Try an installation out from a pod in its namespace: the agent of each node is heard, and an"
          + " attachment is made and taken down again.",
      "Who this pod is stands in $POD_NAME, $POD_NAMESPACE, $POD_UID and $NODE_NAME. What it creates"
          + " it deletes, also when something fails."
    },
    mixinStandardHelpOptions = true)
final class SelftestCommand extends ClusterCommand {
  private static final Path INTERFACES = Path.of("/sys/class/net");

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      description = {
        "pod: the attachment leads to this pod, which sees its interface come and go.",
        "netns: to a named namespace that the agent of this node makes. none: none is tried.",
        "Default: ${DEFAULT-VALUE}."
      },
      defaultValue = "pod")
  SelfTest.Aim target = SelfTest.Aim.POD;

  @Override
  void check() {
    for (String variable : new String[] {"POD_NAME", "POD_NAMESPACE", "NODE_NAME"}) {
      if (RoleCommand.environment(variable, "").isEmpty()) {
        throw wrong("$" + variable + " is not set; run this in a pod that says who it is");
      }
    }
  }

  @Override
  void act(KubernetesClient client, Duration time) throws InterruptedException {
    SelfTest.Self self =
        new SelfTest.Self(
            RoleCommand.podNamespace(),
            RoleCommand.podName(),
            RoleCommand.environment("POD_UID", ""),
            RoleCommand.environment("NODE_NAME", ""));
    Thread main = Thread.currentThread();
    try (Stop stop = Stop.onSignal(main::interrupt)) {
      SelfTest test = new SelfTest(client, self, target, INTERFACES, time, this::say);
      try {
        test.run();
      } catch (RuntimeException | InterruptedException e) {
        // A call that is interrupted fails in one way or another.
        if (!stop.isAsked()) {
          throw e;
        }
        complain(e);
      }
    }
  }

  /** At once: the program ends as soon as the signal is done with. */
  private void complain(Exception end) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("netattach: " + inWords(end));
    err.flush();
  }

  private static String inWords(Exception end) {
    return end.getSuppressed().length == 0
        ? "ended before it was done"
        : "ended before it was done; " + end.getSuppressed()[0].getMessage();
  }
}
