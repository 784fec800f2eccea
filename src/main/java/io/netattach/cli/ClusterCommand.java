package io.netattach.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.cluster.ApiConnection;
import io.netattach.cluster.ClusterException;
import io.netattach.kube.StartFailure;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** A command that does something to a cluster once, and ends. */
abstract class ClusterCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "How long to wait at most. Default: ${DEFAULT-VALUE}.",
      defaultValue = "120")
  int timeout;

  @Override
  public final Integer call() throws InterruptedException {
    if (timeout < 1 || timeout > 86_400) {
      throw wrong("--timeout: " + timeout + " is not within 1 to 86400 seconds");
    }
    check();
    try (KubernetesClient client = ApiConnection.open()) {
      act(client, Duration.ofSeconds(timeout));
      return NetattachCommand.OK;
    } catch (ClusterException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    } catch (KubernetesClientException e) {
      throw new CommandException(StartFailure.sentence(e, "user"));
    }
  }

  /** Refuses options that contradict each other. */
  void check() {}

  /** Does it; what goes wrong is thrown. */
  abstract void act(KubernetesClient client, Duration time) throws InterruptedException;

  final ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** A line of standard output, at once: it is read while the command goes on. */
  final void say(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }
}
