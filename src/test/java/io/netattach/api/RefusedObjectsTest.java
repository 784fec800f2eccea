package io.netattach.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.kube.ApiServer;
import io.netattach.kube.KubectlResult;
import io.netattach.kube.NeedsApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the API server refuses by itself, and in what words. */
@NeedsApiServer
class RefusedObjectsTest {

  @BeforeAll
  static void install(ApiServer server) {
    ApiObjects.install(server);
  }

  /** A field, the value that it is given, and the one thing that is said about it. */
  private record Row(String field, String value, String sentence) {
    static List<Row> of(String table) throws IOException {
      return Files.readAllLines(Path.of("src/test/resources/refused", table)).stream()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" \\| ", -1))
          .map(cells -> new Row(cells[0], cells[1], cells[2]))
          .toList();
    }

    @Override
    public String toString() {
      return field + ": " + value;
    }
  }

  static List<Row> attachments() throws IOException {
    return Row.of("attachments.txt");
  }

  static List<Row> sets() throws IOException {
    return Row.of("sets.txt");
  }

  static List<Row> pools() throws IOException {
    return Row.of("pools.txt");
  }

  @ParameterizedTest
  @MethodSource("attachments")
  void anAttachmentIsRefusedWithASentence(Row row, ApiServer server) {
    ObjectNode object = ApiObjects.with(ApiObjects.attachment(), row.field(), row.value());

    assertThat(ApiObjects.objections(server.client(), object)).containsExactly(row.sentence());
  }

  @ParameterizedTest
  @MethodSource("sets")
  void aSetIsRefusedWithASentence(Row row, ApiServer server) {
    ObjectNode object = ApiObjects.with(ApiObjects.set(), row.field(), row.value());

    assertThat(ApiObjects.objections(server.client(), object)).containsExactly(row.sentence());
  }

  @ParameterizedTest
  @MethodSource("pools")
  void aPoolIsRefusedWithASentence(Row row, ApiServer server) {
    ObjectNode object = ApiObjects.with(ApiObjects.pool(), row.field(), row.value());

    assertThat(ApiObjects.objections(server.client(), object)).containsExactly(row.sentence());
  }

  @Test
  void kubectlShowsTheSentence(ApiServer server) {
    ObjectNode object = ApiObjects.with(ApiObjects.attachment(), "spec.container.mtu", "10");

    assertThat(server.kubectlWithInput(Serialization.asYaml(object), "apply", "-f", "-"))
        .satisfies(result -> {
          assertThat(result.exitCode()).isEqualTo(1);
          assertThat(result.err())
              .contains(
                  "spec.container.mtu: Invalid value: 10: is not an MTU of a veth; write 68 to"
                      + " 65535 bytes");
        });
  }

  @Test
  void kubectlRefusesAFieldThatIsNotThere(ApiServer server) {
    ObjectNode object = ApiObjects.with(ApiObjects.attachment(), "spec.container.ip", "10.0.0.2");

    assertThat(server.kubectlWithInput(Serialization.asYaml(object), "apply", "-f", "-").err())
        .contains("unknown field \"spec.container.ip\"");
  }

  @Test
  void anAttachmentCannotMove(ApiServer server) {
    NetworkAttachment attachment = create(server, "cannot-move");

    assertThatThrownBy(() -> update(server, attachment, "spec.nodeName", "worker-2"))
        .isInstanceOfSatisfying(
            KubernetesClientException.class,
            refusal ->
                assertThat(ApiObjects.objections(refusal))
                    .containsExactly(
                        "spec.nodeName: Forbidden: cannot be changed; delete this attachment"
                            + " and create one for the other node"));
    assertThatThrownBy(() -> update(server, attachment, "spec.target.netns.name", "green"))
        .isInstanceOfSatisfying(
            KubernetesClientException.class,
            refusal ->
                assertThat(ApiObjects.objections(refusal))
                    .containsExactly(
                        "spec.target.netns.name: Forbidden: cannot be changed; delete this"
                            + " attachment and create one for the other namespace"));
  }

  @Test
  void everythingElseOfAnAttachmentMayChange(ApiServer server) {
    NetworkAttachment attachment = create(server, "may-change");

    update(server, attachment, "spec.target.netns.create", "true");
    update(server, attachment, "spec.target.netns.reclaimPolicy", "Retain");
    update(server, attachment, "spec.container.interface", "net2");
    update(server, attachment, "spec.host.bridge.name", "br0");
  }

  @Test
  void theTemplateOfASetMayChange(ApiServer server) {
    ObjectNode set = ApiObjects.with(ApiObjects.set(), "metadata.name", "may-change");
    String before = Serialization.asYaml(set);
    String after =
        Serialization.asYaml(ApiObjects.with(set, "spec.template.spec.target.netns.name", "green"));

    assertThat(server.kubectlWithInput(before, "create", "-f", "-").exitCode()).isZero();
    assertThat(server.kubectlWithInput(after, "replace", "-f", "-"))
        .isEqualTo(
            new KubectlResult(0, "networkattachmentset.netattach.io/may-change replaced\n", ""));
  }

  private static NetworkAttachment create(ApiServer server, String name) {
    ObjectNode object = ApiObjects.with(ApiObjects.attachment(), "metadata.name", name);
    return server
        .client()
        .resource(Serialization.unmarshal(Serialization.asJson(object), NetworkAttachment.class))
        .create();
  }

  private static void update(
      ApiServer server, NetworkAttachment attachment, String field, String value) {
    ObjectNode object =
        ApiObjects.with(
            ApiObjects.attachment(), "metadata.name", attachment.getMetadata().getName());
    ObjectNode changed = ApiObjects.with(object, field, value);
    server
        .client()
        .resource(Serialization.unmarshal(Serialization.asJson(changed), NetworkAttachment.class))
        .update();
  }
}
