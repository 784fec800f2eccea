package io.netattach.deploy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** The chart, as Helm renders it. */
final class Chart {
  static final Path FOLDER = Path.of("helm/netattach");
  static final String NAMESPACE = "netattach-system";

  /** The oldest that Chart.yaml allows. */
  private static final String OLDEST_KUBERNETES = "1.31.0";

  private Chart() {}

  static ClusterObjects render() {
    return render("{}");
  }

  /** With values, in YAML, over those of the chart. */
  static ClusterObjects render(String values) {
    return render(NAMESPACE, values);
  }

  static ClusterObjects render(String namespace, String values) {
    return withValues(
        values,
        file -> ClusterObjects.of(template().withNamespace(namespace).withValuesFile(file).call()));
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

  private static TemplateCommand template() {
    return new Helm(FOLDER).template().withName("netattach").withKubeVersion(OLDEST_KUBERNETES);
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
