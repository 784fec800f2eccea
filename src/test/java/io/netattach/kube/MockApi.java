package io.netattach.kube;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * The client library's server that keeps objects and tells of their changes. It knows no
 * definition: no rule, no default, no field selector. As a server of old it says so when it is
 * asked to select by a node's name.
 */
public final class MockApi implements AutoCloseable {
  private final KubernetesMockServer server;
  private final KubernetesClient client;
  private final Path kubeconfig;

  /**
   * @param node that agents will ask about
   */
  public MockApi(String node) {
    Map<ServerRequest, Queue<ServerResponse>> responses = new HashMap<>();
    var resources =
        List.of(
            CustomResourceDefinitionContext.fromCustomResourceType(NetworkAttachment.class),
            CustomResourceDefinitionContext.fromCustomResourceType(NetworkAttachmentSet.class));
    server =
        new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            responses,
            new KubernetesMixedDispatcher(responses, resources),
            false);
    server.init();
    server
        .expect()
        .get()
        .withPath(
            "/apis/netattach.io/v1alpha1/networkattachments?fieldSelector=spec.nodeName%3D"
                + node
                + "&limit=1")
        .andReturn(
            400,
            new StatusBuilder()
                .withStatus("Failure")
                .withCode(400)
                .withReason("BadRequest")
                .withMessage("field label not supported: spec.nodeName")
                .build())
        .always();
    client = server.createClient();
    for (String namespace : List.of("default", "kube-system")) {
      client
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
          .create();
    }
    kubeconfig = write();
  }

  private Path write() {
    try {
      Path file = Files.createTempFile("netattach-mock", ".kubeconfig");
      return Files.writeString(file, Kubeconfig.ofPlain(url(), ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String url() {
    URI uri = URI.create(server.url("/"));
    return "http://127.0.0.1:" + uri.getPort();
  }

  public KubernetesClient client() {
    return client;
  }

  public Path kubeconfig() {
    return kubeconfig;
  }

  @Override
  public void close() {
    client.close();
    server.destroy();
    try {
      Files.deleteIfExists(kubeconfig);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
