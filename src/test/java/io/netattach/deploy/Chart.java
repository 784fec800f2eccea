package io.netattach.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** The chart, as Helm renders it. */
final class Chart {
  static final Path FOLDER = Path.of("helm/netattach");
  static final String NAMESPACE = "netattach-system";

  /** The oldest that Chart.yaml allows. */
  private static final String OLDEST_KUBERNETES = "1.31.0";

  /** The beginning of the annotations by which Helm knows hooks, and of what stands for them. */
  private static final String HELMS = "helm.sh/";

  private static final String SEEN = "seen.helm.sh/";

  private Chart() {}

  static ClusterObjects render() {
    return render("{}");
  }

  /** With values, in YAML, over those of the chart. */
  static ClusterObjects render(String values) {
    return render(NAMESPACE, values);
  }

  /** What is installed and stays: hooks are no part of what Helm renders. */
  static ClusterObjects render(String namespace, String values) {
    return rendered(FOLDER, namespace, values);
  }

  /** What Helm creates for a while when something happens, such as {@code pre-upgrade}. */
  static ClusterObjects hooks(String event, String values) {
    return hooks(NAMESPACE, event, values);
  }

  static ClusterObjects hooks(String namespace, String event, String values) {
    try {
      Path copy = Files.createTempDirectory("chart");
      try {
        copyWithPlainHooks(copy);
        return rendered(copy, namespace, values)
            .where(object -> annotation(object, "hook").contains(event));
      } finally {
        try (Stream<Path> files = Files.walk(copy)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The chart in which Helm does not recognize its hooks, and so renders them with all else. */
  private static void copyWithPlainHooks(Path copy) throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(FOLDER.relativize(file));
        Files.createDirectories(target.getParent());
        Files.writeString(target, Files.readString(file).replace(HELMS, SEEN));
      }
    }
  }

  /** What an annotation of Helm's says of a hook, such as {@code hook-weight}. */
  static List<String> annotation(JsonNode hook, String name) {
    String value = hook.at("/metadata/annotations").path(SEEN + name).asText();
    return value.isEmpty() ? List.of() : List.of(value.split(",", -1));
  }

  private static ClusterObjects rendered(Path folder, String namespace, String values) {
    return withValues(
        values,
        file ->
            ClusterObjects.of(
                new Helm(folder)
                    .template()
                    .withName("netattach")
                    .withKubeVersion(OLDEST_KUBERNETES)
                    .withNamespace(namespace)
                    .withValuesFile(file)
                    .call()));
  }

  /** What Helm tells after an installation. */
  static String notes(String values) {
    return withValues(
        values,
        file ->
            new Helm(FOLDER)
                .install()
                .clientOnly()
                .dryRun()
                .withName("netattach")
                .withKubeVersion(OLDEST_KUBERNETES)
                .withNamespace(NAMESPACE)
                .withValuesFile(file)
                .call()
                .getOutput());
  }

  /** The definitions that Helm installs first, in an order of its own. */
  static ClusterObjects definitions() {
    return ClusterObjects.ofFiles(FOLDER.resolve("crds"));
  }

  private static <T> T withValues(String values, Function<Path, T> action) {
    try {
      Path file = Files.createTempFile("values", ".yaml");
      try {
        Files.writeString(file, values);
        return action.apply(file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
