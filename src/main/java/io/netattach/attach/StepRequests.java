package io.netattach.attach;

import io.netattach.netlink.AddressRequest;
import io.netattach.netlink.BridgeVlanRequest;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.Request;
import io.netattach.netlink.Route;
import io.netattach.netlink.RouteRequest;
import org.jspecify.annotations.Nullable;

/** The netlink requests that steps are, and those that take them back. */
final class StepRequests {
  private StepRequests() {}

  /**
   * The side whose connection a step's request is for.
   *
   * @return null for steps that are more than one request
   */
  static @Nullable Side side(Step step) {
    return switch (step) {
      case Step.MarkNetns s -> Side.CONTAINER;
      case Step.LoopbackUp s -> Side.CONTAINER;
      case Step.DeleteVeth s -> Side.HOST;
      case Step.SetMac s -> s.side();
      case Step.SetMtu s -> s.side();
      case Step.SetAlias s -> Side.HOST;
      case Step.ClearGroup s -> s.side();
      case Step.SetBridge s -> Side.HOST;
      case Step.SetHairpin s -> Side.HOST;
      case Step.SetIsolated s -> Side.HOST;
      case Step.AddVlan s -> Side.HOST;
      case Step.RemoveVlan s -> Side.HOST;
      case Step.SetUp s -> s.side();
      case Step.AddAddress s -> s.side();
      case Step.PromoteSecondaries s -> s.side();
      case Step.RemoveAddress s -> s.side();
      case Step.AddRoute s -> s.side();
      case Step.RemoveRoute s -> s.side();
      case Step.CreateNetns s -> null;
      case Step.DeleteNetns s -> null;
      case Step.CreateVeth s -> null;
      case Step.Rename s -> null;
      case Step.SetSysctl s -> null;
    };
  }

  /** The request that a step with a side is. */
  static Request of(Step step, OpenEnds ends) {
    return switch (step) {
      case Step.MarkNetns s -> markNetns(s.to());
      case Step.LoopbackUp s -> LinkRequest.set(Observer.LOOPBACK_INDEX).up();
      case Step.DeleteVeth s -> LinkRequest.delete(ends.index(Side.HOST));
      case Step.SetMac s -> LinkRequest.set(ends.index(s.side())).mac(s.to());
      case Step.SetMtu s -> LinkRequest.set(ends.index(s.side())).mtu(s.to());
      case Step.SetAlias s -> host(ends).alias(s.to());
      case Step.ClearGroup s -> LinkRequest.set(ends.index(s.side())).group(0);
      case Step.SetBridge s -> host(ends).master(ends.bridgeIndex(s.to()));
      case Step.SetHairpin s -> host(ends).hairpin(s.to());
      case Step.SetIsolated s -> host(ends).isolated(s.to());
      case Step.AddVlan s -> BridgeVlanRequest.add(ends.index(Side.HOST), s.vlan());
      case Step.RemoveVlan s -> BridgeVlanRequest.delete(ends.index(Side.HOST), s.vlan());
      case Step.SetUp s -> LinkRequest.set(ends.index(s.side())).up();
      case Step.AddAddress s ->
          AddressRequest.add(ends.index(s.side()), s.address()).noDad().protocol(Mark.PROTOCOL);
      case Step.PromoteSecondaries s ->
          LinkRequest.set(ends.index(s.side())).promoteSecondaries(true);
      case Step.RemoveAddress s -> AddressRequest.delete(s.address());
      case Step.AddRoute s -> {
        Route route = s.route().through(ends.index(s.side()));
        yield s.beside() ? RouteRequest.append(route) : RouteRequest.add(route);
      }
      case Step.RemoveRoute s -> RouteRequest.delete(s.route());
      case Step.CreateNetns s -> throw notOne(s);
      case Step.DeleteNetns s -> throw notOne(s);
      case Step.CreateVeth s -> throw notOne(s);
      case Step.SetSysctl s -> throw notOne(s);
      case Step.Rename s -> throw notOne(s);
    };
  }

  /** The request that takes a step with a side back; null where nothing is to be taken back. */
  static @Nullable Request inverse(Step step, OpenEnds ends) {
    return switch (step) {
      case Step.MarkNetns s -> markNetns(s.from());
      case Step.SetMac s -> LinkRequest.set(ends.index(s.side())).mac(s.from());
      case Step.SetMtu s -> LinkRequest.set(ends.index(s.side())).mtu(s.from());
      case Step.SetAlias s -> host(ends).alias(s.from());
      case Step.SetBridge s -> host(ends).master(ends.bridgeIndex(s.from()));
      case Step.SetHairpin s -> host(ends).hairpin(!s.to());
      case Step.SetIsolated s -> host(ends).isolated(!s.to());
      case Step.AddVlan s -> BridgeVlanRequest.delete(ends.index(Side.HOST), s.vlan());
      case Step.RemoveVlan s -> BridgeVlanRequest.add(ends.index(Side.HOST), s.vlan());
      case Step.AddAddress s -> AddressRequest.delete(ends.index(s.side()), s.address());
      case Step.RemoveAddress s -> AddressRequest.add(s.address());
      case Step.AddRoute s -> RouteRequest.delete(s.route().through(ends.index(s.side())));
      // Beside the one that took its place, which goes next.
      case Step.RemoveRoute s ->
          s.route().to().isV6() ? RouteRequest.add(s.route()) : RouteRequest.append(s.route());
      // Nothing that anybody would miss was changed by these.
      case Step.LoopbackUp s -> null;
      case Step.ClearGroup s -> null;
      case Step.SetUp s -> null;
      case Step.PromoteSecondaries s -> null;
      // What is gone cannot be made as it was; the next attach makes it as desired.
      case Step.DeleteVeth s -> null;
      case Step.CreateNetns s -> throw notOne(s);
      case Step.DeleteNetns s -> throw notOne(s);
      case Step.CreateVeth s -> throw notOne(s);
      case Step.SetSysctl s -> throw notOne(s);
      case Step.Rename s -> throw notOne(s);
    };
  }

  private static Request markNetns(Mark mark) {
    return LinkRequest.set(Observer.LOOPBACK_INDEX).alias(mark.toString());
  }

  private static LinkRequest host(OpenEnds ends) {
    return LinkRequest.set(ends.index(Side.HOST));
  }

  private static IllegalStateException notOne(Step step) {
    return new IllegalStateException("not a single request: " + step);
  }
}
