package io.netattach.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@NeedsApiServer
class ApiServerTest {

  @Test
  void whatIsInItSurvivesAStop() {
    try (ApiServer server = ApiServer.start()) {
      server.client().resource(configMap("kept")).create();
      server.stopApiServer();
      assertThatThrownBy(() -> server.client().configMaps().inNamespace("default").list())
          .isInstanceOf(KubernetesClientException.class);

      server.startApiServer();

      assertThat(server.client().configMaps().inNamespace("default").withName("kept").get())
          .isNotNull();
    }
  }

  @Test
  void requestsAreWrittenToTheAuditLog() throws Exception {
    Path folder;
    try (ApiServer server = ApiServer.startWithAudit()) {
      server.client().resource(configMap("seen")).create();
      Path log = server.auditLog();
      folder = log.getParent();
      // A request may be written down a moment after it was answered.
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> assertThat(Files.readString(log)).contains("/namespaces/default/configmaps"));
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void kubectlTellsWhatItSaidAndHowItEnded(ApiServer server) {
    assertThat(server.kubectl("get", "namespaces", "-o", "name"))
        .satisfies(result -> {
          assertThat(result.exitCode()).isZero();
          assertThat(result.out()).contains("namespace/kube-system");
        });
    assertThat(server.kubectl("get", "namespace", "nowhere"))
        .satisfies(result -> {
          assertThat(result.exitCode()).isEqualTo(1);
          assertThat(result.err()).contains("NotFound");
        });
  }

  @Test
  void aClientCanHaveAKeyOfEllipticCurves(ApiServer server) throws Exception {
    Path kubeconfig = server.adminKubeconfigWithEcKey();

    assertThat(server.kubectl("--kubeconfig", kubeconfig.toString(), "get", "nodes").exitCode())
        .isZero();
  }

  @Test
  void aServiceAccountMayNotDoWhatNobodyAllowedIt(ApiServer server) {
    server
        .client()
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("nobody")
                .endMetadata()
                .build())
        .create();

    try (var client = ApiServer.client(server.serviceAccountKubeconfig("default", "nobody"))) {
      assertThatThrownBy(() -> client.configMaps().inNamespace("default").list())
          .hasMessageContaining("system:serviceaccount:default:nobody")
          .hasMessageContaining("cannot list resource \"configmaps\"");
    }
  }

  private static io.fabric8.kubernetes.api.model.ConfigMap configMap(String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .build();
  }
}
