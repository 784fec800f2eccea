package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.kube.ApiServer;
import io.netattach.kube.NeedsApiServer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The commands for a cluster as processes, and what they leave to whoever reads their logs. */
@NeedsApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterCommandsApiTest {
  private static final String HELD =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: a, namespace: default, finalizers: [netattach.io/detach]}
      spec:
        nodeName: worker-1
        target: {netns: {name: blue}}
        container: {interface: net1}
      """;

  private final ApiServer server = ApiServer.start();

  @AfterAll
  void close() {
    server.close();
  }

  private Child start(String... arguments) {
    return Child.start(
        List.of(), Map.of("KUBECONFIG", server.adminKubeconfig().toString()), arguments);
  }

  @Test
  void definitionsAreSetUpAndWhatIsAttachedIsTornDownOrLetGo() {
    try (Child setup = start("setup", "--definitions", "--label-namespace", "default")) {
      assertThat(setup.exitCode()).as("%s", setup.err()).isZero();
      assertThat(setup.out())
          .contains(
              "namespace default: allows privileged pods",
              "definition addresspools.netattach.io: created",
              "all definitions are established");
      assertThat(setup.err()).isEmpty();
    }
    assertThat(server.kubectlWithInput(HELD, "create", "-f", "-").err()).isEmpty();

    try (Child detach = start("teardown", "--policy", "detach", "--timeout", "2")) {
      assertThat(detach.exitCode()).isEqualTo(1);
      assertThat(detach.out()).contains("waiting for 1 NetworkAttachment to be taken down");
      assertThat(detach.err())
          .singleElement()
          .asString()
          .startsWith(
              "netattach: after 2 s 1 NetworkAttachment is left: default/a (node worker-1,"
                  + " Pending). Bring the agents");
    }
    try (Child keep = start("teardown", "--policy=Keep", "--namespace=nowhere")) {
      assertThat(keep.exitCode()).as("%s", keep.err()).isZero();
      assertThat(keep.out())
          .containsExactly(
              "no pod of an agent or a controller runs in namespace nowhere",
              "0 NetworkAttachmentSets let go",
              "1 NetworkAttachment let go",
              "0 AddressPools let go",
              "0 AddressBlocks let go");
    }
    assertThat(server.kubectl("get", "natt", "-A", "-o", "name").out()).isEmpty();
  }

  @Test
  void aUserWithoutRightsIsTold() {
    server.kubectl("create", "serviceaccount", "stranger");
    String kubeconfig = server.serviceAccountKubeconfig("default", "stranger").toString();
    try (Child setup =
        Child.start(List.of(), Map.of("KUBECONFIG", kubeconfig), "setup", "--definitions")) {
      assertThat(setup.exitCode()).isEqualTo(1);
      assertThat(setup.err())
          .singleElement()
          .asString()
          .startsWith("netattach: the API server does not let this user do that: apply the roles");
    }
  }
}
