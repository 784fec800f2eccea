package io.netattach.controller;

import static io.netattach.controller.Cluster.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.netattach.api.LabelSelector;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One of two controllers acts, on a real API server with the rights of the release. */
@NeedsApiServer
@NullUnmarked
class LeadershipIT {
  private static final String LEASE = "netattach-controller";

  /** Of a JVM that ended in order because of SIGTERM: 128 and the signal's number. */
  private static final int TERMINATED = 143;

  private Cluster cluster;

  @BeforeEach
  void start() {
    cluster = Cluster.start();
    cluster.namespace("shop");
    cluster.node("n1", Map.of());
    cluster.create(
        Samples.set(
            "shop",
            "web",
            new LabelSelector(Map.of(), List.of()),
            Samples.template("blue", "10.10.0.2/24")));
  }

  @AfterEach
  void end() {
    cluster.close();
  }

  private void awaitAttachments(int count) {
    eventually(() -> assertThat(cluster.attachments("shop")).hasSize(count));
  }

  @Test
  void theOtherLeadsAtOnceWhenTheLeaderIsToldToEnd() {
    try (Program first = cluster.controller("c-0").awaitLine("leading as c-0");
        Program second = cluster.controller("c-1").awaitLine("standing for election as c-1")) {
      awaitAttachments(1);
      eventually(() -> assertThat(second.isReady()).isTrue());
      assertThat(second.isLive()).isTrue();
      assertThat(first.isReady()).isTrue();

      first.terminate();
      assertThat(first.exitCode()).isEqualTo(TERMINATED);
      // It was given back before the end, and does not have to run out.
      assertThat(lease().getSpec().getHolderIdentity()).isNotEqualTo("c-0");
      eventually(() -> assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("c-1"));

      second.awaitLine("leading as c-1");
      cluster.node("n2", Map.of());
      awaitAttachments(2);
      second.terminate();
      assertThat(second.exitCode()).isEqualTo(TERMINATED);
      assertThat(lease().getSpec().getHolderIdentity()).isNullOrEmpty();
    }
  }

  private Lease lease() {
    return cluster.client().leases().inNamespace(Cluster.RELEASE).withName(LEASE).get();
  }

  @Test
  void theOtherLeadsWhenTheLeaderIsKilled() {
    try (Program first = cluster.controller("c-0").awaitLine("leading as c-0");
        Program second = cluster.controller("c-1").awaitLine("standing for election as c-1")) {
      awaitAttachments(1);

      first.kill();
      cluster.node("n2", Map.of());

      second.awaitLine("leading as c-1");
      awaitAttachments(2);
    }
  }

  @Test
  void theOneThatLostItsLeaseEndsToBeStartedAgain() {
    try (Program first = cluster.controller("c-0").awaitLine("leading as c-0")) {
      cluster
          .client()
          .leases()
          .inNamespace(Cluster.RELEASE)
          .withName(LEASE)
          .edit(lease -> lease.edit().editSpec().withHolderIdentity("somebody").endSpec().build());

      first.awaitLine("c-0 no longer leads");
      assertThat(first.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void aShortOutageOfTheApiServerIsOutlasted() {
    try (Program only = cluster.controller("c-0").awaitLine("leading as c-0")) {
      awaitAttachments(1);

      cluster.server().stopApiServer();
      only.awaitLine("the API server cannot be reached, or does not answer");
      cluster.server().startApiServer();
      // It leads on where the outage was shorter than its Lease, and else it ends and is restarted.
      Program now = only;
      try {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() ->
                !only.isRunning()
                    || only.lines().stream().anyMatch(line -> line.contains("answers again")));
        if (!only.isRunning()) {
          assertThat(only.exitCode()).isEqualTo(1);
          now = cluster.controller("c-0").awaitLine("leading as c-0");
        }
        cluster.node("n2", Map.of());
        awaitAttachments(2);
      } finally {
        now.close();
      }
    }
  }

  @Test
  void anApiServerThatIsAwayIsWaitedForWithOneSentence() {
    cluster.server().stopApiServer();
    try (Program only = startedWithoutServer()) {
      only.awaitLine("the API server cannot be reached, or does not answer");
      assertThat(only.isReady()).isFalse();

      cluster.server().startApiServer();

      only.awaitLine("leading as c-0");
      assertThat(only.lines().stream().filter(line -> line.contains("cannot be reached")))
          .hasSize(1);
      awaitAttachments(1);
    }
  }

  /** The token was made while there was a server. */
  private Program startedWithoutServer() {
    cluster.server().startApiServer();
    var kubeconfig =
        Objects.requireNonNull(
            cluster.server().serviceAccountKubeconfig(Cluster.RELEASE, "netattach-controller"));
    cluster.server().stopApiServer();
    return Cluster.controller("c-0", kubeconfig);
  }
}
