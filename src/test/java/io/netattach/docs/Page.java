package io.netattach.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page in Markdown, taken apart: only what this project's pages use of it.
 *
 * @param path from the project's folder
 * @param lines without line ends
 */
public record Page(Path path, List<String> lines) {
  private static final Pattern HEADING = Pattern.compile("#{1,6} (.*)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern SPAN = Pattern.compile("`([^`]+)`");
  private static final Pattern NOT_IN_ANCHORS = Pattern.compile("[^\\p{L}\\p{N} _-]");
  private static final String FENCE = "```";
  private static final String INDENT = "    ";

  /**
   * A block of code.
   *
   * @param language what the fence says, such as {@code yaml}; {@value #INDENTED} for one without
   * @param before the last line of text before it
   */
  public record Block(String language, String before, List<String> lines) {
    /** The language of a block without a fence. */
    public static final String INDENTED = "indented";

    public String text() {
      return String.join("\n", lines) + "\n";
    }
  }

  /**
   * A row of a table.
   *
   * @param head the cells of the table's first row
   */
  public record Row(List<String> head, List<String> cells) {}

  /** README.md and all in docs. */
  public static List<Page> all() {
    List<Page> pages = new ArrayList<>(List.of(of(Path.of("README.md"))));
    try (Stream<Path> files = Files.list(Path.of("docs"))) {
      files
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .map(Page::of)
          .forEach(pages::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pages;
  }

  public static Page of(Path path) {
    try {
      return new Page(path, Files.readAllLines(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The blocks of code, in their order. */
  public List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    String before = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      List<String> inside = new ArrayList<>();
      if (line.startsWith(FENCE)) {
        for (i++; !lines.get(i).startsWith(FENCE); i++) {
          inside.add(lines.get(i));
        }
        blocks.add(new Block(line.substring(FENCE.length()), before, inside));
      } else if (line.startsWith(INDENT)) {
        for (;
            i < lines.size() && (lines.get(i).startsWith(INDENT) || lines.get(i).isEmpty());
            i++) {
          inside.add(lines.get(i).isEmpty() ? "" : lines.get(i).substring(INDENT.length()));
        }
        i--;
        blocks.add(new Block(Block.INDENTED, before, inside));
      } else if (!line.isBlank()) {
        before = line;
      }
    }
    return blocks;
  }

  /** The text without the blocks of code. */
  public List<String> prose() {
    List<String> prose = new ArrayList<>();
    boolean isFenced = false;
    for (String line : lines) {
      if (line.startsWith(FENCE)) {
        isFenced = !isFenced;
      } else if (!isFenced && !line.startsWith(INDENT)) {
        prose.add(line);
      }
    }
    return prose;
  }

  /** What its headings can be linked by, as GitHub makes it of their text. */
  public Set<String> anchors() {
    Set<String> anchors = new LinkedHashSet<>();
    for (String line : prose()) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        String text = heading.group(1).toLowerCase(Locale.ROOT);
        anchors.add(NOT_IN_ANCHORS.matcher(text).replaceAll("").replace(' ', '-'));
      }
    }
    return anchors;
  }

  /** Where its links lead, as they are written; a link's text may be broken over two lines. */
  public List<String> links() {
    return all(LINK, String.join("\n", prose()));
  }

  /** The words in code that a text has. */
  public static List<String> code(String text) {
    return all(SPAN, text);
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  /** The rows of all tables, without their heads. */
  public List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    List<String> head = List.of();
    for (String line : prose()) {
      if (!line.startsWith("|")) {
        head = List.of();
      } else if (head.isEmpty()) {
        head = cells(line);
      } else if (!line.startsWith("|---")) {
        rows.add(new Row(head, cells(line)));
      }
    }
    return rows;
  }

  private static List<String> cells(String line) {
    return Stream.of(line.strip().replaceFirst("^\\|", "").split("(?<!\\\\)\\|", -1))
        .map(cell -> cell.replace("\\|", "|").strip())
        .toList();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
