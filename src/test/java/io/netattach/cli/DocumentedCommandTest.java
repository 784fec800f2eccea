package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import io.netattach.docs.Command;
import io.netattach.docs.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pages tell to type of this program is taken by it. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class DocumentedCommandTest {
  private @TempDir Path folder = Path.of("");

  @AfterEach
  void clear() {
    Node.clear();
  }

  /** Those of a shell, and those within a container. */
  static Stream<Command> all() {
    return Command.all().stream()
        .map(DocumentedCommandTest::ofContainer)
        .filter(command -> Path.of(command.program()).endsWith("netattach"));
  }

  private static Command ofContainer(Command command) {
    int end = command.words().indexOf("--");
    return command.words().contains("exec") && end > 0
        ? new Command(command.page(), command.words().subList(end + 1, command.words().size()))
        : command;
  }

  @ParameterizedTest
  @MethodSource("all")
  void itsOptionsAndValuesAreTaken(Command command) {
    var parsed =
        NetattachCommand.commandLine().parseArgs(command.arguments().toArray(String[]::new));

    assertThat(parsed.subcommands()).hasSize(1);
  }

  @Test
  void theReadmesManifestIsPlannedAttachedListedAndDetached() throws IOException {
    Page readme = Page.of(Path.of("README.md"));
    Page.Block manifest =
        readme.blocks().stream()
            .filter(block -> block.before().endsWith("Write `db.yaml`:"))
            .findFirst()
            .orElseThrow();
    Path file = Files.writeString(folder.resolve("db.yaml"), manifest.text());
    List<String[]> commands =
        Command.all().stream()
            .filter(command -> command.page().path().equals(readme.path()))
            .filter(command -> command.program().equals("target/netattach"))
            .filter(command ->
                List.of("plan", "attach", "list", "detach")
                    .contains(command.arguments().getFirst()))
            .map(command ->
                command.arguments().stream()
                    .map(word -> word.equals("db.yaml") ? file.toString() : word)
                    .toArray(String[]::new))
            .toList();

    List<Invocation> said = commands.stream().map(Invocation::of).toList();

    assertThat(said).extracting(Invocation::err).containsOnly("");
    assertThat(said).extracting(Invocation::code).containsExactly(2, 0, 0, 0);
    assertThat(said.get(2).out()).contains("shop/db-link", "netns/blue", "veth-db", "net1");
    assertThat(Node.has("veth-db")).isFalse();
  }
}
