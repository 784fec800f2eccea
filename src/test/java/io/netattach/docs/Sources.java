package io.netattach.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What this project says to people: the texts in its sources and in what it installs. */
final class Sources {
  /** What stands for something that is filled in. */
  static final String GAP = "…";

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
  private static final Pattern FILLED_IN = Pattern.compile("%[sd]");

  /** The most that may be between two pieces of a message. Characters. */
  private static final int NEAR = 160;

  private final List<String> texts;

  Sources() {
    texts =
        Stream.concat(
                files(Path.of("src", "main", "java"), ".java").map(Sources::literals),
                files(Path.of("k8s"), ".yaml").map(file -> read(file).replaceAll("\\s+", " ")))
            .toList();
  }

  /** Whether a message is there: its pieces between the gaps, in their order, close together. */
  boolean say(String message) {
    String pieces =
        Stream.of(message.split(GAP, -1))
            .map(String::strip)
            .filter(piece -> !piece.isEmpty())
            .map(Pattern::quote)
            .collect(Collectors.joining(".{0," + NEAR + "}?"));
    Pattern pattern = Pattern.compile(pieces, Pattern.DOTALL);
    return texts.stream().anyMatch(text -> pattern.matcher(text).find());
  }

  /** The literals of the sources in some packages, each by itself. */
  static Stream<String> literals(List<String> packages) {
    return packages.stream()
        .flatMap(room -> files(Path.of("src", "main", "java", "io", "netattach", room), ".java"))
        .flatMap(file -> LITERAL.matcher(read(file)).results())
        .map(literal -> literal.group(1));
  }

  /** The literals of a source, those that are added up as one text. */
  private static String literals(Path file) {
    StringBuilder all = new StringBuilder();
    String source = read(file);
    int end = 0;
    for (MatchResult literal : LITERAL.matcher(source).results().toList()) {
      boolean isJoined = source.substring(end, literal.start()).strip().equals("+");
      all.append(isJoined ? "" : GAP).append(literal.group(1).replace("\\\"", "\""));
      end = literal.end();
    }
    return FILLED_IN.matcher(all).replaceAll(Matcher.quoteReplacement(GAP));
  }

  private static Stream<Path> files(Path folder, String suffix) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(suffix)).toList().stream();
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
