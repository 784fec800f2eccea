package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netattach.Ip;
import io.netattach.IpMonitorLog;
import io.netattach.api.NetworkAttachmentStatus;
import io.netattach.kube.NeedsApiServer;
import io.netattach.kube.Program;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsName;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Whatever becomes of the agent, what it has attached carries on. */
@NeedsApiServer
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AgentTrafficIT {
  private final ClusterNode node = new ClusterNode();

  @AfterAll
  void close() {
    node.close();
  }

  @Test
  void noDatagramIsLostWhileAgentsComeAndGo() throws Exception {
    Program first = node.agent();
    node.create(AgentSuite.simple("blue", 1));
    NetworkAttachmentStatus status = node.awaitAttached("blue");
    List<String> its =
        List.of(
            "veth-blue",
            "10.10.1.",
            String.valueOf(AgentSuite.host(status).mac()),
            String.valueOf(AgentSuite.container(status).mac()));
    awaitSettled();
    try (IpMonitorLog monitor = new IpMonitorLog();
        Netns host = Netns.current();
        Netns blue = Netns.open(new NetnsName("blue"));
        Datagrams in = new Datagrams(host, blue, "10.10.1.2");
        Datagrams out = new Datagrams(blue, host, "10.10.1.1")) {
      await().atMost(AgentSuite.PATIENCE).until(() -> in.received() > 100 && out.received() > 100);
      int before = monitor.mark();

      othersComeAndGo();
      first.kill().exitCode();

      // One that looks at everything each second, in vain.
      try (Program second = node.agent("--resync", "1")) {
        await().atMost(AgentSuite.PATIENCE).until(() -> verifications(second) >= 3);
        othersComeAndGo();
        second.terminate().exitCode();
      }
      try (Program third = node.agent()) {
        for (String other : others()) {
          node.create(AgentSuite.simple(other, 10 + others().indexOf(other)));
        }
        node.awaitAttached(others().getFirst());
        third.kill().exitCode();
      }
      try (Program fourth = node.agent()) {
        others().forEach(node::awaitAttached);
        othersGo();
        assertThat(fourth.isRunning()).isTrue();

        in.end();
        out.end();
        assertThat(monitor.since(before))
            .as("the others are heard")
            .anyMatch(line -> line.contains("veth-o1"))
            .as("nothing happens to this one")
            .noneMatch(line -> its.stream().anyMatch(line::contains));
        System.out.printf(
            "datagrams while agents come and go: %d in, %d out, none lost%n",
            in.received(), out.received());
        node.attachment("blue").delete();
        node.awaitGone("blue");
      }
    } finally {
      first.close();
    }
    assertThat(Ip.here().json("link show")).hasSize(1);
  }

  /** Both ends are operational, and their IPv6 addresses no longer tentative. */
  private static void awaitSettled() {
    await()
        .atMost(AgentSuite.PATIENCE)
        .untilAsserted(() -> {
          assertThat(Ip.here().link("veth-blue").path("operstate").asText()).isEqualTo("UP");
          assertThat(Ip.here().ip("-n blue -6 address show dev net1"))
              .contains("scope link")
              .doesNotContain("tentative");
        });
  }

  private static double verifications(Program agent) {
    return agent
        .scrape()
        .value("netattach_operation_duration_seconds_count", "operation", "verify");
  }

  private static List<String> others() {
    return List.of("o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7");
  }

  private void othersComeAndGo() {
    for (String other : others()) {
      node.create(AgentSuite.simple(other, 10 + others().indexOf(other)));
    }
    others().forEach(node::awaitAttached);
    othersGo();
  }

  private void othersGo() {
    for (String other : others()) {
      node.attachment(other).delete();
    }
    others().forEach(node::awaitGone);
  }
}
