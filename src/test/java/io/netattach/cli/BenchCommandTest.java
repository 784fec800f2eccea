package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code bench} does what it says to the kernel, and says how long it took. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class BenchCommandTest {

  @AfterEach
  void clear() {
    Node.clear();
  }

  @Test
  void everyOperationHasALineAndNothingIsLeft() throws Exception {
    NodeState before = NodeState.now();

    Invocation bench =
        Invocation.of("bench", "setup,verify,get,list,teardown", "5", "2", "70", "--warm-up", "1");

    assertThat(bench.err()).isEmpty();
    assertThat(bench.code()).isZero();
    List<JsonNode> lines = lines(bench);
    assertThat(lines)
        .extracting(line -> line.path("op").asText())
        .containsExactly("setup", "verify", "get", "list", "teardown");
    assertThat(lines)
        .allSatisfy(line -> {
          assertThat(line.path("n").asInt()).isEqualTo(5);
          assertThat(line.path("c").asInt()).isEqualTo(2);
          assertThat(line.path("base").asInt()).isEqualTo(70);
          assertThat(line.path("failed").asInt(-1)).isZero();
          assertThat(line.path("wall_s").asDouble()).isPositive();
          assertThat(line.path("p50_us").asDouble()).isPositive();
          assertThat(line.path("p99_us").asDouble())
              .isGreaterThanOrEqualTo(line.path("p50_us").asDouble());
          assertThat(line.path("user_s").asDouble(-1)).isNotNegative();
          assertThat(line.path("sys_s").asDouble(-1)).isNotNegative();
          assertThat(line.path("rss_kib").asLong())
              .isBetween(1L, line.path("maxrss_kib").asLong() * 11 / 10);
          assertThat(line.path("fds").asInt()).isPositive();
          assertThat(line.path("threads").asInt()).isPositive();
        });
    assertThat(NodeState.now()).isEqualTo(before);
  }

  @Test
  void whatOneRunSetsUpAnotherFindsAndTearsDown() throws Exception {
    assertThat(bench("setup", "2", "66051").code()).isZero();

    Ip inside = Ip.here();
    JsonNode container = inside.one("-n pb066052 link show dev eth0");
    assertThat(container.path("address").asText()).isEqualTo("02:00:00:01:02:04");
    assertThat(container.path("mtu").asInt()).isEqualTo(1450);
    assertThat(inside.ip("-n pb066052 -o address show dev eth0"))
        .contains("10.2.4.2/24", "fd00:0:1:204::2/64");
    assertThat(inside.ip("-n pb066052 route")).contains("default via 10.2.4.1 dev eth0");
    assertThat(inside.ip("-n pb066052 -6 route")).contains("default via fd00:0:1:204::1 dev eth0");
    assertThat(inside.link("veth066052").path("mtu").asInt()).isEqualTo(1450);

    assertThat(bench("verify,get", "2", "66051").code()).isZero();
    assertThat(bench("teardown", "2", "66051").code()).isZero();
    assertThat(inside.json("link show")).hasSize(1);
  }

  @Test
  void whatIsRepeatedKeepsNoDescriptors() throws Exception {
    Invocation bench =
        Invocation.of("bench", "setup,teardown", "3", "1", "0", "--warm-up", "1", "--repeat", "4");

    assertThat(bench.code()).isZero();
    List<JsonNode> lines = lines(bench);
    assertThat(lines).hasSize(8);
    assertThat(lines.getLast().path("fds").asInt()).isEqualTo(lines.get(1).path("fds").asInt());
  }

  @Test
  void anItemThatFailsIsToldAndCounted() throws Exception {
    Shell.run("ip link add veth000001 type veth peer name other");

    Invocation bench = bench("setup,verify,teardown", "3", "0");

    assertThat(bench.code()).isEqualTo(1);
    assertThat(bench.err().lines()).anyMatch(line -> line.startsWith("bench/pb000001: "));
    assertThat(lines(bench))
        .extracting(line -> line.path("op").asText() + " " + line.path("failed").asInt())
        .containsExactly("setup 1", "verify 1", "teardown 0");
    assertThat(Ip.here().hasLink("veth000001")).isTrue();
  }

  @Test
  void whatIsNotThereIsNoSuccess() throws Exception {
    Invocation bench = bench("get", "2", "0");

    assertThat(bench.code()).isEqualTo(1);
    assertThat(lines(bench).getFirst().path("failed").asInt()).isEqualTo(2);
    assertThat(bench.err()).contains("there is no link veth000000");
  }

  private static Invocation bench(String operations, String count, String base) {
    return Invocation.of("bench", operations, count, "1", base, "--warm-up", "0");
  }

  private static List<JsonNode> lines(Invocation bench) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : bench.out().lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
