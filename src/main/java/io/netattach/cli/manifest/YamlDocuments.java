package io.netattach.cli.manifest;

import io.netattach.cli.manifest.YamlNode.Entry;
import io.netattach.cli.manifest.YamlNode.Kind;
import io.netattach.cli.manifest.YamlNode.Mapping;
import io.netattach.cli.manifest.YamlNode.Scalar;
import io.netattach.cli.manifest.YamlNode.Sequence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * The documents of a YAML text, JSON included, as trees.
 *
 * <p>Built from the parser's events and not by its own composer: trees keep line numbers and names
 * that were written twice, and depth and size are bounded while the tree grows, so that neither
 * nesting nor aliases of aliases cost more than the text itself.
 */
final class YamlDocuments {

  /** A manifest has nine levels; the rest is room for what the API server adds. */
  static final int MAX_DEPTH = 64;

  /** More than a text of the largest size holds unless it is made to hold many. */
  static final int MAX_SIZE = 500_000;

  private static final ScalarResolver RESOLVER = new CoreSchema().getScalarResolver();

  /**
   * What was read.
   *
   * @param documents the documents that are not empty, up to the error
   * @param error why reading ended early; null if it did not
   */
  record Parsed(List<YamlNode> documents, @Nullable SyntaxError error) {}

  /** Why a text is not YAML, and on which line; 0 if that is not known. */
  record SyntaxError(int line, String sentence) {}

  private final List<YamlNode> documents = new ArrayList<>();
  private final Map<Anchor, YamlNode> anchors = new HashMap<>();
  private final Deque<Open> open = new ArrayDeque<>();
  private int size;

  private YamlDocuments() {}

  /** Reads the documents of a text, up to the first error. */
  static Parsed parse(String text) {
    var reader = new YamlDocuments();
    SyntaxError error = reader.readAll(text);
    return new Parsed(List.copyOf(reader.documents), error);
  }

  private @Nullable SyntaxError readAll(String text) {
    var settings =
        LoadSettings.builder()
            .setCodePointLimit(Integer.MAX_VALUE)
            // All at once: read piece by piece, a long word is copied again with every piece.
            .setBufferSize(text.length() + 1)
            .build();
    try {
      for (Event event : new Parse(settings).parseString(withoutTabs(text))) {
        accept(event);
      }
      return null;
    } catch (Refused e) {
      return e.error;
    } catch (MarkedYamlEngineException e) {
      return new SyntaxError(
          e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0),
          "is not YAML: " + inPlainWords(e.getProblem()));
    } catch (ReaderException e) {
      int line = 1 + (int) text.codePoints().limit(e.getPosition()).filter(c -> c == '\n').count();
      return new SyntaxError(line, "is not YAML: it holds a character that is not text; remove it");
    } catch (YamlEngineException | IllegalArgumentException | IndexOutOfBoundsException e) {
      // Odd directives and escapes come out of the parser as these, without a line.
      return new SyntaxError(
          0, "is not YAML: it has a directive or an escape that makes no sense; remove it");
    }
  }

  /**
   * JSON may be indented with tabs, which YAML does not allow everywhere. No string of JSON holds a
   * tab as such, so there every tab is white space.
   */
  private static String withoutTabs(String text) {
    return text.stripLeading().startsWith("{") ? text.replace('\t', ' ') : text;
  }

  private void accept(Event event) {
    switch (event) {
      case DocumentStartEvent start -> anchors.clear();
      case ScalarEvent scalar -> add(scalar(scalar), scalar.getAnchor(), line(scalar));
      case AliasEvent alias -> add(target(alias), Optional.empty(), line(alias));
      case SequenceStartEvent start -> push(new Open(start, false));
      case MappingStartEvent start -> push(new Open(start, true));
      case SequenceEndEvent end -> pop();
      case MappingEndEvent end -> pop();
      default -> {
        // The ends of documents and of the text say nothing new.
      }
    }
  }

  private void push(Open next) {
    if (open.size() == MAX_DEPTH) {
      throw tooDeep(next.line);
    }
    next.refuseTag();
    open.push(next);
  }

  private void pop() {
    Open closed = open.pop();
    add(closed.node(), closed.anchor, closed.line);
  }

  private void add(YamlNode node, Optional<Anchor> anchor, int line) {
    anchor.ifPresent(name -> anchors.put(name, node));
    Open parent = open.peek();
    if (parent == null) {
      addDocument(node, line);
      return;
    }
    if (open.size() + node.height() > MAX_DEPTH) {
      throw tooDeep(line);
    }
    parent.add(node, line);
    if (parent.size > MAX_SIZE) {
      throw tooLarge(line);
    }
  }

  private void addDocument(YamlNode node, int line) {
    if (node.isNull()) {
      return;
    }
    documents.add(node);
    size += node.size();
    if (size > MAX_SIZE) {
      throw tooLarge(line);
    }
  }

  private static Scalar scalar(ScalarEvent event) {
    String text = event.getValue();
    int line = line(event);
    Optional<String> tag = event.getTag();
    if (tag.isPresent()) {
      // "!" and "!!str" say that something is text, which is what quotes say as well.
      if (tag.get().equals("!") || tag.get().equals(Tag.STR.getValue())) {
        return new Scalar(line, Kind.TEXT, text);
      }
      throw tagged(line, tag.get());
    }
    if (!event.isPlain()) {
      return new Scalar(line, Kind.TEXT, text);
    }
    Tag type = RESOLVER.resolve(text, true);
    if (type.equals(Tag.NULL)) {
      return new Scalar(line, Kind.NULL, text);
    }
    if (type.equals(Tag.BOOL)) {
      return new Scalar(line, Kind.BOOLEAN, text);
    }
    boolean number = type.equals(Tag.INT) || type.equals(Tag.FLOAT);
    return new Scalar(line, number ? Kind.NUMBER : Kind.TEXT, text);
  }

  private YamlNode target(AliasEvent event) {
    YamlNode node = anchors.get(event.getAlias());
    if (node == null) {
      throw new Refused(
          line(event),
          "is not YAML: *%s refers to nothing that ends before it; write the value"
              .formatted(Quote.bare(event.getAlias().getValue())));
    }
    return node;
  }

  private static int line(Event event) {
    return event.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }

  private static Refused tooDeep(int line) {
    return new Refused(line, "is nested more than " + MAX_DEPTH + " levels deep");
  }

  private static Refused tooLarge(int line) {
    return new Refused(
        line,
        "holds more than " + MAX_SIZE + " values, those of its aliases counted; split the file");
  }

  private static Refused tagged(int line, String tag) {
    return new Refused(
        line, "has the tag %s, which has no meaning here; remove it".formatted(Quote.text(tag)));
  }

  /** The parser's commonest complaints speak of its grammar; these say what to look at. */
  private static String inPlainWords(String problem) {
    if (problem.contains("(TAB)")) {
      return "a tab stands where only spaces may; indent with spaces";
    }
    if (problem.startsWith("mapping values are not allowed")) {
      return "a colon stands where none may; check the indentation, and put text with a colon in"
          + " quotes";
    }
    if (problem.startsWith("could not find expected ':'")) {
      return "a name has no colon behind it; write name: value";
    }
    if (problem.startsWith("found unexpected end of stream")) {
      return "quotes are opened and not closed; write the closing one";
    }
    if (problem.startsWith("expected '<document start>'")) {
      return "a document ends here and another begins; write a line with --- between them";
    }
    if (problem.contains("but found '<stream end>'") || problem.startsWith("expected ','")) {
      return "a list or a group of fields is not closed; write the ] or } that is missing";
    }
    return Quote.bare(problem.toLowerCase(Locale.ROOT)) + "; look at this line and the one above";
  }

  /** A list or a group of fields whose end was not read yet. */
  private static final class Open {
    final int line;
    final Optional<Anchor> anchor;
    private final Optional<String> tag;
    private final boolean mapping;
    private final List<YamlNode> items = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private @Nullable Entry name;
    private int size = 1;
    private int height = 1;

    Open(NodeEvent start, boolean mapping) {
      this.line = line(start);
      this.anchor = start.getAnchor();
      this.mapping = mapping;
      this.tag =
          switch (start) {
            case MappingStartEvent event -> event.getTag();
            case SequenceStartEvent event -> event.getTag();
            default -> Optional.empty();
          };
    }

    void refuseTag() {
      String natural = (mapping ? Tag.MAP : Tag.SEQ).getValue();
      if (tag.isPresent() && !tag.get().equals(natural)) {
        throw tagged(line, tag.get());
      }
    }

    void add(YamlNode node, int at) {
      size += node.size();
      height = Math.max(height, node.height() + 1);
      if (!mapping) {
        items.add(node);
      } else if (name == null) {
        name = new Entry(at, name(node, at), node);
      } else {
        entries.add(new Entry(name.line(), name.name(), node));
        name = null;
      }
    }

    private static String name(YamlNode node, int line) {
      if (node instanceof Scalar scalar) {
        return scalar.text();
      }
      throw new Refused(line, "has a list or a group of fields where the name of a field belongs");
    }

    YamlNode node() {
      return mapping
          ? new Mapping(line, size, height, List.copyOf(entries))
          : new Sequence(line, size, height, List.copyOf(items));
    }
  }

  /** Ends the reading; never leaves this class. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient SyntaxError error;

    Refused(int line, String sentence) {
      super(sentence, null, false, false);
      this.error = new SyntaxError(line, sentence);
    }
  }
}
