package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What docs/security.md claims is tried by tests, and they are there. */
class SecurityClaimsTest {
  private static final Pattern NAMED =
      Pattern.compile("`([A-Z][A-Za-z0-9]*(?:Test|IT|E2E|Suite))\\.([a-z][A-Za-z0-9_]*)`");

  /** A test's annotation, whatever other annotations follow it, and its method or rule. */
  private static final Pattern TEST =
      Pattern.compile(
          "@(?:Test|ParameterizedTest|Property|RepeatedTest|ArchTest)\\b.*?"
              + "\\b(?:void|ArchRule) ([a-z][A-Za-z0-9_]*)",
          Pattern.DOTALL);

  private static List<String> lines = List.of();
  private static Set<String> tests = Set.of();

  @BeforeAll
  static void read() throws IOException {
    lines = Files.readAllLines(Path.of("docs/security.md"));
    tests = new HashSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      files.filter(file -> file.toString().endsWith(".java")).forEach(SecurityClaimsTest::read);
    }
  }

  private static void read(Path file) {
    try {
      String name = String.valueOf(file.getFileName()).replace(".java", "");
      Matcher test = TEST.matcher(Files.readString(file));
      while (test.find()) {
        tests.add(name + "." + test.group(1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> named(String text) {
    Set<String> named = new TreeSet<>();
    NAMED
        .matcher(text)
        .results()
        .forEach(found -> named.add(found.group(1) + "." + found.group(2)));
    return named;
  }

  @Test
  void eachTestThatIsNamedIsThere() {
    Set<String> named = named(String.join("\n", lines));

    assertThat(named).hasSizeGreaterThan(50);
    assertThat(named).allSatisfy(test -> assertThat(tests.contains(test)).isTrue());
  }

  /** A line without a test says that nothing stops it. */
  @Test
  void eachClaimOfATableIsTried() {
    List<String> claims = new ArrayList<>();
    boolean tried = false;
    for (String line : lines) {
      if (!line.startsWith("|")) {
        tried = false;
      } else if (line.endsWith("| tried by |")) {
        tried = true;
      } else if (tried && !line.startsWith("|---")) {
        claims.add(line);
      }
    }

    assertThat(claims).hasSizeGreaterThan(50);
    assertThat(claims)
        .filteredOn(claim -> named(claim.substring(claim.lastIndexOf("| "))).isEmpty())
        .allSatisfy(claim -> assertThat(claim).matches("\\|[^|]*\\| yes\\b.*"));
  }
}
