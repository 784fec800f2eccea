package io.netattach.cli;

import io.netattach.attach.Attachment;
import io.netattach.netlink.AddressRequest;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkKind;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Rtnetlink;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The empty namespace that stands for a node in the demonstration, with the bridges that a real
 * node's administrator would have made.
 */
final class DemoNode implements AutoCloseable {
  private final Rtnetlink links;
  private final List<InterfaceName> bridges = new ArrayList<>();

  private DemoNode(Rtnetlink links) {
    this.links = links;
  }

  /** An address in a container and one on the node that it can reach directly. */
  record Pair(IpAddress container, IpAddress node) {}

  /**
   * Makes the bridges that attachments ask for, with their gateways' addresses.
   *
   * @throws CommandException when this is no empty namespace
   */
  static DemoNode prepare(Rtnetlink links, List<Attachment> attachments) {
    DemoNode node = new DemoNode(links);
    List<String> left = node.left();
    if (!left.isEmpty()) {
      throw new CommandException(
          "demo needs an empty network namespace, and here there is "
              + String.join(", ", left)
              + "; start it by make run");
    }
    Map<InterfaceName, Set<IpPrefix>> bridges = new LinkedHashMap<>();
    for (Attachment attachment : attachments) {
      Attachment.BridgePort port = attachment.host().bridge();
      if (port != null) {
        bridges
            .computeIfAbsent(port.bridge(), name -> new LinkedHashSet<>())
            .addAll(gateways(attachment));
      }
    }
    bridges.forEach(node::addBridge);
    return node;
  }

  private void addBridge(InterfaceName name, Set<IpPrefix> addresses) {
    links.execute(LinkRequest.add(LinkKind.Bridge.DEFAULT, name));
    bridges.add(name);
    int index = link(links, name).index();
    links.execute(LinkRequest.set(index).up());
    addresses.forEach(a -> links.execute(AddressRequest.add(index, a).noDad()));
  }

  /** The gateways of the container's routes, in the networks of its addresses. */
  private static Set<IpPrefix> gateways(Attachment attachment) {
    Set<IpPrefix> gateways = new LinkedHashSet<>();
    for (Attachment.DesiredRoute route : attachment.container().routes()) {
      IpAddress via = route.via();
      for (IpPrefix address : attachment.container().addresses()) {
        if (via != null && address.contains(via)) {
          gateways.add(new IpPrefix(via, address.length()));
        }
      }
    }
    return gateways;
  }

  /** For each address of the container, the address of the host end or bridge in its network. */
  static List<Pair> pairs(Rtnetlink links, Attachment attachment) {
    Attachment.BridgePort port = attachment.host().bridge();
    InterfaceName name = port == null ? attachment.host().name() : port.bridge();
    List<IpPrefix> onNode =
        links.addresses(link(links, name).index()).stream().map(a -> a.local()).toList();
    List<Pair> pairs = new ArrayList<>();
    for (IpPrefix address : attachment.container().addresses()) {
      onNode.stream()
          .map(IpPrefix::address)
          .filter(address::contains)
          .findFirst()
          .ifPresent(found -> pairs.add(new Pair(address.address(), found)));
    }
    if (pairs.isEmpty()) {
      throw new CommandException(
          attachment.identity() + " shares no network with " + name + ", so nothing can be sent");
    }
    return pairs;
  }

  static Link link(Rtnetlink links, InterfaceName name) {
    return links.link(name).orElseThrow(() -> new CommandException(name + " is gone"));
  }

  void removeBridges() {
    for (InterfaceName bridge : bridges) {
      links.link(bridge).ifPresent(link -> links.execute(LinkRequest.delete(link.index())));
    }
    bridges.clear();
  }

  /** Links beside lo, and namespaces and mount points. */
  List<String> left() {
    List<String> left = new ArrayList<>();
    links.links().stream()
        .filter(link -> !link.isLoopback())
        .forEach(link -> left.add("link " + link.name()));
    for (NetnsName name : NetnsDirectory.system().files()) {
      left.add("namespace " + name);
    }
    return left;
  }

  @Override
  public void close() {
    removeBridges();
  }
}
