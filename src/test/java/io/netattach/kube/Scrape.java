package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a Prometheus server reads of a program, by the rules of its text format 0.0.4: each metric
 * has its help and its type once, before its samples, and no sample comes twice.
 */
public final class Scrape {
  private static final Pattern COMMENT =
      Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

  private final Map<String, String> types = new HashMap<>();
  private final Map<String, String> helps = new HashMap<>();
  private final Map<Sample, Double> samples = new HashMap<>();

  /** Which number it is. */
  public record Sample(String name, Map<String, String> labels) {}

  private Scrape() {}

  static Scrape parse(String text) {
    Scrape scrape = new Scrape();
    text.lines().forEach(scrape::line);
    return scrape;
  }

  private void line(String line) {
    Matcher comment = COMMENT.matcher(line);
    if (comment.matches()) {
      Map<String, String> told = comment.group(1).equals("HELP") ? helps : types;
      assertThat(told.put(comment.group(2), comment.group(3))).as(line).isNull();
      return;
    }
    Matcher sample = SAMPLE.matcher(line);
    assertThat(sample.matches()).as("a sample: %s", line).isTrue();
    String name = sample.group(1);
    assertThat(type(name)).as("type before %s", line).isNotNull();
    var key = new Sample(name, labels(sample.group(2) == null ? "" : sample.group(2)));
    assertThat(samples.put(key, Double.valueOf(sample.group(3)))).as("twice: %s", line).isNull();
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new TreeMap<>();
    Matcher label = LABEL.matcher(text);
    int end = 0;
    while (label.lookingAt()) {
      labels.put(label.group(1), label.group(2));
      end = label.end();
      label.region(end, text.length());
    }
    assertThat(end).as("all of %s is read", text).isEqualTo(text.length());
    return labels;
  }

  /** The type of the metric that a sample belongs to; null where none was told. */
  private @Nullable String type(String sample) {
    String told = types.get(sample);
    for (String suffix : List.of("_bucket", "_sum", "_count")) {
      if (told == null && sample.endsWith(suffix)) {
        told = types.get(sample.substring(0, sample.length() - suffix.length()));
      }
    }
    return told;
  }

  /**
   * One number.
   *
   * @param labels names and values in turn
   */
  public double value(String name, String... labels) {
    Map<String, String> wanted = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      wanted.put(labels[i], labels[i + 1]);
    }
    return samples.getOrDefault(new Sample(name, wanted), Double.NaN);
  }

  /** The sum of a metric over all labels. */
  public double sum(String name) {
    return samples.entrySet().stream()
        .filter(sample -> sample.getKey().name().equals(name))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  /** The names of samples that begin so, as a query has them. */
  public Set<String> names(String prefix) {
    Set<String> names = new TreeSet<>();
    samples.keySet().stream()
        .map(Sample::name)
        .filter(name -> name.startsWith(prefix))
        .forEach(names::add);
    return names;
  }

  /** The samples whose name begins so. */
  public List<Sample> samples(String prefix) {
    List<Sample> found = new ArrayList<>(samples.keySet());
    found.removeIf(sample -> !sample.name().startsWith(prefix));
    return found;
  }

  /** The names of metrics, each with its help. */
  public Map<String, String> helps() {
    return Map.copyOf(helps);
  }

  /** The names of metrics, each with its type. */
  public Map<String, String> types() {
    return Map.copyOf(types);
  }
}
