package io.netattach.cli;

import io.netattach.kube.KubeconfigFiles;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import java.net.BindException;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** A part of the operator: it runs under Quarkus, and talks to an API server. */
abstract class RoleCommand implements Callable<Integer> {
  private static final Pattern ADDRESS = Pattern.compile("(.+):([0-9]{1,5})");

  enum LogFormat {
    TEXT,
    JSON
  }

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = {
        "text, or json: an object on each line, with who and what it is about in fields of its own.",
        "Default: $NETATTACH_LOG_FORMAT, else text."
      },
      defaultValue = "${env:NETATTACH_LOG_FORMAT:-text}")
  LogFormat logFormat = LogFormat.TEXT;

  /** Runs until it is told to stop; gives the exit code. */
  final int serve(Class<? extends QuarkusApplication> application, String listen) {
    Matcher address = ADDRESS.matcher(listen);
    if (!address.matches() || Integer.parseInt(address.group(2)) > 65_535) {
      throw new ParameterException(
          spec.commandLine(),
          "--listen: '" + listen + "' is not HOST:PORT; write one such as 127.0.0.1:9470");
    }
    KubeconfigFiles.fault(System.getenv("KUBECONFIG"))
        .ifPresent(fault -> {
          throw new CommandException(fault.sentence());
        });
    System.setProperty("quarkus.http.host", address.group(1));
    System.setProperty("quarkus.http.port", address.group(2));
    System.setProperty(
        "quarkus.log.console.json.enabled", Boolean.toString(logFormat == LogFormat.JSON));
    String[] arguments =
        spec.commandLine().getParent().getParseResult().originalArgs().toArray(String[]::new);
    End end = new End();
    Quarkus.run(application, end, arguments);
    return end.code(listen);
  }

  /** How it ended: a failure to begin has been told by nobody yet. */
  private static final class End implements BiConsumer<Integer, @Nullable Throwable> {
    private int code = NetattachCommand.ERROR;
    private @Nullable Throwable failure;

    @Override
    public void accept(Integer exitCode, @Nullable Throwable thrown) {
      code = exitCode;
      failure = thrown;
    }

    int code(String listen) {
      for (Throwable e = failure; e != null; e = e.getCause()) {
        if (e instanceof BindException) {
          throw new CommandException(
              "--listen: " + listen + " cannot be had (" + e.getMessage() + "); name another port");
        }
      }
      if (failure != null) {
        throw new IllegalStateException("cannot begin", failure);
      }
      return code;
    }
  }

  final int within(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(),
          option + ": " + value + " is not within " + least + " to " + most + " seconds");
    }
    return value;
  }

  static String podNamespace() {
    return environment("POD_NAMESPACE", "netattach-system");
  }

  static String podName() {
    return environment("POD_NAME", environment("HOSTNAME", "netattach"));
  }

  static String environment(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }
}
