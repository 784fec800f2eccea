package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code list} shows what {@code ip} shows, of what is ours. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class ListCommandTest {

  @AfterEach
  void clear() {
    Node.clear();
  }

  @Test
  void aNodeWithoutAttachmentsHasNone() throws Exception {
    Shell.run("ip link add v0 type veth peer name v1; ip netns add blue");

    Invocation list = Invocation.of("list");
    assertThat(list.code()).isZero();
    assertThat(list.out()).isEmpty();
    assertThat(list.err().lines()).containsExactly("no attachments on this node");

    Invocation json = Invocation.of("list", "-o", "json");
    assertThat(new ObjectMapper().readTree(json.out()))
        .isEqualTo(new ObjectMapper().readTree("{\"items\": []}"));
  }

  @Test
  void theTableHasALineForEach() {
    attachSamples();

    Invocation list = Invocation.of("list");

    assertThat(list.code()).isZero();
    assertThat(list.err()).isEmpty();
    assertThat(list.out().lines().map(line -> line.replaceAll(" {2,}", " ")))
        .containsExactly(
            "ATTACHMENT TARGET HOST-IF CONTAINER-IF ADDRESSES STATE",
            "shop/cache netns/green nacu2ljslsprs5k eth0 10.12.0.2/24 UP",
            "shop/db-backup netns/blue na4qacd7tv5zi2l net2 10.11.0.2/30 UP",
            "shop/db-link netns/blue veth-db net1 10.10.0.2/24,fd00:10::2/64 UP",
            "shop/search netns/red naic5we3jgu5cgd eth0 10.12.0.3/24 UP");
  }

  @Test
  void theWideTableTellsWhoAttachedIt() {
    attachSamples();

    assertThat(Invocation.of("list", "-o", "wide").out().lines())
        .hasSize(5)
        .anyMatch(line ->
            line.startsWith("shop/db-backup")
                && line.contains("02:00:5e:00:00:01")
                && line.contains("1450")
                && line.contains("file:")
                && line.endsWith("k8s/samples   88230bed-b48c-379b-b14d-4c67ea95a4a2"));
  }

  @Test
  void jsonAndYamlSayWhatIpSays() throws Exception {
    attachSamples();
    JsonNode json = new ObjectMapper().readTree(Invocation.of("list", "-o", "json").out());
    JsonNode yaml = new YAMLMapper().readTree(Invocation.of("list", "-o", "YAML").out());

    assertThat(json.path("items")).hasSize(4);
    for (JsonNode item : json.path("items")) {
      String netns = item.path("netns").asText();
      assertSame(item.path("host"), "");
      assertSame(item.path("container"), "-n " + netns + " ");
      assertThat(item.path("owner").asText()).startsWith("file:/").endsWith("/k8s/samples");
      assertThat(Ip.here().link("netattach-" + item.path("uid").asText()).path("ifname"))
          .isEqualTo(item.path("host").path("name"));
    }
    assertThat(withoutCounters(yaml)).isEqualTo(withoutCounters(json));
    assertThat(json.at("/items/0/host/bridgeIndex").asInt()).isEqualTo(Node.index("br-green"));
  }

  @Test
  void aLinkWhoseNamespaceHasLostItsNameIsListedWithoutOne() throws Exception {
    Invocation.reading(Manifests.good("link"), "attach", "-f", "-");
    Process inside = new ProcessBuilder("ip", "netns", "exec", "link", "sleep", "60").start();
    try {
      await()
          .atMost(Child.PATIENCE)
          .until(() -> Shell.run("ip netns pids link").strip().equals("" + inside.pid()));
      Shell.run("ip netns delete link");

      assertThat(Invocation.of("list").out().lines().skip(1))
          .singleElement()
          .asString()
          .matches("shop/link +- +nahgvxsas35lwxx +- +- +UP");
      JsonNode item =
          new ObjectMapper().readTree(Invocation.of("list", "-o", "json").out()).at("/items/0");
      assertThat(item.has("netns") || item.has("container")).isFalse();
    } finally {
      inside.destroyForcibly().waitFor();
    }
  }

  @Test
  void anOddFileAmongTheNamespacesDoesNotKeepItFromListing() {
    Invocation.reading(Manifests.good("link"), "attach", "-f", "-");
    Shell.run(
        """
        cd /run/netns
        touch empty; mkdir folder; mkfifo pipe; ln -s nowhere symlink; touch 'a b' -- -x
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
        """);

    Invocation list = Invocation.of("list");

    assertThat(list.err()).isEmpty();
    assertThat(list.code()).isZero();
    assertThat(list.out()).contains("shop/link", "netns/link");
  }

  @Test
  void aLinkWhoseMarkWasChangedIsStillListed() {
    Invocation.reading(Manifests.good("link"), "attach", "-f", "-");
    Shell.run("ip link set nahgvxsas35lwxx alias 'mine now'");

    assertThat(Invocation.of("list", "-o", "wide").out())
        .contains("(unknown)", "nahgvxsas35lwxx", "netns/link");
  }

  private static void attachSamples() {
    Shell.run("ip link add br-green type bridge; ip link set br-green up");
    assertThat(Invocation.of("attach", "--node", "worker-1", "-f", "k8s/samples").code()).isZero();
    KernelState.settled();
  }

  private static void assertSame(JsonNode end, String netns) {
    String name = end.path("name").asText();
    JsonNode link = Ip.here().one(netns + "-s address show dev " + name);
    assertThat(link.path("ifindex")).isEqualTo(end.path("index"));
    assertThat(link.path("address")).isEqualTo(end.path("mac"));
    assertThat(link.path("mtu")).isEqualTo(end.path("mtu"));
    assertThat(link.path("operstate")).isEqualTo(end.path("state"));
    assertThat(link.has("master")).isEqualTo(end.path("bridgeIndex").asInt() != 0);
    List<String> addresses = new ArrayList<>();
    for (JsonNode address : link.path("addr_info")) {
      if (!address.path("scope").asText().equals("link")) {
        addresses.add(address.path("local").asText() + "/" + address.path("prefixlen").asInt());
      }
    }
    List<String> listed = new ArrayList<>();
    end.path("addresses").forEach(address -> listed.add(address.asText()));
    assertThat(listed).containsExactlyInAnyOrderElementsOf(addresses);
    // Neighbour discovery may have counted on.
    assertThat(end.path("receivedBytes").asLong())
        .isBetween(0L, link.at("/stats64/rx/bytes").asLong());
    assertThat(end.path("sentBytes").asLong()).isBetween(0L, link.at("/stats64/tx/bytes").asLong());
  }

  private static String withoutCounters(JsonNode list) {
    return list.toString().replaceAll("\"(received|sent)Bytes\":\\d+", "");
  }
}
