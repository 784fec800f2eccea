package io.netattach.cli;

import io.netattach.agent.AgentSettings;
import io.netattach.controller.ControllerSettings;
import io.quarkus.runtime.annotations.CommandLineArguments;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Hands what the command line says to the part of the operator that was started by it. */
final class RoleSettings {
  @Produces
  @Singleton
  AgentSettings agent(@CommandLineArguments String[] arguments) {
    return command(arguments, AgentCommand.class).settings();
  }

  @Produces
  @Singleton
  ControllerSettings controller(@CommandLineArguments String[] arguments) {
    return command(arguments, ControllerCommand.class).settings();
  }

  private static <T> T command(String[] arguments, Class<T> type) {
    Object command =
        NetattachCommand.commandLine(arguments)
            .parseArgs(arguments)
            .subcommand()
            .commandSpec()
            .userObject();
    return type.cast(command);
  }
}
