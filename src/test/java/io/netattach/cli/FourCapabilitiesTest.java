package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Root without all other capabilities, as docs/security.md says that it is enough. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class FourCapabilitiesTest {
  private static final List<String> FOUR =
      List.of(
          "setpriv",
          "--bounding-set",
          "-all,+net_admin,+net_broadcast,+net_raw,+sys_admin",
          "--inh-caps",
          "-all",
          "--no-new-privs");

  private @TempDir Path folder = Path.of("");

  @AfterEach
  void clear() {
    Node.clear();
  }

  private void netattach(String command, String manifest) {
    Path file = Manifests.write(folder, "link.yaml", manifest);
    try (Child child = Child.start(FOUR, Map.of(), command, "-f", file.toString())) {
      assertThat(child.exitCode()).as("%s", child.err()).isZero();
    }
  }

  @Test
  void theyAreEnoughForAllThatAnAttachmentCanAskFor() {
    Shell.run("ip link add br0 type bridge");
    String manifest =
        Manifests.of(
            "link",
            "{netns: {name: blue, create: true}}",
            "{interface: net1, mac: \"02:00:5e:00:00:01\", addresses: [10.0.0.2/24, \"fd00::2/64\"],"
                + " routes: [{to: 0.0.0.0/0, via: 10.0.0.1}],"
                + " sysctls: {net.ipv4.conf.IFNAME.arp_notify: \"1\"}}",
            "{interface: veth-db, bridge: {name: br0, isolated: true}, addresses: [10.0.0.1/24],"
                + " routes: [{to: 10.1.0.0/16, via: 10.0.0.2}]}");

    netattach("attach", manifest);

    assertThat(Ip.here().ip("-n blue address show dev net1")).contains("10.0.0.2/24", "fd00::2/64");
    assertThat(Ip.here().ip("route show dev veth-db")).contains("10.1.0.0/16 via 10.0.0.2");
    netattach("detach", manifest);
    assertThat(Ip.here().hasLink("veth-db")).isFalse();
    assertThat(Ip.here().netnsFiles()).isEmpty();
    Shell.run("ip link delete br0");
  }

  /** As a pod with {@code hostUsers: false} has. */
  @Test
  void theyAreEnoughForAPodWithAUserNamespaceOfItsOwn() throws Exception {
    Process pod =
        new ProcessBuilder(
                "setpriv",
                "--reuid",
                "1000",
                "--regid",
                "1000",
                "--clear-groups",
                "unshare",
                "--user",
                "--map-root-user",
                "--net",
                "cat")
            .redirectErrorStream(true)
            .start();
    try {
      Path users = Path.of("/proc/" + pod.pid() + "/ns/user");
      Path here = Files.readSymbolicLink(Path.of("/proc/self/ns/user"));
      await().atMost(Child.PATIENCE).until(() -> !pod.isAlive() || !isAt(users, here));
      if (!pod.isAlive()) {
        abort(
            "no other user's namespaces here: " + new String(pod.getInputStream().readAllBytes()));
      }
      Shell.run("ip netns attach pod " + pod.pid());
      String manifest =
          Manifests.of(
              "link",
              "{netns: {name: pod}}",
              "{interface: net1, addresses: [10.0.0.2/24],"
                  + " sysctls: {net.ipv4.conf.IFNAME.arp_notify: \"1\"}}",
              "{interface: veth-db, addresses: [10.0.0.1/24]}");

      netattach("attach", manifest);

      assertThat(Ip.here().ip("-n pod address show dev net1")).contains("10.0.0.2/24");
      assertThat(Ip.here().command("ip netns exec pod cat /proc/sys/net/ipv4/conf/net1/arp_notify"))
          .isEqualTo("1\n");
      netattach("detach", manifest);
      assertThat(Ip.here().hasLink("veth-db")).isFalse();
    } finally {
      pod.destroyForcibly();
      pod.waitFor();
    }
  }

  private static boolean isAt(Path link, Path target) {
    try {
      return Files.readSymbolicLink(link).equals(target);
    } catch (IOException e) {
      // It has ended, or is about to begin.
      return true;
    }
  }
}
