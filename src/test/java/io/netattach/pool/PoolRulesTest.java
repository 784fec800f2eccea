package io.netattach.pool;

import static io.netattach.pool.PoolObjects.pool;
import static io.netattach.pool.PoolObjects.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netattach.api.AddressPool;
import io.netattach.api.AddressPoolSpec;
import io.netattach.api.AddressPoolStatus;
import io.netattach.api.AddressRange;
import io.netattach.api.AddressRangeStatus;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.StatusWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the API server refuses by itself of a pool that is in use. */
@NeedsApiServer
class PoolRulesTest {
  private static final String USERS = "10.10.0.7 is that of shop/db-link";

  @BeforeAll
  static void install(ApiServer server) {
    server.install(
        Path.of("k8s/crds/addresspools.netattach.io.yaml"),
        Path.of("k8s/crds/networkattachments.netattach.io.yaml"),
        Path.of("k8s/admission.yaml"));
  }

  private static AddressPool inUse(ApiServer server, String name) {
    AddressPool pool = pool(server.client(), name, "10.10.0.0/24", "10.20.0.0/24");
    tell(server, pool, 1);
    return pool;
  }

  private static void tell(ApiServer server, AddressPool pool, long used) {
    var unused =
        new StatusWriter<AddressPool>(server.client())
            .write(
                pool,
                new AddressPoolStatus(
                    1L,
                    508,
                    used,
                    508 - used,
                    used == 0 ? null : USERS,
                    List.of(
                        new AddressRangeStatus("10.10.0.0/24", 254, used, 254 - used),
                        new AddressRangeStatus("10.20.0.0/24", 254, 0, 254)),
                    List.of()))
            .orElseThrow();
  }

  private static void edit(ApiServer server, AddressPool pool, AddressRange... ranges) {
    AddressPool now = Objects.requireNonNull(server.client().resource(pool).get());
    now.setSpec(new AddressPoolSpec(List.of(ranges)));
    server.client().resource(now).update();
  }

  private static AddressRange bounded(String start, String end) {
    return new AddressRange("10.10.0.0/24", start, end, null, List.of());
  }

  @Test
  void aRangeInUseIsNotRemoved(ApiServer server) {
    AddressPool pool = inUse(server, "not-removed");

    assertThatThrownBy(() -> edit(server, pool, range("10.20.0.0/24")))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("a range that is in use cannot be removed; " + USERS);
    edit(server, pool, range("10.10.0.0/24"));
  }

  @Test
  void aRangeInUseIsNotNarrowed(ApiServer server) {
    AddressPool pool = inUse(server, "not-narrowed");

    assertThatThrownBy(
            () -> edit(server, pool, bounded("10.10.0.10", "10.10.0.20"), range("10.20.0.0/24")))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("cannot be narrowed, other than by exclude; " + USERS);
    tell(server, pool, 0);
    edit(server, pool, bounded("10.10.0.10", "10.10.0.20"), range("10.20.0.0/24"));
  }

  @Test
  void aRangeInUseIsWidenedAndExcludes(ApiServer server) {
    AddressPool pool = pool(server.client(), "wider", "10.10.0.0/24");
    edit(server, pool, bounded("10.10.0.10", "10.10.0.20"));
    tell(server, pool, 1);

    edit(
        server,
        pool,
        new AddressRange(
            "10.10.0.0/24", null, "10.10.0.20", null, List.of("10.10.0.7", "10.10.0.16/30")),
        range("fd00:10::/64"));

    assertThat(server.client().resource(pool).get().getSpec().ranges()).hasSize(2);
  }

  @Test
  void onlyOneThatNobodyUsesIsDeleted(ApiServer server) {
    KubernetesClient client = server.client();
    AddressPool pool = inUse(server, "not-deleted");

    // A policy takes effect a moment after it was written.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThatThrownBy(() -> client.resource(pool).dryRun().delete())
                .hasMessageContaining(
                    "pool not-deleted is in use by 1 attachment: "
                        + USERS
                        + "; delete those attachments first"));
    assertThatThrownBy(() -> client.resource(pool).delete())
        .isInstanceOf(KubernetesClientException.class);

    tell(server, pool, 0);
    client.resource(pool).delete();
    assertThat(client.resource(pool).get()).isNull();
  }

  private static void assign(
      KubernetesClient client, NetworkAttachment attachment, String pool, String address) {
    NetworkAttachment now = client.resource(attachment).get();
    now.setStatus(
        new NetworkAttachmentStatus(
            null,
            List.of(),
            new AssignedAddresses(pool, List.of(address), List.of()),
            null,
            null,
            null,
            null,
            null));
    client.resource(now).updateStatus();
  }

  private static NetworkAttachment another(KubernetesClient client) {
    String name = "db-" + PoolObjects.attachments(client, "rules").size();
    return PoolObjects.attachment(client, "rules", name, "blue");
  }

  @Test
  void onlyTheControllerTellsWhatWasGivenAndOnlyWhatCanBeRead(ApiServer server) {
    KubernetesClient client = server.client();
    PoolObjects.namespace(client, "rules");
    NetworkAttachment attachment = PoolObjects.attachment(client, "rules", "db", "blue");

    // What is written before the policy takes effect is written for good.
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThatThrownBy(() -> assign(client, another(client), "blue", "10.10.0.7/24"))
                .hasMessageContaining("status.assigned is written by the controller alone"));
    Config config =
        new ConfigBuilder(client.getConfiguration())
            .withImpersonateUsername("system:serviceaccount:netattach-system:netattach-controller")
            .withImpersonateGroups("system:masters")
            .build();
    try (KubernetesClient controller = new KubernetesClientBuilder().withConfig(config).build()) {
      assertThatThrownBy(() -> assign(controller, attachment, "red", "10.10.0.7/24"))
          .hasMessageContaining("is not of the pool that spec.container.addressPool names");
      assertThatThrownBy(() -> assign(controller, attachment, "blue", "x"))
          .hasMessageContaining("is not an address with its prefix length");
      assign(controller, attachment, "blue", "10.10.0.7/24");
    }
    assertThat(PoolObjects.assigned(client, attachment))
        .isEqualTo(new AssignedAddresses("blue", List.of("10.10.0.7/24"), List.of()));
  }
}
