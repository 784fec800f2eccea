package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.api.NetworkAttachment;
import io.netattach.cli.ChaosSuite;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.util.List;

/** Kept by an agent. */
@NeedsApiServer
class AgentChaosIT extends ChaosSuite {
  @Override
  protected Keeper keep(List<String> manifests) {
    ClusterNode node = new ClusterNode();
    Program agent = node.agent("--allow-bridge", BRIDGE);
    for (String manifest : manifests) {
      node.create(Serialization.unmarshal(manifest, NetworkAttachment.class));
    }
    return new Keeper() {
      @Override
      public void saysAllIsAttached() {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(node.unattached()).isEmpty());
      }

      @Override
      public String account() {
        return "%.0f repairs, %.0f failures"
            .formatted(
                agent.scrape().sum("netattach_repairs_total"),
                agent.scrape().sum("netattach_failures_total"));
      }

      @Override
      public void end() {
        node.attachments().delete();
        await().atMost(PATIENCE).until(() -> node.attachments().list().getItems().isEmpty());
        assertThat(agent.terminate().exitCode()).as(agent::said).isIn(0, 143);
      }

      @Override
      public void close() {
        agent.close();
        node.close();
      }
    };
  }
}
