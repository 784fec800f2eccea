package io.netattach.cni;

import io.netattach.netlink.Address;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Route;
import io.netattach.netlink.Rtnetlink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the kernel has of a link that a result tells. */
record KernelState(List<Address> addresses, List<Route> routes) {
  /** {@code RTPROT_REDIRECT} and {@code RTPROT_RA} (linux/rtnetlink.h): the network's doing. */
  private static final int PROTOCOL_REDIRECT = 1;

  private static final int PROTOCOL_RA = 9;

  static KernelState of(Netns netns, int link) {
    try (Rtnetlink kernel = Rtnetlink.open(netns)) {
      return new KernelState(
          kernel.addresses(link).stream()
              .filter(address -> address.scope() != Address.SCOPE_LINK)
              .toList(),
          kernel.routes(Route.TABLE_MAIN, link).stream().filter(KernelState::isSet).toList());
    }
  }

  /** Whether somebody set it, it leads somewhere, and a result can say it. */
  private static boolean isSet(Route route) {
    IpAddress via = route.via();
    return route.type() == Route.TYPE_UNICAST
        && (via == null || via.isV6() == route.to().isV6())
        && route.protocol() != Route.PROTOCOL_KERNEL
        && route.protocol() != PROTOCOL_REDIRECT
        && route.protocol() != PROTOCOL_RA;
  }

  /** A result with these addresses, of its interface of that index, and these routes. */
  CniResult addTo(CniResult result, int interfaceIndex) {
    return result
        .withIps(
            addresses.stream()
                .map(address -> new CniIp(address.local(), gateway(address), interfaceIndex))
                .toList())
        .withRoutes(routes.stream().map(KernelState::route).toList());
  }

  /** The gateway of a default route that is in the address's network. */
  private @Nullable IpAddress gateway(Address address) {
    for (Route route : routes) {
      IpAddress via = route.via();
      if (route.to().isDefault() && via != null && address.local().contains(via)) {
        return via;
      }
    }
    return null;
  }

  private static CniRoute route(Route route) {
    return new CniRoute(
        route.to(),
        route.via(),
        route.metrics().mtu(),
        route.metrics().advmss(),
        route.metric(),
        null,
        // Tells that there is no gateway, where otherwise the address's would be taken.
        route.scope() == 0 ? null : route.scope());
  }
}
