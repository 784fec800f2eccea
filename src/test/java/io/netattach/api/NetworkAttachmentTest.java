package io.netattach.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class NetworkAttachmentTest {

  private static final String FULL =
      """
      {
        "apiVersion": "netattach.io/v1alpha1",
        "kind": "NetworkAttachment",
        "metadata": {"name": "db-link", "namespace": "shop", "generation": 3},
        "spec": {
          "nodeName": "worker-1",
          "target": {"netns": {"name": "blue", "create": true, "reclaimPolicy": "Retain"}},
          "container": {
            "interface": "net1", "mac": "02:00:5e:00:00:01", "mtu": 1450,
            "addresses": ["10.10.0.2/24", "fd00:10::2/64"],
            "routes": [{"to": "0.0.0.0/0", "via": "10.10.0.1", "metric": 4294967295, "onLink": true}],
            "sysctls": {"net.ipv4.conf.IFNAME.arp_notify": "1"}
          },
          "host": {
            "interface": "veth-db",
            "bridge": {"name": "br-blue", "vlan": 10, "hairpin": true, "isolated": true},
            "addresses": ["10.10.0.1/24"],
            "routes": [{"to": "10.20.0.0/16", "via": "10.10.0.2", "metric": 0, "onLink": false}]
          }
        },
        "status": {
          "observedGeneration": 3,
          "conditions": [
            {"type": "Ready", "status": "True", "reason": "Attached", "message": "all is set",
             "lastTransitionTime": "2025-01-31T12:00:00Z", "observedGeneration": 3}
          ],
          "target": "netns/blue",
          "netns": {"path": "/run/netns/blue", "inode": 4026532281, "created": true},
          "host": {"interface": "veth-db", "index": 7, "mac": "02:00:5e:00:00:02", "mtu": 1450,
                   "operState": "UP"},
          "container": {"interface": "net1", "index": 2, "mac": "02:00:5e:00:00:01", "mtu": 1450,
                        "addresses": ["10.10.0.2/24"], "gateways": ["10.10.0.1"]},
          "lastRepair": {"time": "2025-01-31T12:00:00Z", "what": "set the address 10.10.0.2/24"}
        }
      }
      """;

  @Test
  void itsNamesAreThoseOfTheDesign() {
    assertThat(HasMetadata.getFullResourceName(NetworkAttachment.class))
        .isEqualTo("networkattachments.netattach.io");
    assertThat(HasMetadata.getApiVersion(NetworkAttachment.class))
        .isEqualTo(NetworkAttachment.API_VERSION);
    assertThat(HasMetadata.getKind(NetworkAttachment.class)).isEqualTo(NetworkAttachment.KIND);
    assertThat(CustomResource.getShortNames(NetworkAttachment.class)).containsExactly("natt");
  }

  @Test
  void everyFieldComesBackFromJsonAsItWas() throws Exception {
    var json = new ObjectMapper();
    var attachment = Serialization.unmarshal(FULL, NetworkAttachment.class);

    assertThat(json.readTree(Serialization.asJson(attachment))).isEqualTo(json.readTree(FULL));
    assertThat(attachment.getSpec().container())
        .extracting(end -> Objects.requireNonNull(end).interfaceName())
        .isEqualTo("net1");
  }

  @Test
  void everyFieldComesBackFromYamlAsItWas() {
    var attachment = Serialization.unmarshal(FULL, NetworkAttachment.class);
    var copy = Serialization.unmarshal(Serialization.asYaml(attachment), NetworkAttachment.class);

    assertThat(copy.getSpec()).isEqualTo(attachment.getSpec());
    assertThat(copy.getStatus()).isEqualTo(attachment.getStatus());
  }

  @Test
  void whatIsNotThereIsNotWritten() {
    assertThat(Serialization.asJson(new NetworkAttachmentSpec(null, null, null, null)))
        .isEqualTo("{}");
    assertThat(Serialization.asJson(NetworkAttachmentStatus.NOTHING)).isEqualTo("{}");
  }

  @Test
  void absentFieldsHaveTheDefaultsOfTheDefinition() {
    var netns = Serialization.unmarshal("{\"name\": \"blue\"}", NetnsTarget.class);
    var route = Serialization.unmarshal("{\"to\": \"::/0\"}", Route.class);
    var bridge = Serialization.unmarshal("{\"name\": \"br0\"}", BridgePort.class);

    assertThat(netns).isEqualTo(new NetnsTarget("blue", false, ReclaimPolicy.DELETE));
    assertThat(route).isEqualTo(new Route("::/0", null, 0, false));
    assertThat(bridge).isEqualTo(new BridgePort("br0", null, false, false));
  }

  @Test
  void absentListsAndMapsAreEmpty() {
    assertThat(Serialization.unmarshal("{}", ContainerEnd.class))
        .isEqualTo(new ContainerEnd(null, null, null, List.of(), null, List.of(), Map.of()));
    assertThat(Serialization.unmarshal("{\"addresses\": null}", HostEnd.class))
        .isEqualTo(new HostEnd(null, null, List.of(), List.of()));
    assertThat(Serialization.unmarshal("{}", ContainerStatus.class).gateways()).isEmpty();
    assertThat(Serialization.unmarshal("{}", NetworkAttachmentStatus.class).conditions()).isEmpty();
  }

  @Test
  void aFieldOfANewerVersionIsPassedOver() {
    var spec =
        Serialization.unmarshal(
            """
            {"nodeName": "a", "later": {"x": 1},
             "target": {"later": 1, "netns": {"name": "b", "later": 1}},
             "container": {"later": 1, "routes": [{"to": "::/0", "later": 1}]},
             "host": {"later": 1, "bridge": {"name": "c", "later": 1}}}
            """,
            NetworkAttachmentSpec.class);
    var status =
        Serialization.unmarshal(
            """
            {"later": 1, "netns": {"later": 1}, "host": {"later": 1}, "container": {"later": 1},
             "lastRepair": {"later": 1}, "conditions": [{"type": "Ready", "later": 1}]}
            """,
            NetworkAttachmentStatus.class);

    assertThat(spec.nodeName()).isEqualTo("a");
    assertThat(status.conditions()).extracting(Condition::type).containsExactly("Ready");
  }

  @Test
  void aValueDoesNotChangeWithTheListItWasMadeFrom() {
    var addresses = new ArrayList<>(List.of("10.0.0.1/24"));
    var sysctls = new HashMap<>(Map.of("b", "1", "a", "2"));
    var end = new ContainerEnd("net1", null, null, addresses, null, List.of(), sysctls);

    addresses.clear();
    sysctls.clear();

    assertThat(end.addresses()).containsExactly("10.0.0.1/24");
    assertThat(end.sysctls().keySet()).containsExactly("a", "b");
    assertThatThrownBy(() -> end.addresses().add("x"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> end.sysctls().put("x", "y"))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
