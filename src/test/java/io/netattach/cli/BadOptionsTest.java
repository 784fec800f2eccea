package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines that are wrong: one line that names the option, exit code 1, and no help pages. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class BadOptionsTest {
  /** Also where root runs the tests: without capabilities it is a user like others. */
  private static final List<String> UNPRIVILEGED =
      List.of("setpriv", "--inh-caps=-all", "--bounding-set=-all");

  private @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "|no command is given; see netattach --help",
        "atach|there is no command 'atach'; see netattach --help",
        "attach|'--filename=FILE'; see netattach attach --help",
        "attach -f|'--filename' (FILE); see netattach attach --help",
        "attach x.yaml|'--filename=FILE'",
        "attach -f x -g|'-g'; see netattach attach --help",
        "attach -f x y|'y'; see netattach attach --help",
        "attach -f x --node|'--node' (NAME)",
        "attach -f - --allow-bridge br0:0|--allow-bridge: \"0-0\" is no range of VLANs; write one within 1-4094",
        "attach -f - --allow-bridge br0:|--allow-bridge: \"\" is no list of VLANs; write",
        "attach -f - --allow-bridge br0:1-5000|--allow-bridge: \"1-5000\" is no range",
        "attach -f - --allow-bridge br0:20-10|--allow-bridge: \"20-10\" is no range",
        "attach -f - --allow-bridge br0:10,|--allow-bridge: \"10,\" is no list of VLANs",
        "attach -f - --allow-bridge :10|--allow-bridge: \"\" is empty; write",
        "attach -f - --allow-bridge a/b|--allow-bridge: \"a/b\" has a character",
        "attach -f - --allow-host-network x|--allow-host-network: \"x\" is not an IP address",
        "attach -f - --allow-host-network 10.0.0.0|--allow-host-network: \"10.0.0.0\" has no prefix length; write one",
        "attach -f - --reserve-network 10.0.0.0/33|--reserve-network: \"10.0.0.0/33\" has no valid prefix length; write",
        "attach -f - --reserve-name a/b|--reserve-name: \"a/b\" has a character",
        "attach -f - --allow-name a-name-too-long-for-it|--allow-name: \"a-name-too-long-for-it\" has 22 bytes; an interface name has at most 15, write a shorter one",
        "attach -f - --allow-sysctl net.ipv4.ip_forward|--allow-sysctl: \"net.ipv4.ip_forward\" is not a setting of the container end; write",
        "attach -f - --allow-sysctl net.ipv6.conf.IFNAME.disable_ipv6|--allow-sysctl: \"disable_ipv6\" cannot be set",
        "list -o xml|'--output': expected one of [WIDE, JSON, YAML] (case-insensitive) but was 'xml'",
        "list -f x|'-f', 'x'; see netattach list --help",
        "run --manifests . --bridge x|--bridge: line 1: \"x\" is text, not a group of fields; its fields are name,",
        "run --manifests . --bridge {}|--bridge: line 1: name: is missing and has no default; write it",
        "run --manifests . --bridge {name:br0}|--bridge:",
        "run --manifests . --underlay not/one|--underlay: \"not/one\" is neither an address nor a link; write",
        "run|'--manifests=DIR'; see netattach run --help",
        "run --manifests /nowhere|--manifests: /nowhere does not exist; name a folder",
        "run --manifests /dev/null|--manifests: /dev/null is not a folder; name a folder",
        "run --manifests / --recheck 0|--recheck: 0 is not within 1 to 86400 seconds; see netattach run --help",
        "run --manifests / --recheck 86401|--recheck: 86401 is not within 1 to 86400 seconds",
        "run --manifests / --recheck -1|--recheck: -1 is not within 1 to 86400 seconds",
        "run --manifests / --recheck 1s|'--recheck': '1s' is not a whole number",
        "run --manifests / --once=maybe|'maybe'",
        "bench fly|expected one of [SETUP, VERIFY, TEARDOWN, LIST, GET] (case-insensitive) but was 'fly'",
        "bench setup some|(N): 'some' is not a whole number; see netattach bench --help",
        "bench setup 0|N is 1 or more items, not 0; see netattach bench --help",
        "bench setup 1 0|C is 1 to 1000 workers, not 0; see netattach bench --help",
        "bench setup 300 1 999401|items are numbered 0 to 999699; write N and BASE so that BASE + N is not above 999700",
        "bench setup --repeat 0|--repeat: 0 is not within 1 to 1000000 times",
        "bench setup 1 1 --warm-up 1001|--warm-up: 1001 is not within 0 to 1000 rounds",
        "demo|'DIR'; see netattach demo --help",
        "demo /nowhere|/nowhere: does not exist",
        "attach -f /nowhere|/nowhere: does not exist; name a file or a folder that does, or - for",
        "plan -f /nowhere/x.yaml|/nowhere/x.yaml: does not exist; name a file or a folder",
        "detach -f /nowhere -f /neither|/nowhere: does not exist",
        "attach -f /dev/null|/dev/null: is not a regular file; to read a pipe, write -f -",
        "attach -f - -f -|standard input: can be read only once; write -f - once",
        "attach -f ''|-f: is given without a file; write a file, a folder or -",
      })
  void aWrongCommandLineIsTold(String line, String says) {
    String[] arguments =
        line == null
            ? new String[0]
            : List.of(line.split(" ", -1)).stream()
                .map(word -> word.equals("''") ? "" : word)
                .toArray(String[]::new);

    Invocation wrong = Invocation.reading(Manifests.good("link"), arguments);

    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err()).contains(says);
    assertThat(wrong.err().lines())
        .hasSize(line != null && line.contains("/neither") ? 2 : 1)
        .noneMatch(told -> told.contains("Exception") || told.contains("Usage:"));
  }

  @Test
  void aFolderWithoutManifestsIsTold() throws IOException {
    Files.writeString(folder.resolve("README.md"), "none");

    Invocation attach = Invocation.of("attach", "-f", folder.toString());

    assertThat(attach.code()).isEqualTo(1);
    assertThat(attach.err().lines())
        .containsExactly(folder + ": has no manifest in it; manifests end in .yaml, .yml or .json");
  }

  @Test
  void aFileThatIsNoTextIsTold() throws IOException {
    Path file = Files.write(folder.resolve("a.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

    Invocation attach = Invocation.of("attach", "-f", file.toString());

    assertThat(attach.code()).isEqualTo(1);
    assertThat(attach.err().lines()).singleElement().asString().startsWith(file + ": is not text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"attach", "plan", "detach", "list", "run", "demo"})
  void whoIsNotRootIsToldSoAndWhatToDo(String command) {
    Manifests.write(folder, "link.yaml", Manifests.good("link"));
    // Also for whom the folder is not to be read: this is asked first.
    List<String> arguments =
        switch (command) {
          case "list" -> List.of(command);
          case "run" -> List.of(command, "--manifests", "/");
          case "demo" -> List.of(command, folder.toString());
          default -> List.of(command, "-f", folder.toString());
        };
    try (Child child = Child.start(UNPRIVILEGED, Map.of(), arguments.toArray(String[]::new))) {
      assertThat(child.exitCode()).isEqualTo(1);
      assertThat(child.out()).isEmpty();
      assertThat(child.err())
          .containsExactly(
              "netattach: netattach "
                  + command
                  + " works on this node's network and needs root (here CAP_NET_ADMIN and"
                  + " CAP_SYS_ADMIN are missing); run it with sudo");
    }
  }

  @Test
  void versionAndHelpNeedNobodyToBeRoot() {
    try (Child version = Child.start(UNPRIVILEGED, Map.of(), "version");
        Child help = Child.start(UNPRIVILEGED, Map.of(), "run", "--help")) {
      assertThat(version.exitCode()).isZero();
      assertThat(version.out())
          .singleElement()
          .asString()
          .matches("netattach \\d+\\.\\d+\\.\\d+.*");
      assertThat(help.exitCode()).isZero();
      assertThat(help.out()).anyMatch(line -> line.contains("--teardown"));
      assertThat(version.err()).isEmpty();
      assertThat(help.err()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "attach", "plan", "detach", "list", "run", "demo", "version"})
  void everyCommandHelps(String command) {
    Invocation help =
        command.isEmpty() ? Invocation.of("--help") : Invocation.of(command, "--help");

    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).startsWith("Usage: netattach");
  }

  @Test
  void helpSaysWhoseKernelTheCommandsActOn() {
    assertThat(Invocation.of("--help").out())
        .containsIgnoringWhitespaces(
            "act on the kernel of the node that they run on, not on an API")
        .contains("Exit codes");
  }
}
