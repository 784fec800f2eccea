package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;

class NetattachCommandTest {
  @Test
  void eachCommandIsCalledWhatItSaysItIs() {
    assertThat(NetattachCommand.commandLine().getSubcommands())
        .isNotEmpty()
        .allSatisfy((name, command) ->
            assertThat(
                    command.getCommandSpec().userObject().getClass().getAnnotation(Command.class))
                .extracting(Command::name)
                .isEqualTo(name));
  }

  @Test
  void onlyTheCommandThatIsAskedForIsRead() {
    assertThat(NetattachCommand.commandLine("agent", "--node", "list").getSubcommands())
        .containsOnlyKeys("agent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "atach", "--nodes", ""})
  void allAreReadWhereNoneIsAskedFor(String first) {
    assertThat(NetattachCommand.commandLine(first, "agent").getSubcommands())
        .containsOnlyKeys(NetattachCommand.commandLine().getSubcommands().keySet());
  }
}
