package io.netattach.cli;

import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;

/** Names of options, for tests of what calls the program. */
public final class CommandOptions {
  private CommandOptions() {}

  /** Those of a command, such as {@code --node}. */
  public static Set<String> of(String command) {
    CommandLine line =
        Objects.requireNonNull(
            NetattachCommand.commandLine().getSubcommands().get(command),
            () -> "there is no command " + command);
    return line.getCommandSpec().options().stream()
        .flatMap(option -> Set.of(option.names()).stream())
        .collect(Collectors.toSet());
  }
}
