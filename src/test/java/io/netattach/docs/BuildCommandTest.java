package io.netattach.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Commands of the pages that build and measure: targets, tests and properties that there are. */
class BuildCommandTest {
  private static final Path TESTS = Path.of("src", "test", "java");
  private static final Pattern TARGET = Pattern.compile("(?m)^([a-z0-9]+):.*## ");
  private static final Pattern PROPERTY = Pattern.compile("-D(netattach[a-z.]+)=.*");
  private static final Pattern SELECTED = Pattern.compile("-D(?:it\\.)?test=(.*)");

  /**
   * What programs print, where a page has it in a block like a command. Whatever else begins with
   * no program's name is a command that no test knows.
   */
  private static final Set<String> PRINTED =
      Set.of("RESULT", "ok", "missing", "note", "lo", "net1", "deleted:");

  /** Programs whose commands are tried, here or by the test that is named. */
  private static final Map<String, String> TRIED =
      Map.of(
          "make", "here",
          "./mvnw", "here",
          "netattach", "DocumentedCommandTest",
          "target/netattach", "DocumentedCommandTest",
          "kubectl", "DocumentedClusterTest",
          "helm", "DocumentedClusterTest");

  /** Programs whose commands are not, and why. */
  private static final Map<String, String> NOT_TRIED =
      Map.of(
          "ip", "needs a node with what the page has made",
          "bridge", "the same",
          "ping", "the same",
          "curl", "needs a running agent; WorkloadTest holds the path",
          "apt", "installs what only builders for another platform need",
          "ctr", "needs containerd",
          "docker", "needs its daemon",
          "kind", "needs a cluster that it has made",
          "javac", "FirstProgramTest compiles the program with those jars",
          "java", "FirstProgramTest runs it");

  /** A program that nobody has thought of is a command that no test tries. */
  @Test
  void eachCommandIsTriedOrItIsSaidWhyNot() {
    assertThat(Command.all())
        .extracting(Command::program)
        .filteredOn(program -> !PRINTED.contains(program) && !program.startsWith("{"))
        .isNotEmpty()
        .allMatch(program -> TRIED.containsKey(program) || NOT_TRIED.containsKey(program));
  }

  @Test
  void whatIsSaidNotToBeTriedIsOnThePages() {
    assertThat(Command.all()).extracting(Command::program).containsAll(NOT_TRIED.keySet());
  }

  @Test
  void eachTargetOfMakeIsThere() throws IOException {
    Set<String> targets =
        TARGET
            .matcher(Files.readString(Path.of("Makefile")))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    List<String> named = new ArrayList<>();
    Command.all().stream()
        .filter(command -> command.program().equals("make"))
        .forEach(command -> named.add(command.words().get(1)));
    for (Page page : Page.all()) {
      Page.code(String.join("\n", page.prose())).stream()
          .filter(code -> code.startsWith("make "))
          .forEach(code -> named.add(code.split("\\s", -1)[1]));
    }
    assertThat(named).isNotEmpty().allMatch(targets::contains, "is a target of the Makefile");
  }

  @Test
  void eachTestOfMavenIsThereAndReadsTheProperties() {
    String tests = texts();
    List<String> wrong = new ArrayList<>();
    int checked = 0;
    for (Command command : Command.all()) {
      if (!command.program().equals("./mvnw")) {
        continue;
      }
      for (String word : command.arguments()) {
        var selected = SELECTED.matcher(word);
        var property = PROPERTY.matcher(word);
        boolean isThere =
            selected.matches()
                ? tests.contains("class " + selected.group(1) + " ")
                : !property.matches() || tests.contains("\"" + property.group(1) + "\"");
        checked++;
        if (!isThere) {
          wrong.add(command + ": " + word);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(checked).isPositive();
  }

  /** All sources of tests. */
  private static String texts() {
    try (Stream<Path> files = Files.walk(TESTS)) {
      return files
          .filter(Files::isRegularFile)
          .map(BuildCommandTest::read)
          .collect(Collectors.joining());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
