package io.netattach.controller;

import static io.netattach.controller.Cluster.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.api.NetworkAttachmentSet;
import io.netattach.kube.ApiProxy;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** A controller that hears late of attachments, as of an API server under load. */
@NeedsApiServer
@NullUnmarked
class LateWatchIT {
  private static final String ATTACHMENTS = "/networkattachments";

  private final List<String> creations = new CopyOnWriteArrayList<>();
  private volatile boolean deaf;

  private ApiProxy.Fate judge(String request) {
    if (request.startsWith("POST") && request.contains(ATTACHMENTS)) {
      creations.add(request);
    }
    if (deaf && request.startsWith("GET") && request.contains(ATTACHMENTS + "?")) {
      throw new ApiProxy.Dropped();
    }
    return new ApiProxy.Fate.Passed();
  }

  @Test
  void whatASetHasMadeIsNotMadeAgain() {
    try (Cluster cluster = Cluster.start();
        ApiProxy proxy = new ApiProxy(cluster.server().url())) {
      proxy.judge(this::judge);
      cluster.namespace("shop");
      cluster.node("n1", Map.of());
      cluster.node("n2", Map.of());
      try (Program controller = cluster.controller("c-0", proxy)) {
        controller.awaitLine("leading as c-0");
        deaf = true;
        proxy.cut();

        NetworkAttachmentSet set =
            cluster.create(
                Samples.set(
                    "shop", "web", Samples.everything(), Samples.template("blue", "10.10.0.2/24")));
        eventually(() -> assertThat(cluster.attachments("shop")).hasSize(2));
        // It looks again, and still has heard of none.
        cluster.node("n3", Map.of());
        eventually(() -> assertThat(cluster.attachments("shop")).hasSize(3));
        eventually(() -> assertThat(cluster.status(set).updated()).isEqualTo(3));
        assertThat(creations).hasSize(3);

        deaf = false;
        cluster.client().resource(cluster.attachments("shop").getFirst()).delete();
        eventually(() -> assertThat(creations).hasSize(4));
        eventually(() -> assertThat(cluster.attachments("shop")).hasSize(3));
      }
    }
  }
}
