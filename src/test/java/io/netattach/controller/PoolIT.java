package io.netattach.controller;

import static io.netattach.controller.Cluster.eventually;
import static io.netattach.controller.Cluster.ready;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.netattach.api.AddressBlock;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressPoolStatus;
import io.netattach.api.AddressPoolUse;
import io.netattach.api.AddressRange;
import io.netattach.api.ContainerEnd;
import io.netattach.api.NetnsTarget;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.ReclaimPolicy;
import io.netattach.api.Target;
import io.netattach.kube.Conditions;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What becomes of pools, on a real API server with the rights of the release. */
@NeedsApiServer
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoolIT {
  private Cluster cluster;
  private Program controller;

  @BeforeAll
  void start() {
    cluster = Cluster.start();
    cluster.node("worker-1", Map.of());
    controller = cluster.controller("c-0", "--silent-after", "86400");
    controller.awaitLine("leading as c-0");
  }

  @AfterAll
  void end() {
    if (controller != null) {
      controller.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  private KubernetesClient client() {
    return cluster.client();
  }

  private AddressPool pool(String name, String... subnets) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName(name);
    pool.setSpec(
        new AddressPoolSpec(
            Arrays.stream(subnets)
                .map(subnet -> new AddressRange(subnet, null, null, null, List.of()))
                .toList()));
    return client().resource(pool).create();
  }

  private NetworkAttachment attachment(String namespace, String name, String pool) {
    NetworkAttachment attachment = new NetworkAttachment();
    attachment.getMetadata().setNamespace(namespace);
    attachment.getMetadata().setName(name);
    attachment.setSpec(
        new NetworkAttachmentSpec(
            "worker-1",
            new Target(new NetnsTarget(name, true, ReclaimPolicy.DELETE), null),
            new ContainerEnd(
                "net1",
                null,
                null,
                List.of(),
                new AddressPoolUse(pool, false, false),
                List.of(),
                Map.of()),
            null));
    return cluster.create(attachment);
  }

  private List<String> addresses(NetworkAttachment attachment) {
    NetworkAttachment now = cluster.fresh(attachment);
    return now.getStatus().assigned() == null ? List.of() : now.getStatus().assigned().addresses();
  }

  private AddressPoolStatus status(AddressPool pool) {
    return client().resource(pool).get().getStatus();
  }

  private String reason(AddressPool pool) {
    return Conditions.find(status(pool).conditions(), Conditions.READY).orElseThrow().reason();
  }

  @Test
  void addressesAreGivenAndTakenBack() {
    cluster.namespace("give");
    AddressPool pool = pool("give", "10.10.0.0/30", "fd00:10::/64");
    NetworkAttachment first = attachment("give", "a", "give");
    eventually(() -> assertThat(addresses(first)).containsExactly("10.10.0.1/30", "fd00:10::1/64"));
    NetworkAttachment second = attachment("give", "b", "give");
    eventually(() -> assertThat(addresses(second)).hasSize(2));
    NetworkAttachment third = attachment("give", "c", "give");

    eventually(() -> {
      assertThat(ready(cluster.fresh(third)).reason()).isEqualTo("AddressPoolExhausted");
      assertThat(reason(pool)).isEqualTo("Exhausted");
      assertThat(status(pool).used()).isEqualTo(2);
      assertThat(status(pool).free()).isZero();
      assertThat(
              controller
                  .scrape()
                  .value("netattach_pool_attachments", "pool", "give", "state", "used"))
          .isEqualTo(2);
    });

    client().resource(first).delete();
    eventually(() -> assertThat(addresses(third)).containsExactly("10.10.0.1/30", "fd00:10::1/64"));

    client().resource(second).delete();
    client().resource(third).delete();
    eventually(() -> {
      assertThat(
              client()
                  .resources(AddressBlock.class)
                  .withLabel(AddressBlock.POOL_LABEL, "give")
                  .list()
                  .getItems())
          .isEmpty();
      assertThat(reason(pool)).isEqualTo("Available");
      assertThat(status(pool).used()).isZero();
    });
  }

  @Test
  void onesThatDoNotExistAreWaitedFor() {
    cluster.namespace("wait");
    pool("almost-right", "10.10.0.0/24");
    NetworkAttachment attachment = attachment("wait", "a", "almost-wrong");
    NetworkAttachment other = attachment("wait", "b", "allmost-right");

    eventually(() -> {
      assertThat(ready(cluster.fresh(attachment)).reason()).isEqualTo("AddressPoolNotFound");
      assertThat(ready(cluster.fresh(other)).message())
          .isEqualTo(
              "no AddressPool is named allmost-right (did you mean almost-right?); create it, and"
                  + " this goes on by itself");
    });
    eventually(() ->
        assertThat(cluster.events("wait", event -> event.getReason().equals("AddressPoolNotFound")))
            .hasSize(2));

    pool("almost-wrong", "10.20.0.0/24");
    eventually(() -> assertThat(addresses(attachment)).containsExactly("10.20.0.1/24"));
  }

  @Test
  void oneThatIsDeletedWaitsForItsUsers() {
    cluster.namespace("leave");
    AddressPool pool = pool("leave", "10.10.0.0/24");
    NetworkAttachment user = attachment("leave", "a", "leave");
    eventually(() -> assertThat(addresses(user)).hasSize(1));
    assertThat(client().resource(pool).get().getMetadata().getFinalizers())
        .containsExactly(AddressPool.FINALIZER);

    client().resource(pool).delete();
    eventually(() -> assertThat(reason(pool)).isEqualTo("InUse"));
    NetworkAttachment late = attachment("leave", "b", "leave");
    eventually(
        () -> assertThat(ready(cluster.fresh(late)).reason()).isEqualTo("AddressPoolNotFound"));
    assertThat(addresses(late)).isEmpty();

    client().resource(user).delete();
    eventually(() -> assertThat(client().resource(pool).get()).isNull());
    pool("leave", "10.30.0.0/24");
    eventually(() -> assertThat(addresses(late)).containsExactly("10.30.0.1/24"));
  }

  @Test
  void aControllerThatIsKilledLeavesNothingUndone() {
    cluster.namespace("kill");
    pool("kill", "10.10.0.0/16");
    int count = 300;
    for (int i = 0; i < count; i++) {
      attachment("kill", "a" + i, "kill");
    }
    controller.kill().exitCode();
    for (int i = count; i < 2 * count; i++) {
      attachment("kill", "a" + i, "kill");
    }

    controller = cluster.controller("c-1", "--silent-after", "86400");
    controller.awaitLine("leading as c-1");

    eventually(() ->
        assertThat(
                cluster.attachments("kill").stream()
                    .filter(any -> any.getStatus().assigned() != null)
                    .flatMap(any -> any.getStatus().assigned().addresses().stream()))
            .hasSize(2 * count)
            .doesNotHaveDuplicates());
  }
}
