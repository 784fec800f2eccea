package io.netattach.attach;

import io.netattach.attach.Attachment.BridgePort;
import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.NetnsName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Attachments for tests, each a change of another: {@code attachment("a").into("blue")}. Nothing in
 * one is changed once it is made.
 */
record Attachments(
    Identity identity,
    String netns,
    boolean create,
    Reclaim reclaim,
    String containerName,
    @Nullable String containerMac,
    List<String> containerAddresses,
    List<DesiredRoute> containerRoutes,
    Map<String, String> sysctls,
    @Nullable String hostName,
    @Nullable BridgePort bridge,
    List<String> hostAddresses,
    List<DesiredRoute> hostRoutes,
    int mtu) {

  /** One into {@code blue}, to be made and deleted with it, as net1, of the namespace shop. */
  static Attachments attachment(String uid) {
    return new Attachments(
        new Identity(uid, "shop", "link-" + uid),
        "blue",
        true,
        Reclaim.DELETE,
        "net1",
        null,
        List.of(),
        List.of(),
        Map.of(),
        null,
        null,
        List.of(),
        List.of(),
        0);
  }

  static DesiredRoute route(String to) {
    return new DesiredRoute(IpPrefix.of(to), null, 0, false);
  }

  static DesiredRoute route(String to, String via) {
    return route(to, via, 0);
  }

  static DesiredRoute route(String to, String via, long metric) {
    return new DesiredRoute(IpPrefix.of(to), IpAddress.of(via), metric, false);
  }

  static DesiredRoute onLink(String to, String via) {
    return new DesiredRoute(IpPrefix.of(to), IpAddress.of(via), 0, true);
  }

  /** The value itself. */
  Attachment get() {
    return new Attachment(
        identity,
        new Attachment.Target(new NetnsName(netns), create, reclaim),
        new Attachment.ContainerEnd(
            new InterfaceName(containerName),
            containerMac == null
                ? Derived.containerMac(identity.uid())
                : MacAddress.of(containerMac),
            containerAddresses.stream().map(IpPrefix::of).toList(),
            containerRoutes,
            sysctls),
        new Attachment.HostEnd(
            hostName == null ? Derived.hostInterface(identity.uid()) : new InterfaceName(hostName),
            Derived.hostMac(identity.uid()),
            bridge,
            hostAddresses.stream().map(IpPrefix::of).toList(),
            hostRoutes),
        mtu);
  }

  /** The interface name of the host end. */
  String host() {
    return get().host().name().value();
  }

  Attachments identity(Identity other) {
    return new Attachments(
        other,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments of(String namespace, String name) {
    return identity(new Identity(identity.uid(), namespace, name));
  }

  Attachments into(String name) {
    return new Attachments(
        identity,
        name,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  /** Into a namespace that must be there already. */
  Attachments existing() {
    return new Attachments(
        identity,
        netns,
        false,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments retain() {
    return new Attachments(
        identity,
        netns,
        create,
        Reclaim.RETAIN,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments as(String name) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        name,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments mac(String mac) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        mac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments addresses(String... addresses) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        List.of(addresses),
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments routes(DesiredRoute... routes) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        List.of(routes),
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  /** With one more setting. */
  Attachments sysctl(String name, String value) {
    Map<String, String> more = new TreeMap<>(sysctls);
    more.put(name, value);
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        more,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments hostName(String name) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        name,
        bridge,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments bridge(String name) {
    return bridge(name, 0, false, false);
  }

  Attachments bridge(String name, int vlan, boolean hairpin, boolean isolated) {
    return bridge(new BridgePort(new InterfaceName(name), vlan, hairpin, isolated));
  }

  Attachments noBridge() {
    return bridge((BridgePort) null);
  }

  private Attachments bridge(@Nullable BridgePort port) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        port,
        hostAddresses,
        hostRoutes,
        mtu);
  }

  Attachments hostAddresses(String... addresses) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        List.of(addresses),
        hostRoutes,
        mtu);
  }

  Attachments hostRoutes(DesiredRoute... routes) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        List.of(routes),
        mtu);
  }

  Attachments noHostRoutes() {
    return hostRoutes(new DesiredRoute[0]);
  }

  /** With one more route of the container end. */
  Attachments andRoute(DesiredRoute route) {
    List<DesiredRoute> more = new ArrayList<>(containerRoutes);
    more.add(route);
    return routes(more.toArray(DesiredRoute[]::new));
  }

  Attachments mtu(int bytes) {
    return new Attachments(
        identity,
        netns,
        create,
        reclaim,
        containerName,
        containerMac,
        containerAddresses,
        containerRoutes,
        sysctls,
        hostName,
        bridge,
        hostAddresses,
        hostRoutes,
        bytes);
  }
}
