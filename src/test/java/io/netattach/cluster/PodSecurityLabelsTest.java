package io.netattach.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The labels by which a namespace may have an agent's pods. */
@NeedsApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PodSecurityLabelsTest {
  private final ApiServer server = ApiServer.start();
  private final KubernetesClient client = server.client();
  private final List<String> out = new ArrayList<>();

  @AfterAll
  void close() {
    server.close();
  }

  @Test
  void aNamespaceGetsTheLabelsOfPodSecurityAndKeepsItsOwn() {
    server.kubectl("create", "namespace", "labelled");
    server.kubectl("label", "namespace", "labelled", "team=net");

    PodSecurityLabels.put(client, "labelled", out::add);

    assertThat(client.namespaces().withName("labelled").require().getMetadata().getLabels())
        .containsAllEntriesOf(
            Map.of(
                "team", "net",
                "pod-security.kubernetes.io/enforce", "privileged",
                "pod-security.kubernetes.io/audit", "privileged",
                "pod-security.kubernetes.io/warn", "privileged"));
    assertThat(out).contains("namespace labelled: allows privileged pods");
  }

  @Test
  void aNamespaceThatIsNotThereIsTold() {
    assertThatThrownBy(() -> PodSecurityLabels.put(client, "nowhere", out::add))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("there is no namespace nowhere; create it");
  }
}
