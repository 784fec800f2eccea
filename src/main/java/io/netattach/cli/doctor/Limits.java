package io.netattach.cli.doctor;

import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.NetnsWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** How much the system lets one have of what attachments take. */
final class Limits {
  private static final String SUBJECT = "limits";

  /** A node with more attachments is a large one. */
  private static final long SOME = 1000;

  private Limits() {}

  static List<Finding> look() {
    List<Finding> findings = new ArrayList<>();
    namespaces(findings);
    mounts(findings);
    watches(findings);
    forwarding(findings);
    if (findings.isEmpty()) {
      findings.add(Finding.ok(SUBJECT, "nothing stands in the way of " + SOME + " attachments"));
    }
    return findings;
  }

  private static void namespaces(List<Finding> findings) {
    long max = ProcFiles.setting("user/max_net_namespaces").orElse(Long.MAX_VALUE);
    if (max == 0) {
      findings.add(
          Finding.missing(
              SUBJECT,
              "the limit user.max_net_namespaces is 0",
              "no network namespace can be made",
              "run sysctl -w user.max_net_namespaces=" + 10 * SOME));
    } else if (max < SOME) {
      findings.add(
          Finding.note(
              SUBJECT,
              "the limit user.max_net_namespaces is " + max,
              "there can be no more network namespaces than that",
              "run sysctl -w user.max_net_namespaces=" + 10 * SOME));
    }
  }

  /** A namespace with a name is a mount, and may be one in each of several mount namespaces. */
  private static void mounts(List<Finding> findings) {
    long max = ProcFiles.setting("fs/mount-max").orElse(Long.MAX_VALUE);
    try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/mountinfo"))) {
      long used = lines.count();
      if (max - used < SOME) {
        findings.add(
            Finding.note(
                SUBJECT,
                "the limit fs.mount-max is " + max + ", and " + used + " mounts are there",
                "few more namespaces can get a name",
                "run sysctl -w fs.mount-max=" + (used + 100 * SOME)));
      }
    } catch (IOException e) {
      findings.add(Finding.unknown(SUBJECT, "mounts cannot be counted", "mount /proc"));
    }
  }

  private static void watches(List<Finding> findings) {
    try {
      NetnsWatch.open(event -> {}, error -> {}).close();
    } catch (NetlinkException e) {
      findings.add(
          Finding.note(
              SUBJECT,
              "folders cannot be watched: " + e.getMessage(),
              "a namespace that is deleted is found some seconds later, not at once",
              "raise fs.inotify.max_user_instances (EMFILE) or fs.inotify.max_user_watches"
                  + " (ENOSPC)"));
    }
  }

  private static void forwarding(List<Finding> findings) {
    if (ProcFiles.setting("net/ipv4/ip_forward").orElse(1) == 0) {
      findings.add(
          Finding.note(
              SUBJECT,
              "the setting net.ipv4.ip_forward is 0 on this node",
              "from a container the node can be reached, and what is on the same bridge, but"
                  + " nothing behind them",
              "run sysctl -w net.ipv4.ip_forward=1 if it should route"));
    }
  }
}
