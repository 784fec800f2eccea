package io.netattach.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.netattach.cli.manifest.Shape.Choice;
import io.netattach.cli.manifest.Shape.Field;
import io.netattach.cli.manifest.Shape.Fields;
import io.netattach.cli.manifest.Shape.Ignored;
import io.netattach.cli.manifest.Shape.ListOf;
import io.netattach.cli.manifest.Shape.MapOf;
import io.netattach.cli.manifest.Shape.Text;
import io.netattach.cli.manifest.Shape.Truth;
import io.netattach.cli.manifest.Shape.Whole;
import io.netattach.cli.manifest.YamlNode.Entry;
import io.netattach.cli.manifest.YamlNode.Kind;
import io.netattach.cli.manifest.YamlNode.Mapping;
import io.netattach.cli.manifest.YamlNode.Scalar;
import io.netattach.cli.manifest.YamlNode.Sequence;
import io.netattach.kube.Spelling;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds a tree against a shape and keeps what fits; everything else becomes a problem.
 *
 * <p>Nothing is converted: a number is not taken for text, nor text for a number. A field without a
 * value counts as absent, as it does for Kubernetes.
 */
final class ShapeReader {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  // Without leading zeros, which some readers of YAML take for octal.
  private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9]*)");

  /** No long has more characters. */
  private static final int MAX_DIGITS = 20;

  private final Place place;

  ShapeReader(Place place) {
    this.place = place;
  }

  /**
   * Reads a value.
   *
   * @param path the field's path; empty for a whole document
   * @return what fits; null if nothing does
   */
  @Nullable JsonNode read(String path, YamlNode node, Shape shape) {
    return switch (shape) {
      case Text text -> text(path, node);
      case Truth truth -> truth(path, node);
      case Whole whole -> whole(path, node, whole);
      case Choice choice -> choice(path, node, choice);
      case ListOf list -> list(path, node, list);
      case MapOf map -> map(path, node, map);
      case Fields fields -> fields(path, node, fields);
      case Ignored ignored -> null;
    };
  }

  private @Nullable JsonNode text(String path, YamlNode node) {
    if (!(node instanceof Scalar scalar)) {
      return wrong(path, node, describe(node) + ", not text; write one text");
    }
    if (scalar.kind() != Kind.TEXT) {
      String quoted = Quote.text(scalar.text());
      return wrong(path, node, describe(node) + ", not text; write it in quotes: " + quoted);
    }
    return JSON.textNode(scalar.text());
  }

  private @Nullable JsonNode truth(String path, YamlNode node) {
    if (node instanceof Scalar scalar && scalar.kind() == Kind.BOOLEAN) {
      return JSON.booleanNode(Boolean.parseBoolean(scalar.text()));
    }
    return wrong(
        path, node, describe(node) + ", not true or false; write true or false without quotes");
  }

  private @Nullable JsonNode whole(String path, YamlNode node, Whole whole) {
    String range = range(whole);
    if (!(node instanceof Scalar scalar) || scalar.kind() == Kind.BOOLEAN) {
      return wrong(path, node, describe(node) + ", not a number; write " + range);
    }
    boolean decimal = DECIMAL.matcher(scalar.text()).matches();
    if (scalar.kind() == Kind.TEXT) {
      String hint =
          decimal
              ? " is text because of its quotes; write it without: " + Quote.bare(scalar.text())
              : " is not a number; write " + range;
      return wrong(path, node, Quote.text(scalar.text()) + hint);
    }
    if (!decimal) {
      String value = Quote.bare(scalar.text());
      return wrong(path, node, value + " is not a whole number in decimal; write " + range);
    }
    if (scalar.text().length() <= MAX_DIGITS && isWithin(whole, new BigInteger(scalar.text()))) {
      return JSON.numberNode(Long.parseLong(scalar.text()));
    }
    return wrong(path, node, Quote.bare(scalar.text()) + " is out of range; write " + range);
  }

  private static boolean isWithin(Whole whole, BigInteger value) {
    return value.compareTo(BigInteger.valueOf(whole.min())) >= 0
        && value.compareTo(BigInteger.valueOf(whole.max())) <= 0;
  }

  private static String range(Whole whole) {
    return whole.min() < 0
        ? "a whole number"
        : "a whole number from %d to %d".formatted(whole.min(), whole.max());
  }

  private @Nullable JsonNode choice(String path, YamlNode node, Choice choice) {
    String words = String.join(" or ", choice.words());
    if (!(node instanceof Scalar scalar) || scalar.kind() != Kind.TEXT) {
      return wrong(path, node, describe(node) + "; write " + words);
    }
    if (!choice.words().contains(scalar.text())) {
      return wrong(path, node, Quote.text(scalar.text()) + " is not known here; write " + words);
    }
    return JSON.textNode(scalar.text());
  }

  private @Nullable JsonNode list(String path, YamlNode node, ListOf list) {
    if (!(node instanceof Sequence sequence)) {
      return wrong(path, node, describe(node) + ", not a list; write " + example(node, list));
    }
    var array = JSON.arrayNode();
    for (int i = 0; i < sequence.items().size() && !place.problems().full(); i++) {
      JsonNode item = value(path + "[" + i + "]", sequence.items().get(i), list.item());
      if (item != null) {
        array.add(item);
      }
    }
    return array;
  }

  private static String example(YamlNode node, ListOf list) {
    return node instanceof Scalar scalar && list.item() instanceof Text
        ? "[" + Quote.text(scalar.text()) + "]"
        : "each entry on a line of its own that begins with \"- \"";
  }

  private @Nullable JsonNode map(String path, YamlNode node, MapOf map) {
    if (!(node instanceof Mapping mapping)) {
      return wrong(path, node, describe(node) + "; write name: value below it");
    }
    var object = JSON.objectNode();
    Set<String> seen = new HashSet<>();
    for (Entry entry : mapping.entries()) {
      if (place.problems().full()) {
        break;
      }
      String child = path + "[" + Quote.text(entry.name()) + "]";
      if (!seen.add(entry.name())) {
        twice(entry, child);
        continue;
      }
      JsonNode value = value(child, entry.value(), map.value());
      if (value != null) {
        object.set(entry.name(), value);
      }
    }
    return object;
  }

  private @Nullable JsonNode fields(String path, YamlNode node, Fields fields) {
    String known = String.join(", ", fields.byName().keySet());
    if (!(node instanceof Mapping mapping)) {
      return wrong(path, node, describe(node) + ", not a group of fields; its fields are " + known);
    }
    var object = JSON.objectNode();
    Set<String> seen = new HashSet<>();
    Set<String> present = new HashSet<>();
    for (Entry entry : mapping.entries()) {
      if (place.problems().full()) {
        break;
      }
      String child = child(path, entry.name());
      Field field = fields.byName().get(entry.name());
      if (field == null) {
        unknown(entry, child, fields, known);
      } else if (!seen.add(entry.name())) {
        twice(entry, child);
      } else if (!entry.value().isNull()) {
        present.add(entry.name());
        JsonNode value = read(child, entry.value(), field.shape());
        if (value != null) {
          object.set(entry.name(), value);
        }
      }
    }
    fields
        .byName()
        .forEach((name, field) -> {
          if (field.required() && !present.contains(name)) {
            place.problem(
                node.line(), child(path, name), "is missing and has no default; write it");
          }
        });
    return object;
  }

  /** In a list or a map nothing stands for nothing: there a value was forgotten. */
  private @Nullable JsonNode value(String path, YamlNode node, Shape shape) {
    return node.isNull()
        ? wrong(path, node, "has no value; write one or remove the entry")
        : read(path, node, shape);
  }

  private void unknown(Entry entry, String path, Fields fields, String known) {
    String hint =
        entry.name().equals("<<")
            ? "merging is not part of this YAML; write the fields out"
            : Spelling.closest(entry.name(), fields.byName().keySet())
                .map(close -> "did you mean " + close + "? Known here: " + known)
                .orElse("known here: " + known);
    place.problem(entry.line(), path, "is not a known field; " + hint);
  }

  private void twice(Entry entry, String path) {
    place.problem(entry.line(), path, "is there twice; remove one of the two");
  }

  private @Nullable JsonNode wrong(String path, YamlNode node, String sentence) {
    place.problem(node.line(), path, sentence);
    return null;
  }

  private static String describe(YamlNode node) {
    return switch (node) {
      case Mapping mapping -> "is a group of fields";
      case Sequence sequence -> "is a list";
      case Scalar scalar ->
          switch (scalar.kind()) {
            case TEXT -> Quote.text(scalar.text()) + " is text";
            case NUMBER -> Quote.bare(scalar.text()) + " is a number";
            case BOOLEAN -> scalar.text().toLowerCase(Locale.ROOT) + " is a truth value";
            case NULL -> "has no value";
          };
    };
  }

  private static String child(String path, String name) {
    return path.isEmpty() ? Quote.bare(name) : path + "." + Quote.bare(name);
  }
}
