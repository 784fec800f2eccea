package io.netattach.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Objects of an API server as manifests have them.
 *
 * @param byId each under its kind, namespace and name
 */
record ClusterObjects(Map<String, JsonNode> byId) {
  private static final Path K8S = Path.of("k8s");
  private static final YAMLMapper YAML = new YAMLMapper();

  /** The documents of a text in YAML; no two are the same object. */
  static ClusterObjects of(String yaml) {
    Map<String, JsonNode> byId = new TreeMap<>();
    for (JsonNode node : documents(yaml)) {
      if (byId.put(id(node), node) != null) {
        throw new IllegalArgumentException(id(node) + " is there twice");
      }
    }
    return new ClusterObjects(byId);
  }

  /**
   * What {@code kubectl apply -k k8s/} takes: its files say all, its images are as they are there.
   */
  static ClusterObjects ofKustomization() {
    List<String> texts = new ArrayList<>();
    for (JsonNode resource : kustomization().path("resources")) {
      texts.add(read(K8S.resolve(resource.asText())));
    }
    return of(String.join("\n---\n", texts));
  }

  /** The files of a folder. */
  static ClusterObjects ofFiles(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return of(files.map(ClusterObjects::read).collect(Collectors.joining("\n---\n")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode kustomization() {
    return documents(read(K8S.resolve("kustomization.yaml"))).getFirst();
  }

  static List<JsonNode> documents(String yaml) {
    try (YAMLParser parser = new YAMLFactory().createParser(yaml)) {
      return YAML.<JsonNode>readValues(parser, JsonNode.class).readAll().stream()
          .filter(JsonNode::isObject)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String id(JsonNode node) {
    JsonNode metadata = node.path("metadata");
    return String.join(
        " ",
        node.path("kind").asText(),
        metadata.path("namespace").asText(),
        metadata.path("name").asText());
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Collection<JsonNode> all() {
    return byId.values();
  }

  ClusterObjects only(String kind) {
    return where(node -> node.path("kind").asText().equals(kind));
  }

  ClusterObjects where(Predicate<JsonNode> condition) {
    Map<String, JsonNode> some = new TreeMap<>(byId);
    some.values().removeIf(condition.negate());
    return new ClusterObjects(some);
  }

  Stream<JsonNode> ofKind(String kind) {
    return all().stream().filter(node -> node.path("kind").asText().equals(kind));
  }

  JsonNode get(String kind, String name) {
    return ofKind(kind)
        .filter(node -> node.at("/metadata/name").asText().equals(name))
        .findFirst()
        .orElseThrow(() -> new NoSuchElementException(kind + " " + name));
  }

  JsonNode agent() {
    return get("DaemonSet", "netattach-agent");
  }

  JsonNode controller() {
    return get("Deployment", "netattach-controller");
  }

  /** The only container of a DaemonSet or Deployment. */
  static JsonNode container(JsonNode workload) {
    return workload.at("/spec/template/spec/containers/0");
  }

  /** What a container's program is called with. */
  static List<String> args(JsonNode workload) {
    List<String> args = new ArrayList<>();
    container(workload).path("args").forEach(arg -> args.add(arg.asText()));
    return args;
  }

  /** The value of an argument {@code NAME=VALUE}; null where there is none. */
  static @Nullable String option(JsonNode workload, String name) {
    return args(workload).stream()
        .filter(arg -> arg.startsWith(name + "="))
        .map(arg -> arg.substring(name.length() + 1))
        .findFirst()
        .orElse(null);
  }
}
