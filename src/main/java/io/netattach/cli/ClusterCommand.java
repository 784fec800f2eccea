package io.netattach.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.cluster.ApiConnection;
import io.netattach.cluster.ClusterException;
import io.netattach.kube.ApiAnswer;
import io.netattach.kube.StartFailure;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
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
      throw new CommandException(sentence(e));
    }
  }

  private static String sentence(KubernetesClientException e) {
    return switch (e.getCode()) {
      case HttpURLConnection.HTTP_NOT_FOUND,
          HttpURLConnection.HTTP_UNAUTHORIZED,
          HttpURLConnection.HTTP_FORBIDDEN ->
          StartFailure.sentence(e, "user");
      default ->
          ApiAnswer.isOne(e)
              ? "the API server refuses it: " + answer(e)
              : StartFailure.sentence(e, "user");
    };
  }

  /** What the API server itself says, without the request that the client puts before it. */
  private static String answer(KubernetesClientException e) {
    String message = e.getStatus() == null ? null : e.getStatus().getMessage();
    return message == null ? StartFailure.innermost(e) : message;
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
