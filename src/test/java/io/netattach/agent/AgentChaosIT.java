package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.api.NetworkAttachment;
import io.netattach.cli.ChaosSuite;
import io.netattach.kube.NeedsApiServer;
import java.util.List;

/** Kept by an agent. */
@NeedsApiServer
class AgentChaosIT extends ChaosSuite {
  @Override
  protected Keeper keep(List<String> manifests) {
    ServedAgent served = ServedAgent.start("shop", "--resync", "0", "--allow-bridge", BRIDGE);
    for (String manifest : manifests) {
      served.client().resource(Serialization.unmarshal(manifest, NetworkAttachment.class)).create();
    }
    return new Keeper() {
      @Override
      public void saysAllIsAttached() {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(served.unready()).isEmpty());
      }

      @Override
      public String account() {
        return "%.0f repairs, %.0f failures"
            .formatted(
                served.agent().scrape().sum("netattach_repairs_total"),
                served.agent().scrape().sum("netattach_failures_total"));
      }

      @Override
      public void end() {
        served.attachments().delete();
        await().atMost(PATIENCE).until(() -> served.attachments().list().getItems().isEmpty());
        assertThat(served.agent().terminate().exitCode()).as(served.agent()::said).isIn(0, 143);
      }

      @Override
      public void close() {
        served.close();
      }
    };
  }
}
