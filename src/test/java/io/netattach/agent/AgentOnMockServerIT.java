package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.kube.MockApi;
import io.netattach.kube.Program;
import java.nio.file.Path;
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

  @Test
  void aServerThatCannotSelectIsToldOf() {
    try (Program agent = startReady()) {
      assertThat(agent.said())
          .containsOnlyOnce("the API server cannot select attachments by spec.nodeName");
    }
  }
}
