package io.netattach.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.kube.ApiServer;
import io.netattach.kube.KubectlResult;
import io.netattach.kube.NeedsApiServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API server takes, what it fills in, and what kubectl shows of it. */
@NeedsApiServer
class AcceptedObjectsTest {

  /** The example of the design, with everything that a spec can say. */
  private static final String FULL =
      """
      nodeName: worker-1
      target: {netns: {name: blue, create: true, reclaimPolicy: Delete}}
      container:
        interface: net1
        mac: "02:00:5e:00:00:01"
        mtu: 1450
        addresses: [10.10.0.2/24, "fd00:10::2/64"]
        routes: [{to: 0.0.0.0/0, via: 10.10.0.1, metric: 100, onLink: false}]
        sysctls: {net.ipv4.conf.IFNAME.arp_notify: "1"}
      host:
        interface: veth-db
        bridge: {name: br-blue, vlan: 10, hairpin: false, isolated: false}
        addresses: [10.10.0.1/24]
        routes: [{to: 10.20.0.0/16, via: 10.10.0.2}]
      """;

  @BeforeAll
  static void install(ApiServer server) {
    ApiObjects.install(server);
  }

  @Test
  void theExampleOfTheDesignIsTaken(ApiServer server) {
    assertThat(
            ApiObjects.objections(
                server.client(), ApiObjects.with(ApiObjects.attachment(), "spec", FULL)))
        .isEmpty();
    assertThat(
            ApiObjects.objections(
                server.client(),
                ApiObjects.with(
                    ApiObjects.set(),
                    "spec.template.spec",
                    FULL.substring(FULL.indexOf('\n') + 1))))
        .isEmpty();
  }

  @Test
  void theSamplesAreTaken(ApiServer server) {
    server.kubectl("create", "namespace", "shop");

    KubectlResult result = server.kubectl("apply", "--recursive", "-f", "k8s/samples");

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("networkattachment.netattach.io/db-link created");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{interface: net1, addresses: [10.0.0.0/31, 10.0.0.1/32, 'fd00::/127', 'fd00::5/128']}",
        "{interface: net1, addresses: ['fe80::5/64', 169.254.1.1/16]}",
        "{interface: net1, routes: [{to: 10.0.0.1/32}, {to: 0.0.0.0/0, via: 10.0.0.1}]}",
        "{interface: net1, routes: [{to: '::/0', via: 'fe80::1'}]}",
        "{interface: net1, routes: [{to: 0.0.0.0/0, via: 169.254.1.1, onLink: true}]}",
        "{interface: net1, routes: [{to: '::/0', metric: 0}, {to: '::/0', metric: 4294967295}]}",
        "{interface: a23456789012345, mtu: 68}",
        "{interface: net1, mtu: 1280, addresses: ['fd00::2/64']}",
        "{interface: net1, mac: '02:AB:cd:00:00:01', sysctls: {net.ipv6.conf.IFNAME.hop_limit: '-1'}}",
      })
  void theseContainerEndsAreTaken(String end, ApiServer server) {
    ObjectNode object = ApiObjects.with(ApiObjects.attachment(), "spec.container", end);

    assertThat(ApiObjects.objections(server.client(), object)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{matchLabels: {node-role.kubernetes.io/worker: '', zone: a}}",
        "{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [amd64, arm64]}]}",
        "{matchExpressions: [{key: a, operator: NotIn, values: ['']}, {key: b, operator: Exists}]}",
        "{matchExpressions: [{key: example.org/a, operator: DoesNotExist}]}",
      })
  void theseSelectorsAreTaken(String selector, ApiServer server) {
    ObjectNode object = ApiObjects.with(ApiObjects.set(), "spec.nodeSelector", selector);

    assertThat(ApiObjects.objections(server.client(), object)).isEmpty();
  }

  @Test
  void aNewAttachmentHasDefaultsAndSaysThatNobodyHasSeenIt(ApiServer server) {
    ObjectNode object =
        ApiObjects.with(
            ApiObjects.with(ApiObjects.attachment(), "metadata.name", "defaults"),
            "spec.container.routes",
            "[{to: 10.20.0.0/16}]");
    NetworkAttachment made = server.client().resource(attachment(object)).create();

    var spec = made.getSpec();
    assertThat(spec.target())
        .isEqualTo(new Target(new NetnsTarget("blue", false, ReclaimPolicy.DELETE), null));
    assertThat(spec.container())
        .isNotNull()
        .extracting(ContainerEnd::routes)
        .isEqualTo(List.of(new Route("10.20.0.0/16", null, 0, false)));
    assertThat(made.getStatus().conditions())
        .containsExactly(
            new Condition(
                "Ready",
                "Unknown",
                "Pending",
                "no agent has seen this attachment yet",
                null,
                null));
  }

  @Test
  void aNewSetSaysThatNobodyHasSeenIt(ApiServer server) {
    ObjectNode object = ApiObjects.with(ApiObjects.set(), "metadata.name", "new");
    var set = Serialization.unmarshal(Serialization.asJson(object), NetworkAttachmentSet.class);

    assertThat(server.client().resource(set).create().getStatus().conditions())
        .containsExactly(
            new Condition(
                "Ready", "Unknown", "Pending", "no controller has seen this set yet", null, null));
    assertThat(server.kubectl("get", "nattset", "new", "-o", "wide").out())
        .containsPattern("NAME +DESIRED +READY +UPDATED +FAILED +AGE +REASON")
        .containsPattern("new +[^ ]+ +Pending");
  }

  @Test
  void kubectlShowsWhatPeopleLookFor(ApiServer server) {
    create(server, "shown", "worker-7");

    assertThat(server.kubectl("get", "natt", "shown").out())
        .containsPattern("NAME +NODE +TARGET +HOST-IF +CONTAINER-IF +READY +REASON +AGE *\n")
        .containsPattern("shown +worker-7 +net1 +Unknown +Pending ");
    assertThat(server.kubectl("get", "natt", "shown", "-o", "wide").out())
        .containsPattern("AGE +ADDRESSES +HOST-MAC +CONTAINER-MAC");
  }

  @Test
  void attachmentsAreFoundByTheirNode(ApiServer server) {
    create(server, "here", "worker-8");
    create(server, "there", "worker-9");

    assertThat(
            server.kubectl("get", "natt", "-o", "name", "--field-selector=spec.nodeName=worker-8"))
        .isEqualTo(new KubectlResult(0, "networkattachment.netattach.io/here\n", ""));
  }

  /** The server publishes what it knows of a new kind, each by itself, after it serves it. */
  @Test
  void kubectlExplainsEveryField(ApiServer server) {
    for (String kind : List.of("natt", "nattset")) {
      await(kind)
          .atMost(Duration.ofSeconds(60))
          .until(() -> server.kubectl("explain", kind).exitCode() == 0);
    }

    assertThat(server.kubectl("explain", "natt").out())
        .contains("One veth pair between a node and one network namespace on it, a named one or");
    assertThat(server.kubectl("explain", "natt.spec.container.routes").out())
        .contains("Routes through the container end, inside the target namespace.")
        .contains("Metric of the route")
        .contains("Address of the gateway");
    assertThat(server.kubectl("explain", "natt.spec.target.netns.reclaimPolicy").out())
        .contains("ENUM:")
        .contains("Retain");
    for (String kind : List.of("natt", "nattset")) {
      assertThat(server.kubectl("explain", kind, "--recursive").err()).isEmpty();
    }
  }

  private static void create(ApiServer server, String name, String node) {
    ObjectNode object = ApiObjects.with(ApiObjects.attachment(), "metadata.name", name);
    server.client().resource(attachment(ApiObjects.with(object, "spec.nodeName", node))).create();
  }

  private static NetworkAttachment attachment(ObjectNode object) {
    return Serialization.unmarshal(Serialization.asJson(object), NetworkAttachment.class);
  }
}
