package io.netattach.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netattach.api.ContainerStatus;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The list of a pod's networks, into which others write, too. */
class NetworkStatusTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String MULTUS =
      """
      [{
          "name": "cbr0",
          "interface": "eth0",
          "ips": ["10.244.1.73"],
          "mac": "0a:58:0a:f4:01:49",
          "default": true,
          "dns": {}
      },{
          "name": "shop/macvlan",
          "interface": "net1",
          "ips": ["10.1.1.5"],
          "mac": "86:1d:96:ff:55:0d",
          "dns": {"nameservers": ["10.1.1.1"]},
          "device-info": {"type": "pci", "weight": 1.10}
      }]\
      """;

  private static NetworkAttachment ready(String name, String... addresses) {
    NetworkAttachment attachment = Samples.attachment("shop", name, "n1");
    ContainerStatus end =
        new ContainerStatus(
            "net2", 4, "02:00:5e:00:00:01", 1450, List.of(addresses), List.of("10.10.0.1"));
    attachment.setStatus(
        new NetworkAttachmentStatus(1L, List.of(), null, "pod/db-0", null, null, end, null));
    return attachment;
  }

  @Test
  void anEntryIsAddedBehindThoseOfOthersWhichStayAsTheyAre() throws Exception {
    String now = NetworkStatus.with(MULTUS, List.of(ready("web", "10.10.0.2/24"))).orElseThrow();

    JsonNode entries = JSON.readTree(now);
    assertThat(entries).hasSize(3);
    assertThat(entries.get(0)).isEqualTo(JSON.readTree(MULTUS).get(0));
    assertThat(entries.get(1)).isEqualTo(JSON.readTree(MULTUS).get(1));
    assertThat(now).contains("1.10");
    assertThat(entries.get(2))
        .isEqualTo(
            JSON.readTree(
                """
                {"name": "netattach.io/web", "interface": "net2", "ips": ["10.10.0.2"],
                 "mac": "02:00:5e:00:00:01", "mtu": 1450, "gateway": ["10.10.0.1"], "dns": {}}
                """));
  }

  @Test
  void anEntryIsTakenOutAndTheTextOfOthersIsWhatIsLeft() throws Exception {
    String with = NetworkStatus.with(MULTUS, List.of(ready("web", "10.10.0.2/24"))).orElseThrow();

    String without = NetworkStatus.with(with, List.of()).orElseThrow();

    assertThat(JSON.readTree(without)).isEqualTo(JSON.readTree(MULTUS));
  }

  @Test
  void whatIsThereAlreadyIsLeftToTheLastBlank() throws Exception {
    assertThat(NetworkStatus.with(MULTUS, List.of())).contains(MULTUS);
    String with = NetworkStatus.with(null, List.of(ready("web", "10.10.0.2/24"))).orElseThrow();
    assertThat(NetworkStatus.with(with, List.of(ready("web", "10.10.0.2/24")))).contains(with);
    assertThat(NetworkStatus.with(null, List.of())).isEmpty();
  }

  @Test
  void theLastEntryTakesTheAnnotationWithIt() throws Exception {
    String with = NetworkStatus.with(null, List.of(ready("web", "10.10.0.2/24"))).orElseThrow();

    assertThat(NetworkStatus.with(with, List.of())).isEmpty();
  }

  @Test
  void entriesAreInTheOrderOfTheirNamesAndAnAddressThatChangesIsNews() throws Exception {
    List<NetworkAttachment> two = List.of(ready("b", "fd00::2/64"), ready("a", "10.0.0.2/8"));

    String now = NetworkStatus.with(null, two).orElseThrow();

    assertThat(JSON.readTree(now).findValuesAsText("name"))
        .containsExactly("netattach.io/a", "netattach.io/b");
    assertThat(NetworkStatus.with(now, List.of(ready("b", "fd00::3/64"), ready("a", "10.0.0.2/8"))))
        .isNotEmpty()
        .get()
        .isNotEqualTo(now);
  }

  @Test
  void whatIsNoListIsNotTouched() {
    for (String text : List.of("{}", "[{", "\"cbr0\"", "[{\"name\":\"cbr0\"}] [] by hand")) {
      assertThatThrownBy(() -> NetworkStatus.with(text, List.of(ready("web", "10.10.0.2/24"))))
          .isInstanceOf(NetworkStatus.Unreadable.class)
          .hasMessageContaining("JSON");
    }
  }
}
