package io.netattach.cli;

import io.netattach.attach.AllowedSysctls;
import io.netattach.attach.HostNames;
import io.netattach.attach.NodePolicy;
import io.netattach.attach.VlanRanges;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which node this is, and what attachments may do to it. */
final class NodeOptions {
  @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
  CommandLine.Model.CommandSpec mixee = CommandLine.Model.CommandSpec.create();

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = {
        "This node's name; attachments of other nodes are passed over.",
        "Default: $NODE_NAME, else the host name."
      })
  @Nullable String node;

  @Option(
      names = "--allow-bridge",
      paramLabel = "NAME[:VLANS]",
      description = {
        "Allow only these bridges, and on them these VLANs, such as br0:10,20-29; may be repeated.",
        "Default: every bridge; for the agent, none."
      })
  List<String> bridges = new ArrayList<>();

  @Option(
      names = "--allow-host-network",
      paramLabel = "PREFIX",
      description = {
        "Allow host ends addresses in and routes to this network, also where it is not private or"
            + " overlaps one of the node; may be repeated.",
        "Default: private networks that the node does not use."
      })
  List<String> hostNetworks = new ArrayList<>();

  @Option(
      names = "--reserve-network",
      paramLabel = "PREFIX",
      description = {
        "Refuse host ends addresses in and routes to this network, such as that of the cluster's"
            + " services; may be repeated.",
        "Default: the address in $KUBERNETES_SERVICE_HOST."
      })
  List<String> reservedNetworks = new ArrayList<>();

  @Option(
      names = "--reserve-name",
      paramLabel = "PREFIX",
      description = {
        "Refuse host ends names that begin so, such as those that the node's own interfaces have;"
            + " may be repeated.",
        "Default: those of other network plugins."
      })
  List<String> reservedNames = new ArrayList<>();

  @Option(
      names = "--allow-name",
      paramLabel = "PREFIX",
      description = {
        "Allow host ends names that begin so, also where another network plugin has such; may be"
            + " repeated."
      })
  List<String> allowedNames = new ArrayList<>();

  @Option(
      names = "--allow-sysctl",
      paramLabel = "NAME",
      description = {
        "Allow container ends this setting, too, such as net.ipv4.conf.IFNAME.route_localnet; may be"
            + " repeated.",
        "Default: those without effect beyond the interface."
      })
  List<String> sysctls = new ArrayList<>();

  @Option(
      names = "--allow-shared-netns",
      description = "Allow a Kubernetes namespace to use a network namespace made for another.")
  boolean sharedNetns;

  @Option(
      names = "--existing-netns-only",
      description = {
        "Make no network namespace: what asks for one waits until it is there.",
        "For a container whose mounts the node does not see."
      })
  boolean existingNetnsOnly;

  String nodeName() {
    if (node != null) {
      return node;
    }
    String fromEnvironment = System.getenv("NODE_NAME");
    return fromEnvironment != null && !fromEnvironment.isEmpty() ? fromEnvironment : hostName();
  }

  private static String hostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      throw new CommandException("cannot tell this node's name; give it by --node");
    }
  }

  /** Of a person at the command line, who may bridge whatever is not forbidden. */
  NodePolicy policy() {
    return policy(bridges.isEmpty() ? null : bridgeMap());
  }

  /** Of an agent, whose attachments come from anybody: what is not allowed is forbidden. */
  NodePolicy agentPolicy() {
    return policy(bridgeMap());
  }

  private NodePolicy policy(@Nullable Map<InterfaceName, VlanRanges> allowedBridges) {
    return new NodePolicy(
        allowedBridges,
        networks("--allow-host-network", hostNetworks),
        reserved(),
        new HostNames(names("--reserve-name", reservedNames), names("--allow-name", allowedNames)),
        allowedSysctls(),
        sharedNetns,
        !existingNetnsOnly);
  }

  private Map<InterfaceName, VlanRanges> bridgeMap() {
    Map<InterfaceName, VlanRanges> map = new HashMap<>();
    for (String bridge : bridges) {
      int colon = bridge.indexOf(':');
      String name = colon < 0 ? bridge : bridge.substring(0, colon);
      VlanRanges vlans =
          colon < 0
              ? VlanRanges.all()
              : read("--allow-bridge", bridge.substring(colon + 1), VlanRanges::of);
      map.merge(read("--allow-bridge", name, InterfaceName::new), vlans, VlanRanges::and);
    }
    return map;
  }

  private List<IpPrefix> reserved() {
    List<IpPrefix> reserved = new ArrayList<>(networks("--reserve-network", reservedNetworks));
    String service = System.getenv("KUBERNETES_SERVICE_HOST");
    if (service != null && !service.isEmpty()) {
      reserved.add(IpPrefix.host(read("KUBERNETES_SERVICE_HOST", service, IpAddress::of)));
    }
    return reserved;
  }

  private AllowedSysctls allowedSysctls() {
    AllowedSysctls allowed = AllowedSysctls.HARMLESS;
    for (String name : sysctls) {
      allowed = read("--allow-sysctl", name, allowed::and);
    }
    return allowed;
  }

  private List<String> names(String option, List<String> texts) {
    return texts.stream().map(text -> read(option, text, InterfaceName::new).value()).toList();
  }

  private List<IpPrefix> networks(String option, List<String> texts) {
    return texts.stream().map(text -> read(option, text, IpPrefix::of).network()).toList();
  }

  private <T> T read(String option, String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(mixee.commandLine(), option + ": " + e.getMessage());
    }
  }
}
