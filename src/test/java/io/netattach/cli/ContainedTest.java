package io.netattach.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** In a container without privilege: /proc/sys is read-only, and mounts stay inside. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class ContainedTest {
  /** As runtimes mount it (OCI runtime specification, readonlyPaths). */
  private static final List<String> CONTAINED =
      List.of(
          "unshare",
          "--mount",
          "sh",
          "-ec",
          "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; exec \"$@\"",
          "contained");

  private @TempDir Path folder = Path.of("");

  @AfterEach
  void clear() {
    Node.clear();
  }

  private Child netattach(String manifest, String... options) {
    Path file = Manifests.write(folder, "link.yaml", manifest);
    String[] arguments = new String[3 + options.length];
    arguments[0] = "attach";
    arguments[1] = "-f";
    arguments[2] = file.toString();
    System.arraycopy(options, 0, arguments, 3, options.length);
    return Child.start(CONTAINED, Map.of(), arguments);
  }

  @Test
  void settingsAreWrittenAllTheSame() {
    Shell.run("ip netns add blue");
    String manifest =
        Manifests.of(
            "link",
            "{netns: {name: blue}}",
            "{interface: net1, addresses: [10.0.0.2/24],"
                + " sysctls: {net.ipv4.conf.IFNAME.arp_notify: \"1\"}}",
            "{interface: veth-db, addresses: [10.0.0.1/24]}");

    try (Child attach = netattach(manifest)) {
      assertThat(attach.exitCode()).as("%s", attach.err()).isZero();
    }

    assertThat(Ip.here().command("ip netns exec blue cat /proc/sys/net/ipv4/conf/net1/arp_notify"))
        .isEqualTo("1\n");
    assertThat(Ip.here().command("cat /proc/sys/net/ipv6/conf/veth-db/disable_ipv6"))
        .isEqualTo("1\n");
    Shell.run("ip netns delete blue");
  }

  @Test
  void noNamespaceIsMadeThatTheNodeWouldNotSee() {
    try (Child attach = netattach(Manifests.good("link"), "--existing-netns-only")) {
      assertThat(attach.exitCode()).isEqualTo(1);
      assertThat(attach.err())
          .singleElement()
          .asString()
          .contains("TargetNotFound", "--existing-netns-only", "ip netns add link");
    }
  }
}
