package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.netattach.api.ApiObjects;
import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How far the tokens of agents and controllers reach beyond what is netattach's, in the hands of
 * one who stole them; docs/security.md refers to it.
 */
@NeedsApiServer
@NullUnmarked
class TokenReachTest {
  private static final String RELEASE = "netattach-system";
  private static final String NAMESPACE = "reach";
  private static final String ATTACHMENTS = "GET /apis/netattach.io/v1alpha1/networkattachments";

  private static KubernetesClient agent;
  private static KubernetesClient controller;

  @BeforeAll
  static void install(ApiServer server) {
    ApiObjects.install(server);
    for (String file : new String[] {"k8s/namespace.yaml", "k8s/rbac.yaml"}) {
      assertThat(server.kubectl("apply", "--server-side", "-f", file).err()).isEmpty();
    }
    server.kubectl("create", "namespace", NAMESPACE);
    server.kubectl("-n", NAMESPACE, "create", "serviceaccount", "default");
    server.client().resource(web()).create();
    agent = ApiServer.client(server.serviceAccountKubeconfig(RELEASE, "netattach-agent"));
    controller = ApiServer.client(server.serviceAccountKubeconfig(RELEASE, "netattach-controller"));
    // The API server takes roles up in its own time; until then it refuses everything.
    for (KubernetesClient thief : List.of(agent, controller)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> send(thief, ATTACHMENTS, "").code() == HttpURLConnection.HTTP_OK);
    }
  }

  @AfterAll
  static void uninstall(ApiServer server) {
    agent.close();
    controller.close();
    server.kubectl("-n", NAMESPACE, "delete", "pod", "--all", "--force");
    server.kubectl("delete", "-f", "k8s/rbac.yaml");
  }

  private static Pod web() {
    return new PodBuilder()
        .withNewMetadata()
        .withName("web")
        .withNamespace(NAMESPACE)
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("web")
        .withImage("web")
        .endContainer()
        .endSpec()
        .build();
  }

  /** What would make one master of the cluster, or of its secrets. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/secrets",
        "GET /api/v1/namespaces/netattach-system/secrets",
        "GET /api/v1/namespaces/reach/configmaps",
        "POST /api/v1/namespaces/reach/configmaps",
        "POST /api/v1/namespaces/reach/pods",
        "PATCH /api/v1/namespaces/reach/pods/web",
        "PATCH /api/v1/namespaces/reach/pods/web/ephemeralcontainers",
        "DELETE /api/v1/namespaces/reach/pods/web",
        "POST /api/v1/namespaces/reach/pods/web/exec?command=sh",
        "POST /api/v1/namespaces/reach/pods/web/binding",
        "GET /api/v1/namespaces/reach/pods/web/log",
        "PATCH /api/v1/nodes/worker-1",
        "PATCH /api/v1/nodes/worker-1/status",
        "GET /api/v1/nodes/worker-1/proxy/pods",
        "PATCH /api/v1/namespaces/reach",
        "POST /api/v1/namespaces/netattach-system/serviceaccounts/netattach-controller/token",
        "PATCH /apis/apps/v1/namespaces/netattach-system/daemonsets/netattach-agent",
        "PATCH /apis/rbac.authorization.k8s.io/v1/clusterroles/netattach-agent",
        "POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "DELETE /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/any",
        "PATCH /apis/apiextensions.k8s.io/v1/customresourcedefinitions/any",
        "POST /apis/netattach.io/v1alpha1/namespaces/reach/networkattachmentsets",
        "POST /apis/netattach.io/v1alpha1/addresspools"
      })
  void neitherTokenMakesOneMasterOfTheCluster(String request) {
    for (KubernetesClient thief : List.of(agent, controller)) {
      HttpResponse<String> answer = send(thief, request, "{}");

      assertThat(answer.code()).isEqualTo(HttpURLConnection.HTTP_FORBIDDEN);
      assertThat(answer.body()).contains("is forbidden", "cannot ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/pods",
        "GET /api/v1/nodes",
        "GET /api/v1/namespaces/reach",
        "PATCH /api/v1/namespaces/reach/pods/web/status",
        "POST /apis/netattach.io/v1alpha1/namespaces/reach/networkattachments",
        "DELETE /apis/netattach.io/v1alpha1/namespaces/reach/networkattachments/any",
        "GET /apis/netattach.io/v1alpha1/addresspools"
      })
  void anAgentsTokenReachesNoPodNodeOrPool(String request) {
    assertThat(send(agent, request, "{}").code()).isEqualTo(HttpURLConnection.HTTP_FORBIDDEN);
  }

  private static HttpResponse<String> send(KubernetesClient client, String request, String body) {
    String method = request.substring(0, request.indexOf(' '));
    String type = method.equals("PATCH") ? "application/merge-patch+json" : "application/json";
    String url = client.getMasterUrl().toString().replaceAll("/$", "");
    HttpRequest.Builder builder =
        client
            .getHttpClient()
            .newHttpRequestBuilder()
            .uri(url + request.substring(method.length() + 1));
    return client
        .getHttpClient()
        .sendAsync(
            builder.method(method, type, method.equals("GET") ? null : body).build(), String.class)
        .join();
  }
}
