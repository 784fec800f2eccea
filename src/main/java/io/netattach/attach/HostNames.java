package io.netattach.attach;

import io.netattach.netlink.InterfaceName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How host ends may be named on this node: not as the interfaces of other network plugins and
 * container engines are, nor as its administrator keeps for others.
 *
 * @param reserved beginnings of names that are refused, beside those of other plugins
 * @param allowed beginnings of names that are not, whatever is reserved
 */
public record HostNames(List<String> reserved, List<String> allowed) {
  /** How the interfaces of other network plugins and container engines begin. */
  private static final List<String> OF_PLUGINS =
      List.of(
          "antrea",
          "azv",
          "cali",
          "cilium",
          "cni",
          "docker",
          "eni",
          "flannel",
          "genev_sys",
          "kube-",
          "lxc",
          "nodelocaldns",
          "ovn",
          "ovs",
          "podman",
          "tunl",
          "vxlan.calico",
          "vxlan_sys",
          "weave");

  /** All but those of other plugins. */
  public static final HostNames USUAL = new HostNames(List.of(), List.of());

  /**
   * @throws IllegalArgumentException when one is not the beginning of an interface's name
   */
  public HostNames {
    reserved = List.copyOf(reserved);
    allowed = List.copyOf(allowed);
    Stream.concat(reserved.stream(), allowed.stream()).forEach(InterfaceName::new);
  }

  /** Why a host end may not be named so. */
  Optional<String> refuse(InterfaceName name) {
    if (allowed.stream().anyMatch(name.value()::startsWith)) {
      return Optional.empty();
    }
    return refuse(name, OF_PLUGINS, "as the interfaces of another network plugin do")
        .or(() -> refuse(name, reserved, "which is reserved on this node"));
  }

  private static Optional<String> refuse(InterfaceName name, List<String> prefixes, String why) {
    return prefixes.stream()
        .filter(name.value()::startsWith)
        .findFirst()
        .map(prefix ->
            "\"%s\" begins with \"%s\", %s; write another name, or allow it with --allow-name %s"
                .formatted(name, prefix, why, prefix));
  }
}
