package io.netattach.cni;

import io.netattach.netlink.AddressRequest;
import io.netattach.netlink.Errno;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Link;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Request;
import io.netattach.netlink.Route;
import io.netattach.netlink.RouteMetrics;
import io.netattach.netlink.RouteRequest;
import io.netattach.netlink.Rtnetlink;
import io.netattach.netlink.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a result asks of one interface, and how it is done. */
record Configuration(InterfaceName name, List<CniIp> ips, List<CniRoute> routes) {
  static Configuration of(CniResult result, InterfaceName name) {
    int index = index(result.interfaces(), name);
    List<CniIp> ips =
        result.ips().stream().filter(ip -> Objects.equals(ip.interfaceIndex(), index)).toList();
    return new Configuration(name, ips, result.routes());
  }

  private static int index(List<CniInterface> interfaces, InterfaceName name) {
    int found = -1;
    for (int i = 0; i < interfaces.size(); i++) {
      CniInterface each = interfaces.get(i);
      if (each.name().equals(name) && (found < 0 || !each.sandbox().isEmpty())) {
        found = i;
      }
    }
    if (found < 0) {
      throw new IllegalArgumentException("the CNI result has no interface " + name);
    }
    return found;
  }

  void apply(Netns netns) {
    try (Rtnetlink kernel = Rtnetlink.open(netns)) {
      Link link =
          kernel
              .link(name)
              .orElseThrow(() ->
                  new IllegalArgumentException("there is no interface " + name + " in " + netns));
      boolean enablesIpv6 = link.ipv6Disabled() && ips.stream().anyMatch(ip -> ip.address().isV6());
      if (enablesIpv6) {
        disableIpv6(link).set(netns, "0");
      }
      boolean done = false;
      try {
        carryOut(kernel, changes(link));
        done = true;
      } finally {
        if (enablesIpv6 && !done) {
          disableIpv6(link).set(netns, "1");
        }
      }
    }
  }

  private static Sysctl disableIpv6(Link link) {
    return Sysctl.ofInterface("ipv6", link.name(), "disable_ipv6");
  }

  /** A request, and the one that takes it back. */
  private record Change(Request forth, Request back) {}

  private List<Change> changes(Link link) {
    int index = link.index();
    List<Change> changes = new ArrayList<>();
    for (CniIp ip : ips) {
      AddressRequest add = AddressRequest.add(index, ip.address());
      changes.add(
          new Change(
              ip.address().isV6() ? add.noDad() : add, AddressRequest.delete(index, ip.address())));
    }
    if (!link.up()) {
      changes.add(new Change(LinkRequest.set(index).up(), LinkRequest.set(index).down()));
    }
    for (CniRoute each : routes) {
      Route route = route(each, index);
      changes.add(new Change(RouteRequest.add(route), RouteRequest.delete(route)));
    }
    return changes;
  }

  private Route route(CniRoute asked, int link) {
    // Said, not left to the kernel: a removal without it may meet a route of others.
    boolean usual = asked.priority() == 0 && asked.dst().isV6();
    Route route =
        Route.unicast(asked.dst(), gateway(asked), link)
            .withMetric(usual ? Route.IPV6_DEFAULT_METRIC : asked.priority())
            .withMetrics(new RouteMetrics(asked.mtu(), false, asked.advmss()));
    if (asked.table() != null) {
      route = route.withTable(asked.table());
    }
    return asked.scope() == null ? route : route.withScope(asked.scope());
  }

  /** The kernel takes no gateway for a scope of link or narrower. */
  private @Nullable IpAddress gateway(CniRoute route) {
    boolean onLink = route.scope() != null && route.scope() >= Route.SCOPE_LINK;
    if (route.gw() != null || onLink) {
      return route.gw();
    }
    return ips.stream()
        .filter(ip -> ip.address().isV6() == route.dst().isV6())
        .map(CniIp::gateway)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** All in one send, in which the kernel goes on after a refusal: what it did is taken back. */
  private static void carryOut(Rtnetlink kernel, List<Change> changes) {
    List<@Nullable NetlinkException> said =
        kernel.executeAll(changes.stream().map(Change::forth).toList());
    NetlinkException failure = said.stream().filter(Objects::nonNull).findFirst().orElse(null);
    if (failure == null) {
      return;
    }
    List<Request> back = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      if (said.get(i) == null) {
        back.addFirst(changes.get(i).back());
      }
    }
    for (NetlinkException left : kernel.executeAll(back)) {
      // What went with something else that was taken back is not there any more.
      if (left != null && !left.is(Errno.ENODEV, Errno.ESRCH, Errno.EADDRNOTAVAIL)) {
        failure.addSuppressed(left);
      }
    }
    throw failure;
  }
}
