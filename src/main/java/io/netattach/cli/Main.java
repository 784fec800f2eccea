package io.netattach.cli;

import io.quarkus.runtime.annotations.QuarkusMain;

/**
 * The program's entry point. It is a plain one: the commands for a node start in a fraction of a
 * second, without Quarkus.
 */
@QuarkusMain
public final class Main {
  private Main() {}

  /** Runs one command and exits with its exit code. */
  public static void main(String[] args) {
    System.exit(NetattachCommand.commandLine(args).execute(args));
  }
}
