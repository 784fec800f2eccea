package io.netattach.cri;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;

/**
 * What a runtime adds to the status of a sandbox when it is asked to be verbose: JSON whose form
 * the interface leaves open. containerd and CRI-O both put the runtime specification into it.
 *
 * @see <a href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md">the part
 *     of the specification that lists namespaces</a>
 */
final class SandboxInfo {
  private static final String KEY = "info";

  private static final ObjectMapper JSON = new ObjectMapper();

  private SandboxInfo() {}

  /**
   * The path of the network namespace; empty where none is told, as of a sandbox that is being
   * made.
   *
   * @throws CriException when it cannot be read
   */
  static Optional<String> networkNamespace(Map<String, String> info) {
    String json = info.get(KEY);
    if (json == null) {
      return Optional.empty();
    }
    JsonNode namespaces = read(json).path("runtimeSpec").path("linux").path("namespaces");
    return namespaces
        .valueStream()
        .filter(namespace -> namespace.path("type").asText().equals("network"))
        .map(namespace -> namespace.path("path").asText())
        .filter(path -> !path.isEmpty())
        .findFirst();
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new CriException(
          "the container runtime tells of a sandbox what is no JSON (line "
              + (e.getLocation() == null ? 0 : e.getLocation().getLineNr())
              + "); see whether its version is one that Kubernetes supports",
          e);
    }
  }
}
