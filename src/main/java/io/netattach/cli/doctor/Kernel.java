package io.netattach.cli.doctor;

import io.netattach.cli.doctor.Capabilities.Capability;
import io.netattach.netlink.AddressRequest;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.BridgeVlanRequest;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkKind;
import io.netattach.netlink.LinkMonitor;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Rtnetlink;
import io.netattach.netlink.Sysctl;
import io.netattach.netlink.Veth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel can do, found out by doing it in a namespace that nobody else sees and that goes
 * with the last descriptor. A kernel of modules may load those of veth and bridge for it.
 */
final class Kernel {
  private static final String SUBJECT = "kernel";
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

  // The oldest that is supported, see the installation's documentation.
  private static final int MAJOR = 5;
  private static final int MINOR = 10;

  private static final InterfaceName HOST = new InterfaceName("veth0");
  private static final InterfaceName PEER = new InterfaceName("veth1");
  private static final InterfaceName RENAMED = new InterfaceName("veth2");
  private static final InterfaceName BRIDGE = new InterfaceName("br0");
  private static final InterfaceName FILTERING = new InterfaceName("br1");
  private static final String ALTNAME = "netattach-doctor-tries-a-long-name";
  private static final IpPrefix ADDRESS = IpPrefix.of("192.0.2.1/32");
  private static final int PROTOCOL = 99;
  private static final int GROUP = 1;

  private final List<Finding> findings = new ArrayList<>();

  private interface Trial {
    void run();
  }

  static List<Finding> look(Capabilities own) {
    Kernel kernel = new Kernel();
    kernel.version();
    List<String> lacking = own.missing(Capability.CAP_NET_ADMIN, Capability.CAP_SYS_ADMIN);
    if (lacking.isEmpty()) {
      kernel.tryAll();
    } else {
      kernel.findings.add(
          Finding.unknown(
              SUBJECT,
              "what it can do is not tried, which takes " + String.join(" and ", lacking),
              "run it as root"));
    }
    return kernel.findings;
  }

  private void version() {
    String release;
    try {
      release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
    } catch (IOException e) {
      findings.add(Finding.unknown(SUBJECT, "its version cannot be read from /proc", "mount it"));
      return;
    }
    findings.add(judge(release));
  }

  static Finding judge(String release) {
    Matcher version = VERSION.matcher(release);
    boolean old =
        version.matches()
            && (Integer.parseInt(version.group(1)) < MAJOR
                || (Integer.parseInt(version.group(1)) == MAJOR
                    && Integer.parseInt(version.group(2)) < MINOR));
    return old
        ? Finding.missing(
            SUBJECT,
            "this is Linux " + release,
            "nobody has tried whether it works",
            "use " + MAJOR + "." + MINOR + " or later")
        : Finding.ok(SUBJECT, "this is Linux " + release);
  }

  private void tryAll() {
    try (Netns netns = Netns.create();
        Rtnetlink links = Rtnetlink.open(netns)) {
      settings(netns);
      listening(netns);
      Link host = veth(links);
      if (host != null) {
        veth(links, host.index());
        bridge(links, host.index());
        groups(links, host.index());
      }
    } catch (NetlinkException e) {
      findings.add(
          Finding.missing(
              SUBJECT,
              "no network namespace can be made: " + e.getMessage(),
              "no attachment can ask for one (create: true)",
              "look at user.max_net_namespaces, and at what confines this process (seccomp)"));
    }
  }

  /** Says one thing of what works, and another of what does not. */
  private boolean attempt(String works, Finding fails, Trial trial) {
    try {
      trial.run();
      findings.add(Finding.ok(SUBJECT, works));
      return true;
    } catch (NetlinkException e) {
      findings.add(
          new Finding(
              fails.subject(),
              fails.result(),
              fails.what() + " (" + e.getMessage() + ")",
              fails.follows(),
              fails.remedy()));
      return false;
    }
  }

  private void settings(Netns netns) {
    attempt(
        "settings below /proc/sys can be written",
        Finding.missing(
            SUBJECT,
            "settings below /proc/sys cannot be written",
            "IPv6 cannot be turned on and off at links, and no sysctls set",
            "use Linux 5.2 or later, or run it in a container with a writable /proc/sys"),
        () -> Sysctl.ofInterface("ipv4", "lo", "arp_notify").set(netns, "1"));
    boolean v6 = Sysctl.ofInterface("ipv6", "default", "disable_ipv6").get(netns).isPresent();
    if (v6) {
      findings.add(Finding.ok(SUBJECT, "IPv6 is there"));
    } else {
      findings.add(
          Finding.note(
              SUBJECT,
              "IPv6 is off in this kernel (ipv6.disable=1, or the module is not there)",
              "attachments with IPv6 addresses or routes fail",
              "start it with IPv6 if you need that"));
    }
  }

  private void listening(Netns netns) {
    attempt(
        "changes in all namespaces can be heard",
        Finding.note(
            SUBJECT,
            "changes in other namespaces cannot be heard",
            "they are found only when attachments are looked at anyway, every few minutes",
            "add CAP_NET_BROADCAST"),
        () -> LinkMonitor.open(netns, LinkMonitor.Settings.all(), event -> {}).close());
  }

  private @Nullable Link veth(Rtnetlink links) {
    Veth pair = new Veth(Veth.End.of(HOST), Veth.End.of(PEER));
    boolean made =
        attempt(
            "veth pairs can be made",
            Finding.missing(
                SUBJECT,
                "veth pairs cannot be made",
                "there can be no attachment",
                "load the module: modprobe veth"),
            () -> links.execute(pair.request()));
    return made ? links.link(HOST).orElse(null) : null;
  }

  private void veth(Rtnetlink links, int host) {
    attempt(
        "links can have alternative names",
        Finding.missing(
            SUBJECT,
            "links cannot have alternative names",
            "what is ours could not be told from what is not",
            "use Linux 5.5 or later"),
        () -> links.execute(LinkRequest.addAltname(host, ALTNAME)));
    attempt(
        "a link that is up can be renamed",
        Finding.note(
            SUBJECT,
            "a link that is up cannot be renamed",
            "one that somebody has renamed goes down for a moment when it gets its name back",
            "use Linux 6.2 or later if that matters"),
        () -> {
          links.execute(LinkRequest.set(host).up());
          links.execute(LinkRequest.set(host).name(RENAMED));
        });
    attempt(
        "removing an address need not take others along",
        Finding.note(
            SUBJECT,
            "promote_secondaries cannot be set",
            "while an address is removed, others of its network are gone for a moment",
            "use Linux 5.10 or later"),
        () -> links.execute(LinkRequest.set(host).promoteSecondaries(true)));
    links.execute(AddressRequest.add(host, ADDRESS).protocol(PROTOCOL));
    boolean marked =
        links.addresses(host).stream().anyMatch(address -> address.protocol() == PROTOCOL);
    findings.add(
        marked
            ? Finding.ok(SUBJECT, "addresses can be marked")
            : Finding.note(
                SUBJECT,
                "addresses cannot be marked (IFA_PROTO)",
                "ours are told by the spec alone, so one that a spec no longer has may stay",
                "use Linux 5.18 or later if that matters"));
  }

  private void bridge(Rtnetlink links, int port) {
    boolean made =
        attempt(
            "bridges can be made",
            Finding.note(
                SUBJECT,
                "bridges cannot be made",
                "attachments to one (host.bridge) fail",
                "load the module: modprobe bridge"),
            () -> {
              links.execute(LinkRequest.add(LinkKind.Bridge.DEFAULT, BRIDGE));
              links.execute(LinkRequest.set(port).master(index(links, BRIDGE)));
            });
    if (made) {
      attempt(
          "bridges can filter VLANs",
          Finding.note(
              SUBJECT,
              "bridges cannot filter VLANs",
              "attachments to a VLAN of one (host.bridge.vlan) fail",
              "use a kernel that has it (CONFIG_BRIDGE_VLAN_FILTERING)"),
          () -> {
            links.execute(LinkRequest.add(LinkKind.Bridge.filtering(1), FILTERING));
            links.execute(LinkRequest.set(port).master(index(links, FILTERING)));
            links.execute(BridgeVlanRequest.add(port, BridgeVlan.access(10)));
          });
    }
  }

  private static int index(Rtnetlink links, InterfaceName name) {
    return links.link(name).orElseThrow().index();
  }

  private void groups(Rtnetlink links, int host) {
    attempt(
        "links can be deleted as a group",
        Finding.note(
            SUBJECT,
            "links cannot be deleted as a group",
            "deleting many attachments at once takes about 20 milliseconds for each",
            "use Linux 5.10 or later"),
        () -> {
          links.execute(LinkRequest.set(host).group(GROUP));
          links.execute(LinkRequest.deleteGroup(GROUP));
        });
  }
}
