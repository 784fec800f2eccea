package io.netattach.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.kube.ApiServer;
import io.netattach.kube.KubectlResult;
import io.netattach.kube.NeedsApiServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the documentation says of an upgrade with kubectl. */
@NeedsApiServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KubectlUpgradeTest {
  private static final String ATTACHMENTS = "crd/networkattachments.netattach.io";
  private static final String FIRST_COLUMN =
      "jsonpath={.spec.versions[0].additionalPrinterColumns[0].name}";

  private final ApiServer server = ApiServer.start();

  @AfterAll
  void close() {
    server.close();
  }

  @Test
  void whatWasAppliedFromTheClientsSideIsTakenOver() {
    assertThat(server.kubectl("apply", "-k", "k8s/").err()).isEmpty();
    // As an earlier release may have had them.
    server.kubectl(
        "patch",
        ATTACHMENTS,
        "--type=json",
        "-p",
        "[{\"op\":\"remove\",\"path\":\"/spec/versions/0/additionalPrinterColumns/0\"}]");
    server.kubectl(
        "-n", Chart.NAMESPACE, "scale", "deployment/netattach-controller", "--replicas=1");
    assertThat(server.kubectl("get", ATTACHMENTS, "-o", FIRST_COLUMN).out()).isEqualTo("TARGET");

    KubectlResult upgrade =
        server.kubectl("apply", "--server-side", "--force-conflicts", "-k", "k8s/");

    assertThat(upgrade.err()).isEmpty();
    assertThat(upgrade.exitCode()).isZero();
    assertThat(server.kubectl("get", ATTACHMENTS, "-o", FIRST_COLUMN).out()).isEqualTo("NODE");
    assertThat(
            server
                .kubectl(
                    "-n",
                    Chart.NAMESPACE,
                    "get",
                    "deployment/netattach-controller",
                    "-o",
                    "jsonpath={.spec.replicas}")
                .out())
        .isEqualTo("2");
  }
}
