package io.netattach.cli.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.netattach.api.BridgePort;
import io.netattach.api.ContainerEnd;
import io.netattach.api.HostEnd;
import io.netattach.api.NetnsTarget;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.ReclaimPolicy;
import io.netattach.api.Route;
import io.netattach.api.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is read, and as what. */
class ManifestReaderTest {

  static final String MINIMAL =
      """
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: link}
      spec:
        target: {netns: {name: blue}}
        container: {interface: net1}
      """;

  private static final String FULL =
      """
      # what a person writes
      apiVersion: netattach.io/v1alpha1
      kind: NetworkAttachment
      metadata: {name: db-link, namespace: shop, labels: {app: db}}
      spec:
        nodeName: worker-1
        target:
          netns: {name: blue, create: true, reclaimPolicy: Retain}
        container:
          interface: net1
          mac: 02:00:5e:00:00:01
          mtu: 1450
          addresses: [10.10.0.2/24, "fd00:10::2/64"]
          routes: [{to: 0.0.0.0/0, via: 10.10.0.1, metric: 100, onLink: false}]
          sysctls: {net.ipv4.conf.IFNAME.arp_notify: "1"}
        host:
          interface: veth-db
          bridge: {name: br-blue, vlan: 10, hairpin: false, isolated: true}
          addresses: [10.10.0.1/24]
          routes:
          - to: 10.20.0.0/16
            via: 10.10.0.2
      """;

  private static final NetworkAttachmentSpec FULL_SPEC =
      new NetworkAttachmentSpec(
          "worker-1",
          new Target(new NetnsTarget("blue", true, ReclaimPolicy.RETAIN), null),
          new ContainerEnd(
              "net1",
              "02:00:5e:00:00:01",
              1450,
              List.of("10.10.0.2/24", "fd00:10::2/64"),
              null,
              List.of(new Route("0.0.0.0/0", "10.10.0.1", 100, false)),
              Map.of("net.ipv4.conf.IFNAME.arp_notify", "1")),
          new HostEnd(
              "veth-db",
              new BridgePort("br-blue", 10, false, true),
              List.of("10.10.0.1/24"),
              List.of(new Route("10.20.0.0/16", "10.10.0.2", 0, false))));

  @Test
  void aManifestIsReadFieldByField() throws Exception {
    var manifest = only(FULL);

    assertThat(manifest.source()).isEqualTo("links.yaml");
    assertThat(manifest.attachment().getSpec()).isEqualTo(FULL_SPEC);
    assertThat(manifest.attachment().getMetadata().getNamespace()).isEqualTo("shop");
    assertThat(manifest.attachment().getMetadata().getLabels()).containsEntry("app", "db");
  }

  @Test
  void jsonIsReadAsYamlIs() throws Exception {
    var attachment = only(FULL).attachment();

    assertThat(only(Serialization.asJson(attachment)).attachment().getSpec()).isEqualTo(FULL_SPEC);
  }

  @Test
  void jsonMayBeIndentedWithTabs() throws Exception {
    var json =
        """
        {
        \t"apiVersion": "netattach.io\\/v1alpha1",
        \t"kind": "NetworkAttachment",
        \t"metadata": {"name": "link", "annotations": {"note": "\\ud83d\\ude00 \\u00e4"}},
        \t"spec": {
        \t\t"target": {"netns": {"name": "blue"}},
        \t\t"container": {
        \t\t\t"interface": "net1",
        \t\t\t"addresses": [
        \t\t\t\t"10.0.0.1/24",
        \t\t\t\t"10.0.0.2/24"
        \t\t\t]
        \t\t}
        \t}
        }
        """;

    var attachment = only(json).attachment();

    assertThat(attachment.getMetadata().getAnnotations())
        .containsEntry("note", "\ud83d\ude00 \u00e4");
    assertThat(attachment.getSpec().container())
        .isEqualTo(
            new ContainerEnd(
                "net1",
                null,
                null,
                List.of("10.0.0.1/24", "10.0.0.2/24"),
                null,
                List.of(),
                Map.of()));
  }

  @Test
  void whatKubectlGetWritesIsRead() throws Exception {
    var manifest =
        only(
            """
            apiVersion: netattach.io/v1alpha1
            kind: NetworkAttachment
            metadata:
              annotations:
                kubectl.kubernetes.io/last-applied-configuration: |
                  {"apiVersion":"netattach.io/v1alpha1","kind":"NetworkAttachment"}
              creationTimestamp: "2025-01-31T12:00:00Z"
              deletionGracePeriodSeconds: 0
              deletionTimestamp: "2025-01-31T13:00:00Z"
              finalizers:
              - netattach.io/detach
              generation: 3
              managedFields:
              - apiVersion: netattach.io/v1alpha1
                fieldsType: FieldsV1
                fieldsV1:
                  f:spec:
                    .: {}
                    f:container: {}
                manager: kubectl-client-side-apply
                operation: Update
                time: "2025-01-31T12:00:00Z"
              name: link
              namespace: default
              ownerReferences:
              - {apiVersion: netattach.io/v1alpha1, kind: NetworkAttachmentSet, name: all, uid: a-b,
                 controller: true, blockOwnerDeletion: true}
              resourceVersion: "4711"
              uid: 0b7c2f0e-7e0c-4a55-8a5c-0c4f3a3f2f11
            spec:
              container: {interface: net1}
              target: {netns: {name: blue, create: false, reclaimPolicy: Delete}}
            status:
              conditions:
              - lastTransitionTime: "2025-01-31T12:00:00Z"
                message: all is set
                observedGeneration: 3
                reason: Attached
                status: "True"
                type: Ready
              observedGeneration: 3
              netns: {path: /run/netns/blue, inode: 4026532281, created: false}
            """);

    var metadata = manifest.attachment().getMetadata();
    assertThat(metadata.getUid()).isEqualTo("0b7c2f0e-7e0c-4a55-8a5c-0c4f3a3f2f11");
    assertThat(metadata.getGeneration()).isEqualTo(3);
    assertThat(metadata.getFinalizers()).containsExactly("netattach.io/detach");
    assertThat(metadata.getOwnerReferences()).hasSize(1);
    assertThat(manifest.attachment().getStatus().conditions()).hasSize(1);
  }

  @Test
  void aFieldWithoutAValueIsAnAbsentField() throws Exception {
    var manifest =
        only(
            """
            apiVersion: netattach.io/v1alpha1
            kind: NetworkAttachment
            metadata: {name: link, namespace: , creationTimestamp: null}
            spec:
              target: {netns: {name: blue, create: null}}
              container: {interface: net1, addresses: ~}
              host:
            status:
            """);

    assertThat(manifest.attachment().getSpec()).isEqualTo(only(MINIMAL).attachment().getSpec());
  }

  @Test
  void severalDocumentsAreReadInTheirOrderAndEmptyOnesSkipped() throws Exception {
    var text = "---\n# nothing\n---\n" + MINIMAL + "---\n---\n" + MINIMAL.replace("link", "other");

    assertThat(ManifestReader.read("links.yaml", text, note -> {}))
        .extracting(m -> m.source() + " = " + m.attachment().getMetadata().getName())
        .containsExactly("links.yaml: document 1 = link", "links.yaml: document 2 = other");
  }

  @Test
  void theEntriesOfAListAreRead() throws Exception {
    for (String head :
        List.of(
            "apiVersion: v1\nkind: List\n",
            "apiVersion: netattach.io/v1alpha1\nkind: NetworkAttachmentList\n")) {
      var text =
          head
              + "metadata: {resourceVersion: ''}\nitems:\n- "
              + MINIMAL.indent(2).strip()
              + "\n- "
              + MINIMAL.replace("link", "other").indent(2).strip();

      assertThat(ManifestReader.read("links.yaml", text, note -> {}))
          .extracting(m -> m.source() + " = " + m.attachment().getMetadata().getName())
          .containsExactly("links.yaml: items[0] = link", "links.yaml: items[1] = other");
    }
  }

  @Test
  void aSetIsPassedOverWithANoteWhereverItStands() throws Exception {
    var set =
        """
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachmentSet
        metadata: {name: every-node}
        spec: {nodeSelector: {}, template: {}}
        """;
    List<String> notes = new ArrayList<>();

    assertThat(ManifestReader.read("a.yaml", set, notes::add)).isEmpty();
    assertThat(ManifestReader.read("b.yaml", MINIMAL + "---\n" + set, notes::add)).hasSize(1);
    String list = "apiVersion: v1\nkind: List\nitems:\n- " + set.indent(2).strip();
    assertThat(ManifestReader.read("c.yaml", list, notes::add)).isEmpty();

    String what = "NetworkAttachmentSet \"every-node\" is for a cluster's controller: passed over";
    assertThat(notes)
        .containsExactly(
            "note: a.yaml: " + what,
            "note: b.yaml: document 2: " + what,
            "note: c.yaml: items[0]: " + what);
  }

  @Test
  void anEmptyListIsNoError() throws Exception {
    assertThat(
            ManifestReader.read("none.yaml", "{apiVersion: v1, kind: List, items: []}", note -> {}))
        .isEmpty();
  }

  @Test
  void aliasesStandForWhatTheyNameInTheSameDocument() throws Exception {
    var spec =
        only("""
        apiVersion: netattach.io/v1alpha1
        kind: NetworkAttachment
        metadata: {name: link}
        spec:
          target: {netns: {name: &name blue}}
          container: {interface: *name, routes: &routes [{to: 10.0.0.0/8}]}
          host: {routes: *routes}
        """)
            .attachment()
            .getSpec();

    assertThat(spec.container())
        .isEqualTo(
            new ContainerEnd(
                "blue",
                null,
                null,
                List.of(),
                null,
                List.of(new Route("10.0.0.0/8", null, 0, false)),
                Map.of()));
    assertThat(spec.host())
        .isEqualTo(
            new HostEnd(null, null, List.of(), List.of(new Route("10.0.0.0/8", null, 0, false))));
  }

  @Test
  void theNamespaceIsDefaultUnlessWritten() throws Exception {
    assertThat(only(MINIMAL).attachment().getMetadata().getNamespace()).isEqualTo("default");
  }

  @Test
  void theUidFollowsFromNamespaceAndNameAlone() throws Exception {
    String uid = uid(MINIMAL);

    assertThat(uid).matches("[0-9a-f-]{36}");
    assertThat(uid(MINIMAL.replace("net1", "net2"))).isEqualTo(uid);
    assertThat(uid(MINIMAL.replace("{name: link}", "{name: link, namespace: default}")))
        .isEqualTo(uid);
    assertThat(uid(MINIMAL.replace("link", "other"))).isNotEqualTo(uid);
    assertThat(uid(MINIMAL.replace("{name: link}", "{name: link, namespace: shop}")))
        .isNotEqualTo(uid);
  }

  @Test
  void aGivenUidIsKept() throws Exception {
    assertThat(uid(MINIMAL.replace("{name: link}", "{name: link, uid: A-1}"))).isEqualTo("A-1");
  }

  @Test
  void aByteOrderMarkIsPassedOver() throws Exception {
    var bytes = ("\uFEFF" + MINIMAL).getBytes(UTF_8);

    assertThat(ManifestReader.read("links.yaml", bytes, note -> {})).hasSize(1);
  }

  @Test
  void theKindsOfTextThatYamlHasAreText() throws Exception {
    for (String written : List.of("\"12\"", "'12'", "!!str 12", "! 12")) {
      var spec = only(MINIMAL.replace("blue", written)).attachment().getSpec();
      assertThat(spec.target())
          .isEqualTo(new Target(new NetnsTarget("12", false, ReclaimPolicy.DELETE), null));
    }
  }

  private static String uid(String text) throws ManifestException {
    return only(text).attachment().getMetadata().getUid();
  }

  private static Manifest only(String text) throws ManifestException {
    List<Manifest> manifests = ManifestReader.read("links.yaml", text, note -> {});
    assertThat(manifests).hasSize(1);
    return manifests.getFirst();
  }
}
