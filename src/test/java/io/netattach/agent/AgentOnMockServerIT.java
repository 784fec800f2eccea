package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.api.NetworkAttachment;
import io.netattach.kube.MockApi;
import io.netattach.kube.Program;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** On the client library's server, which has no field selector: the agent hears of every node's. */
class AgentOnMockServerIT extends AgentSuite {
  private final MockApi api = new MockApi(NODE);

  @AfterAll
  void close() {
    api.close();
  }

  @Override
  KubernetesClient client() {
    return api.client();
  }

  @Override
  Path kubeconfig() {
    return api.kubeconfig();
  }

  /** To this server a merge patch adds to a list where RFC 7396 has it replaced. */
  @Override
  void merge(String name, String json) {
    JsonNode patch = Serialization.unmarshal(json, JsonNode.class);
    attachment(name)
        .edit(now ->
            Serialization.unmarshal(
                merged(Serialization.unmarshal(Serialization.asJson(now), JsonNode.class), patch)
                    .toString(),
                NetworkAttachment.class));
  }

  private static JsonNode merged(JsonNode target, JsonNode patch) {
    if (!(target instanceof ObjectNode object) || !patch.isObject()) {
      return patch;
    }
    for (Map.Entry<String, JsonNode> field : patch.properties()) {
      if (field.getValue().isNull()) {
        object.remove(field.getKey());
      } else {
        object.set(field.getKey(), merged(object.path(field.getKey()), field.getValue()));
      }
    }
    return object;
  }

  @Test
  void aServerThatCannotSelectIsToldOf() {
    try (Program agent = startReady()) {
      // Later in its log; what it says may be read here after it is ready.
      agent.awaitLine("keeping the attachments of node");
      assertThat(agent.said())
          .containsOnlyOnce("the API server cannot select attachments by spec.nodeName");
    }
  }
}
