package io.netattach.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A command that a page tells to type.
 *
 * @param page where
 * @param words the program and its arguments, without quotes, comments, sudo and variables before
 *     them
 */
public record Command(Page page, List<String> words) {
  /** What the shell takes apart: blanks that are within no quotes. */
  private static final Pattern WORD = Pattern.compile("(?:[^\\s'\"]|'[^']*'|\"[^\"]*\")+");

  private static final Pattern BEFORE_THE_PROGRAM = Pattern.compile("sudo|[A-Z_]+=.*");

  private static final Pattern QUOTED = Pattern.compile("'([^']*)'|\"([^\"]*)\"");

  private static final Pattern COMMENT = Pattern.compile("(^|\\s)#\\s.*");

  /** Of programs that are written of with arguments, what is no whole command all the same. */
  private static final Set<String> NAMED_ONLY =
      Set.of(
          "kubectl apply -f",
          "kubectl create token",
          "kubectl get -o yaml",
          "netattach COMMAND --help",
          "netattach <owner> <namespace>/<name>");

  /** A program, what it is to do, and with what: shorter ones are named, not told to be typed. */
  private static final Pattern WITHIN_TEXT =
      Pattern.compile("(?:kubectl|netattach) \\S+ \\S.*", Pattern.DOTALL);

  /**
   * All commands of all pages: lines of indented blocks, and of those fenced as {@code sh}, and
   * those within the text.
   */
  public static List<Command> all() {
    return Page.all().stream()
        .flatMap(page ->
            Stream.concat(ofBlocks(page), ofText(page))
                .flatMap(line -> Stream.of(line.split(" && | \\| ", -1)))
                .filter(line -> !line.isEmpty())
                .map(line -> new Command(page, words(line))))
        .filter(command -> !command.words().equals(List.of("sh", "-e")))
        .toList();
  }

  private static Stream<String> ofBlocks(Page page) {
    return page.blocks().stream()
        .filter(block -> Set.of(Page.Block.INDENTED, "sh").contains(block.language()))
        .flatMap(block -> Stream.of(block.text().replace("\\\n", " ").split("\n", -1)))
        .map(line -> COMMENT.matcher(line).replaceAll("").strip());
  }

  private static Stream<String> ofText(Page page) {
    return Page.code(String.join("\n", page.prose())).stream()
        .filter(code -> WITHIN_TEXT.matcher(code).matches())
        .filter(code -> !NAMED_ONLY.contains(code));
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    WORD.matcher(line).results().map(word -> unquoted(word.group())).forEach(words::add);
    while (BEFORE_THE_PROGRAM.matcher(words.getFirst()).matches()) {
      words.removeFirst();
    }
    return List.copyOf(words);
  }

  private static String unquoted(String word) {
    return QUOTED
        .matcher(word)
        .replaceAll(quoted ->
            Matcher.quoteReplacement(quoted.group(1) == null ? quoted.group(2) : quoted.group(1)));
  }

  public String program() {
    return words.getFirst();
  }

  public List<String> arguments() {
    return words.subList(1, words.size());
  }

  /** Where to look for it, for a failure's message. */
  @Override
  public String toString() {
    return page + ": " + String.join(" ", words);
  }
}
