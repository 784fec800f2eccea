package io.netattach.kube;

import io.fabric8.kubernetes.api.model.Config;
import io.fabric8.kubernetes.api.model.Context;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files that {@code $KUBECONFIG} names. Where they lead to no cluster, the client would ask one
 * that nobody named.
 */
public final class KubeconfigFiles {
  private static final String NAME_ANOTHER = "set it to the file of the cluster that is meant";
  private static final String CHOOSE = "choose one by kubectl config use-context";

  private final String value;
  private final List<Config> contents = new ArrayList<>();

  private KubeconfigFiles(String value) {
    this.value = value;
  }

  /**
   * Why it leads to no cluster.
   *
   * @param what what is wrong, beginning with the variable
   * @param remedy what to do
   */
  public record Fault(String what, String remedy) {
    /** Both in one sentence. */
    public String sentence() {
      return what + "; " + remedy;
    }
  }

  /**
   * What is wrong with a value of {@code $KUBECONFIG}; empty where it leads to a cluster, and where
   * it is not set.
   */
  public static Optional<Fault> fault(@Nullable String value) {
    return value == null || value.isEmpty() ? Optional.empty() : new KubeconfigFiles(value).fault();
  }

  private Optional<Fault> fault() {
    for (String name : value.split(File.pathSeparator, -1)) {
      Path file = Path.of(name);
      // Of several, some may be missing.
      if (Files.isRegularFile(file) && Files.isReadable(file)) {
        try {
          contents.add(read(file));
        } catch (IOException | RuntimeException e) {
          // The parser has exceptions of several kinds, for what is no YAML and for what is no
          // kubeconfig.
          String says = StartFailure.innermost(e).lines().findFirst().orElse("");
          return Optional.of(
              new Fault("KUBECONFIG: " + file + " is no kubeconfig (" + says + ")", NAME_ANOTHER));
        }
      }
    }
    return contents.isEmpty() ? wrong("names no file that can be read", NAME_ANOTHER) : context();
  }

  private static Config read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      @Nullable Config content = Serialization.unmarshal(in, Config.class);
      // An empty file has none.
      return content == null ? new Config() : content;
    }
  }

  /** Of several files, the first that names the current context counts. */
  private Optional<Fault> context() {
    Optional<String> current =
        contents.stream()
            .map(Config::getCurrentContext)
            .filter(name -> name != null && !name.isEmpty())
            .findFirst();
    if (current.isEmpty()) {
      return wrong("has no current context", CHOOSE);
    }
    String name = current.get();
    Optional<Context> context =
        contents.stream()
            .flatMap(content -> content.getContexts().stream())
            .filter(named -> name.equals(named.getName()))
            .map(NamedContext::getContext)
            .findFirst();
    if (context.isEmpty()) {
      return wrong("does not have its current context, " + name, CHOOSE);
    }
    String cluster = context.get().getCluster();
    return contents.stream()
            .flatMap(content -> content.getClusters().stream())
            .anyMatch(named -> named.getName().equals(cluster))
        ? Optional.empty()
        : wrong("does not have cluster " + cluster + " of its context " + name, CHOOSE);
  }

  private Optional<Fault> wrong(String what, String remedy) {
    return Optional.of(new Fault("KUBECONFIG=" + value + " " + what, remedy));
  }
}
