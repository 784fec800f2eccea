package io.netattach.attach;

import io.netattach.attach.Attachment.ContainerEnd;
import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.attach.Attachment.HostEnd;
import io.netattach.attach.Attachment.Target;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The rules that can be checked without looking at the node: those between values and on each. */
final class AttachmentRules {
  static final int MAX_ADDRESSES = 32;
  static final int MAX_ROUTES = 64;

  /** ETH_MIN_MTU (linux/if_ether.h), and the most that a veth takes. Bytes. */
  private static final int MIN_MTU = 68;

  private static final int MAX_MTU = 65535;

  /** RFC 8200, section 5. Bytes. */
  static final int MIN_IPV6_MTU = 1280;

  private static final IpAddress LIMITED_BROADCAST = IpAddress.of("255.255.255.255");

  private final List<Problem> problems = new ArrayList<>();

  private AttachmentRules() {}

  static List<Problem> problems(Target target, ContainerEnd container, HostEnd host, int mtu) {
    AttachmentRules rules = new AttachmentRules();
    rules.interfaceName("container.interface", container.name());
    rules.mac("container.mac", container.mac());
    rules.interfaceName("host.interface", host.name());
    rules.mtu(container, host, mtu);
    Map<IpAddress, String> seen = new HashMap<>();
    rules.addresses("container", container.addresses(), seen);
    rules.addresses("host", host.addresses(), seen);
    rules.routes("container", container.addresses(), container.routes());
    rules.routes("host", host.addresses(), host.routes());
    rules.sysctls(container.sysctls());
    rules.vlan(host);
    return rules.problems;
  }

  private void problem(String field, String sentence) {
    problems.add(new Problem(field, sentence));
  }

  private void interfaceName(String field, InterfaceName name) {
    if (name.value().equals("lo")) {
      problem(field, "\"lo\" is the loopback interface of every namespace; write another name");
    }
  }

  private void mac(String field, MacAddress mac) {
    if (mac.isZero()) {
      problem(
          field, "\"" + mac + "\" is no address; write another, or leave it out for a derived one");
    } else if (mac.isMulticast()) {
      problem(
          field,
          "\""
              + mac
              + "\" is a multicast address, which no interface can have; write one whose first byte"
              + " is even, such as 02:00:5e:00:00:01");
    }
  }

  private void mtu(ContainerEnd container, HostEnd host, int mtu) {
    if (mtu == 0) {
      return;
    }
    boolean ipv6 =
        container.addresses().stream().anyMatch(IpPrefix::isV6)
            || host.addresses().stream().anyMatch(IpPrefix::isV6)
            || container.routes().stream().anyMatch(route -> route.to().isV6())
            || host.routes().stream().anyMatch(route -> route.to().isV6())
            || container.sysctls().keySet().stream().anyMatch(IfnameSysctl::isIpv6);
    if (mtu < MIN_MTU || mtu > MAX_MTU) {
      problem(
          "container.mtu",
          mtu + " is not an MTU of a veth; write " + MIN_MTU + " to " + MAX_MTU + " bytes");
    } else if (ipv6 && mtu < MIN_IPV6_MTU) {
      problem(
          "container.mtu",
          mtu + " is too small for IPv6, which this attachment uses; write 1280 bytes or more");
    }
  }

  private void addresses(String end, List<IpPrefix> addresses, Map<IpAddress, String> seen) {
    if (addresses.size() > MAX_ADDRESSES) {
      problem(
          end + ".addresses",
          addresses.size() + " addresses are too many; write at most " + MAX_ADDRESSES);
    }
    for (int i = 0; i < addresses.size(); i++) {
      IpPrefix address = addresses.get(i);
      String field = end + ".addresses[" + i + "]";
      address(field, address);
      String first = seen.putIfAbsent(address.address(), field);
      if (first != null) {
        problem(field, "\"" + address + "\" is the address that " + first + " has; leave one out");
      }
    }
  }

  private void address(String field, IpPrefix prefix) {
    IpAddress address = prefix.address();
    String wrong = null;
    if (address.isV4Mapped()) {
      wrong = "an IPv4 address in IPv6 clothes; write it as IPv4";
    } else if (address.isUnspecified()) {
      wrong = "the unspecified address; write an address of one interface";
    } else if (address.isLoopback() || (!address.isV6() && address.low() >>> 24 == 0)) {
      wrong = "a loopback or \"this network\" address; write one that others can reach";
    } else if (address.isMulticast()) {
      wrong = "a multicast address; write the address of one interface";
    } else if (address.equals(LIMITED_BROADCAST)) {
      wrong = "a broadcast address; write the address of one interface";
    } else if (prefix.length() == 0) {
      wrong = "in a network of all addresses; write its prefix length, such as " + usual(address);
    } else if (prefix.length() < address.bits() - 1 && prefix.isNetwork()) {
      wrong = "the address of the network itself; write one within it, such as " + within(prefix);
    } else if (!address.isV6() && prefix.length() < 31 && address.equals(prefix.broadcast())) {
      wrong = "the broadcast address of its network; write one within, such as " + within(prefix);
    }
    if (wrong != null) {
      problem(field, "\"" + prefix + "\" is " + wrong);
    }
  }

  private static IpPrefix usual(IpAddress address) {
    return new IpPrefix(address, address.isV6() ? 64 : 24);
  }

  private static IpPrefix within(IpPrefix network) {
    IpAddress first = network.network().address();
    return new IpPrefix(
        new IpAddress(first.isV6(), first.high(), first.low() + 2), network.length());
  }

  private void routes(String end, List<IpPrefix> addresses, List<DesiredRoute> routes) {
    if (routes.size() > MAX_ROUTES) {
      problem(end + ".routes", routes.size() + " routes are too many; write at most " + MAX_ROUTES);
    }
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < routes.size(); i++) {
      DesiredRoute route = routes.get(i);
      String field = end + ".routes[" + i + "]";
      destination(field + ".to", route.to());
      gateway(field, route, addresses, routes);
      if (!keys.add(route.to() + " " + route.metric())) {
        problem(
            field,
            "a second route to "
                + route.to()
                + " with metric "
                + route.metric()
                + "; leave one out, or write another metric");
      }
    }
  }

  private void destination(String field, IpPrefix to) {
    if (!to.isNetwork()) {
      problem(
          field, "\"" + to + "\" has bits behind its prefix; write the network, " + to.network());
    } else if (to.address().isV4Mapped()) {
      problem(field, "\"" + to + "\" is IPv4 in IPv6 clothes; write it as IPv4");
    } else if (to.address().isLoopback()) {
      problem(field, "\"" + to + "\" is loopback, which never leaves a namespace; leave it out");
    }
  }

  private void gateway(
      String field, DesiredRoute route, List<IpPrefix> addresses, List<DesiredRoute> routes) {
    IpAddress via = route.via();
    if (via == null) {
      if (route.onLink()) {
        problem(field + ".onLink", "says that a gateway is on the link; write via, too");
      }
      return;
    }
    String wrong = null;
    if (via.isV6() != route.to().isV6()) {
      wrong =
          "not of the same family as "
              + route.to()
              + "; write an "
              + family(route.to().isV6())
              + " gateway";
    } else if (via.isV4Mapped() || via.isUnspecified() || via.isLoopback() || via.isMulticast()) {
      wrong = "not the address of a gateway; write the address of one interface";
    } else if (addresses.stream().anyMatch(address -> address.address().equals(via))) {
      wrong = "this end's own address; write the address of the next hop";
    } else if (!route.onLink()
        && !(via.isV6() && via.isLinkLocal())
        && !covered(via, addresses, routes)) {
      // To the kernel, only IPv6 has gateways that are on every link.
      wrong =
          "not within the network of any address or route of this end; add an address that covers"
              + " it, a route to it without via, or onLink: true";
    }
    if (wrong != null) {
      problem(field + ".via", "\"" + via + "\" is " + wrong);
    }
  }

  private static boolean covered(
      IpAddress via, List<IpPrefix> addresses, List<DesiredRoute> routes) {
    return addresses.stream().anyMatch(address -> address.contains(via))
        || routes.stream().anyMatch(route -> route.via() == null && route.to().contains(via));
  }

  private static String family(boolean v6) {
    return v6 ? "IPv6" : "IPv4";
  }

  private void sysctls(Map<String, String> sysctls) {
    new TreeMap<>(sysctls)
        .forEach((name, value) ->
            IfnameSysctl.problem(name, value)
                .ifPresent(sentence -> problem("container.sysctls[\"" + name + "\"]", sentence)));
  }

  private void vlan(HostEnd host) {
    if (host.bridge() != null && (host.bridge().vlan() < 0 || host.bridge().vlan() > 4094)) {
      problem(
          "host.bridge.vlan", host.bridge().vlan() + " is not a VLAN; write a number of 1 to 4094");
    }
  }
}
