package io.netattach.cli;

import io.quarkus.runtime.annotations.QuarkusMain;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program's entry point. */
@QuarkusMain
@Command(
    name = "netattach",
    mixinStandardHelpOptions = true,
    version = "netattach 0.1.0-SNAPSHOT",
    synopsisSubcommandLabel = "COMMAND")
public final class Main {

  /** Runs one command and exits with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Command(name = "version", description = "Print the version.")
  int version() {
    System.out.println("netattach 0.1.0-SNAPSHOT");
    return 0;
  }
}
