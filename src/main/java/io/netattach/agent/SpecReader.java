package io.netattach.agent;

import io.netattach.api.AddressPoolUse;
import io.netattach.api.AssignedAddresses;
import io.netattach.api.BridgePort;
import io.netattach.api.ContainerEnd;
import io.netattach.api.HostEnd;
import io.netattach.api.NetnsTarget;
import io.netattach.api.NetworkAttachment;
import io.netattach.api.NetworkAttachmentSpec;
import io.netattach.api.PodTarget;
import io.netattach.api.ReclaimPolicy;
import io.netattach.api.Route;
import io.netattach.attach.Attachment;
import io.netattach.attach.Derived;
import io.netattach.attach.Identity;
import io.netattach.attach.InvalidAttachment;
import io.netattach.attach.Problem;
import io.netattach.attach.Reclaim;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.NetnsName;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is desired out of a resource: texts become values, what is left out becomes its
 * default. It does not rely on the API server's checks, since resources also come from files and
 * through older definitions.
 */
public final class SpecReader {
  /** Stands for the namespace of a pod where what is read is thrown away. */
  private static final NetnsName ANY = new NetnsName("any");

  private final String uid;
  private final @Nullable AssignedAddresses assigned;
  private final @Nullable NetnsName sandbox;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * @param sandbox the namespace of the pod; null where a pod cannot be a target
   */
  private SpecReader(NetworkAttachment resource, @Nullable NetnsName sandbox) {
    this.uid = resource.getMetadata().getUid();
    this.assigned = resource.getStatus() == null ? null : resource.getStatus().assigned();
    this.sandbox = sandbox;
  }

  /**
   * Reads a resource that has a namespace, a name and a uid, and whose target is a named network
   * namespace.
   *
   * @throws InvalidAttachment with everything that is wrong, fields named from the resource's root
   */
  public static Attachment read(NetworkAttachment resource) {
    return new SpecReader(resource, null).attachment(resource);
  }

  /**
   * Reads one whose target is a pod.
   *
   * @param sandbox the name of the pod's network namespace
   * @throws InvalidAttachment as {@link #read(NetworkAttachment)}
   */
  static Attachment read(NetworkAttachment resource, NetnsName sandbox) {
    return new SpecReader(resource, sandbox).attachment(resource);
  }

  /**
   * Reads one without knowing where its pod is, if it has one.
   *
   * @throws InvalidAttachment as {@link #read(NetworkAttachment)}
   */
  static void check(NetworkAttachment resource) {
    var unused = read(resource, ANY);
  }

  /** The pod that it is to be attached to, where its target is one. */
  static Optional<PodTarget> podOf(NetworkAttachment resource) {
    NetworkAttachmentSpec spec = resource.getSpec();
    return spec == null || spec.target() == null
        ? Optional.empty()
        : Optional.ofNullable(spec.target().pod());
  }

  /**
   * Reads the target alone.
   *
   * @throws InvalidAttachment when it names none, or a pod
   */
  static Attachment.Target target(NetworkAttachment resource) {
    SpecReader reader = new SpecReader(resource, null);
    Attachment.Target target = reader.target(resource.getSpec());
    if (target == null) {
      throw new InvalidAttachment(reader.problems);
    }
    return target;
  }

  /** The target, where it is a named namespace. */
  static Optional<Attachment.Target> targetOf(NetworkAttachment resource) {
    try {
      return Optional.of(target(resource));
    } catch (InvalidAttachment e) {
      return Optional.empty();
    }
  }

  private Attachment attachment(NetworkAttachment resource) {
    var metadata = resource.getMetadata();
    Identity identity = new Identity(uid, metadata.getNamespace(), metadata.getName());
    NetworkAttachmentSpec spec = resource.getSpec();
    if (spec != null && spec.nodeName() != null && spec.nodeName().isEmpty()) {
      problem("spec.nodeName", "is empty; write the name of a node, or leave it out");
    }
    Attachment.Target target = target(spec);
    ContainerEnd containerSpec = spec == null ? null : spec.container();
    Attachment.ContainerEnd container = container(containerSpec);
    Attachment.HostEnd host = host(spec == null ? null : spec.host());
    int mtu = mtu(containerSpec);
    if (target == null || container == null || !problems.isEmpty()) {
      throw new InvalidAttachment(problems);
    }
    try {
      return new Attachment(identity, target, container, host, mtu);
    } catch (InvalidAttachment e) {
      throw new InvalidAttachment(
          e.problems().stream().map(p -> new Problem("spec." + p.field(), p.sentence())).toList());
    }
  }

  private Attachment.@Nullable Target target(@Nullable NetworkAttachmentSpec spec) {
    NetnsTarget netns = spec == null || spec.target() == null ? null : spec.target().netns();
    PodTarget pod = spec == null || spec.target() == null ? null : spec.target().pod();
    if (netns != null && pod != null) {
      problem("spec.target", "names both netns and pod; leave one of them out");
      return null;
    }
    if (pod != null) {
      return pod(pod);
    }
    if (netns == null) {
      problem("spec.target", "names no namespace; write netns: {name: blue}, for one named blue");
      return null;
    }
    NetnsName name = value("spec.target.netns.name", netns.name(), NetnsName::new);
    if (name == null) {
      return null;
    }
    Reclaim reclaim =
        netns.reclaimPolicy() == ReclaimPolicy.RETAIN ? Reclaim.RETAIN : Reclaim.DELETE;
    return new Attachment.Target(name, netns.create(), reclaim);
  }

  private Attachment.@Nullable Target pod(PodTarget pod) {
    if (pod.name() == null || pod.name().isEmpty()) {
      problem("spec.target.pod.name", "is missing; write the name of a pod");
      return null;
    }
    if (sandbox == null) {
      problem(
          "spec.target.pod",
          "only the agent of a cluster attaches to pods; write netns: {name: blue}, for a namespace"
              + " named blue");
      return null;
    }
    // It is the runtime's, which makes it and takes it away.
    return new Attachment.Target(sandbox, false, Reclaim.RETAIN);
  }

  private Attachment.@Nullable ContainerEnd container(@Nullable ContainerEnd spec) {
    if (spec == null) {
      problem("spec.container", "is missing; write at least container: {interface: net1}");
      return null;
    }
    InterfaceName name =
        value("spec.container.interface", spec.interfaceName(), InterfaceName::new);
    MacAddress mac =
        spec.mac() == null
            ? Derived.containerMac(uid)
            : value("spec.container.mac", spec.mac(), MacAddress::of);
    List<IpPrefix> addresses =
        new ArrayList<>(addresses("spec.container.addresses", spec.addresses()));
    List<Attachment.DesiredRoute> routes =
        new ArrayList<>(routes("spec.container.routes", spec.routes()));
    if (spec.addressPool() != null) {
      pooled(spec.addressPool(), addresses, routes);
    }
    return name == null || mac == null
        ? null
        : new Attachment.ContainerEnd(name, mac, addresses, routes, spec.sysctls());
  }

  private void pooled(
      AddressPoolUse pool, List<IpPrefix> addresses, List<Attachment.DesiredRoute> routes) {
    if (assigned == null) {
      problem(
          "spec.container.addressPool",
          "addresses of a pool are given out by the controller of a cluster; write addresses");
      return;
    }
    if (!Objects.equals(assigned.pool(), pool.name())) {
      problem(
          "status.assigned",
          "is of pool "
              + assigned.pool()
              + ", and spec.container.addressPool names "
              + pool.name()
              + "; delete this attachment and create it again");
      return;
    }
    addresses.addAll(addresses("status.assigned.addresses", assigned.addresses()));
    if (!pool.defaultRoute()) {
      return;
    }
    for (String text : assigned.gateways()) {
      IpAddress gateway = value("status.assigned.gateways", text, IpAddress::of);
      if (gateway != null) {
        IpPrefix everywhere = IpPrefix.of(gateway.isV6() ? "::/0" : "0.0.0.0/0");
        var route = new Attachment.DesiredRoute(everywhere, gateway, 0, false);
        // What is written goes before.
        if (routes.stream().noneMatch(other -> isSameKey(other, route))) {
          routes.add(route);
        }
      }
    }
  }

  private static boolean isSameKey(Attachment.DesiredRoute one, Attachment.DesiredRoute other) {
    return one.to().equals(other.to()) && one.metric() == other.metric();
  }

  private Attachment.HostEnd host(@Nullable HostEnd spec) {
    InterfaceName derived = Derived.hostInterface(uid);
    MacAddress mac = Derived.hostMac(uid);
    if (spec == null) {
      return new Attachment.HostEnd(derived, mac, null, List.of(), List.of());
    }
    InterfaceName name =
        spec.interfaceName() == null
            ? derived
            : value("spec.host.interface", spec.interfaceName(), InterfaceName::new);
    return new Attachment.HostEnd(
        name == null ? derived : name,
        mac,
        bridge(spec.bridge()),
        addresses("spec.host.addresses", spec.addresses()),
        routes("spec.host.routes", spec.routes()));
  }

  private Attachment.@Nullable BridgePort bridge(@Nullable BridgePort spec) {
    if (spec == null) {
      return null;
    }
    InterfaceName name = value("spec.host.bridge.name", spec.name(), InterfaceName::new);
    Integer vlan = spec.vlan();
    if (vlan != null && (vlan < 1 || vlan > 4094)) {
      problem("spec.host.bridge.vlan", vlan + " is not a VLAN; write a number of 1 to 4094");
    }
    return name == null
        ? null
        : new Attachment.BridgePort(name, vlan == null ? 0 : vlan, spec.hairpin(), spec.isolated());
  }

  private List<IpPrefix> addresses(String field, List<String> texts) {
    List<IpPrefix> addresses = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      IpPrefix address = value(field + "[" + i + "]", texts.get(i), IpPrefix::of);
      if (address != null) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  private List<Attachment.DesiredRoute> routes(String field, List<Route> specs) {
    List<Attachment.DesiredRoute> routes = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      Route spec = specs.get(i);
      String at = field + "[" + i + "]";
      IpPrefix to = value(at + ".to", spec.to(), SpecReader::destination);
      IpAddress via = spec.via() == null ? null : value(at + ".via", spec.via(), IpAddress::of);
      if (spec.metric() < 0 || spec.metric() > 0xffff_ffffL) {
        problem(at + ".metric", spec.metric() + " is not a metric; write 0 to 4294967295");
      } else if (to != null) {
        routes.add(new Attachment.DesiredRoute(to, via, spec.metric(), spec.onLink()));
      }
    }
    return routes;
  }

  private static IpPrefix destination(String text) {
    if (text.equals("default")) {
      throw new IllegalArgumentException("\"default\" is not a network; write 0.0.0.0/0 or ::/0");
    }
    return IpPrefix.of(text);
  }

  /** 0 where none is written. */
  private int mtu(@Nullable ContainerEnd spec) {
    Integer mtu = spec == null ? null : spec.mtu();
    if (mtu == null) {
      return 0;
    }
    if (mtu == 0) {
      problem("spec.container.mtu", "0 is not an MTU; leave it out, or write 68 to 65535 bytes");
    }
    return mtu;
  }

  private <T> @Nullable T value(String field, @Nullable String text, Function<String, T> reader) {
    if (text == null) {
      problem(field, "is missing; write it");
      return null;
    }
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      problem(field, String.valueOf(e.getMessage()));
      return null;
    }
  }

  private void problem(String field, String sentence) {
    problems.add(new Problem(field, sentence));
  }
}
