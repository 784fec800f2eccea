package io.netattach.cli;

import io.netattach.bridge.DeclaredBridge;
import io.netattach.bridge.Uplink;
import io.netattach.cli.manifest.BridgeReader;
import io.netattach.cli.manifest.ManifestException;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The bridges of this node that are made and kept. */
final class BridgeOptions {
  @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
  CommandLine.Model.CommandSpec mixee = CommandLine.Model.CommandSpec.create();

  @Option(
      names = "--bridge",
      paramLabel = "YAML",
      description = {
        "Make and keep this bridge, such as"
            + " '{name: br-blue, vlanFiltering: true, uplink: {vxlan: {id: 42}}}'; may be repeated.",
        "Its uplink is one of link: eth1, vlan: {link: eth0, id: 42}, and vxlan; vlans: '10,20-29'"
            + " are carried by it. One that is no longer asked for is removed when nothing uses it."
      })
  List<String> texts = new ArrayList<>();

  @Option(
      names = "--underlay",
      paramLabel = "ADDRESS|LINK",
      description = {
        "Where this node's ends of VXLAN tunnels are: an address of it, or the first of a link.",
        "Default: $HOST_IP."
      })
  @Nullable String underlay;

  /** In their order. */
  List<DeclaredBridge> bridges() {
    List<DeclaredBridge> bridges = new ArrayList<>();
    Set<InterfaceName> taken = new HashSet<>();
    for (String text : texts) {
      DeclaredBridge bridge = read(text);
      Uplink uplink = bridge.uplink();
      take(bridge.name(), taken);
      if (uplink != null) {
        take(uplink.linkName(), taken);
      }
      bridges.add(bridge);
    }
    return bridges;
  }

  private void take(InterfaceName name, Set<InterfaceName> taken) {
    if (!taken.add(name)) {
      throw wrong(name + " is asked for twice; write each bridge and each uplink once");
    }
  }

  private DeclaredBridge read(String text) {
    try {
      return BridgeReader.read("--bridge", text);
    } catch (ManifestException e) {
      throw new ParameterException(mixee.commandLine(), e.getMessage());
    }
  }

  private ParameterException wrong(String sentence) {
    return new ParameterException(mixee.commandLine(), "--bridge: " + sentence);
  }

  /** An address, or the name of a link; empty where nothing is said. */
  String underlay() {
    String here = underlay != null ? underlay : RoleCommand.environment("HOST_IP", "");
    if (!here.isEmpty() && !isOne(here, IpAddress::of) && !isOne(here, InterfaceName::new)) {
      throw new ParameterException(
          mixee.commandLine(),
          "--underlay: \"" + here + "\" is neither an address nor a link; write one such as eth1");
    }
    return here;
  }

  private static boolean isOne(String text, Function<String, ?> reader) {
    try {
      Object unused = reader.apply(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
