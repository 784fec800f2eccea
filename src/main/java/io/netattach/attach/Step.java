package io.netattach.attach;

import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.netlink.Address;
import io.netattach.netlink.BridgeVlan;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Route;
import io.netattach.netlink.Sysctl;

/**
 * One change of the kernel, the smallest that can be made and taken back by itself. Links are named
 * by their side; {@link StepText} says a step in words and as a command, {@link Attacher} carries
 * it out.
 */
public sealed interface Step {
  /** A namespace with {@code lo} up, marked as ours. */
  record CreateNetns(NetnsName name, Mark mark) implements Step {}

  /** The mark of a namespace that is ours. */
  record MarkNetns(NetnsName name, Mark from, Mark to) implements Step {}

  record DeleteNetns(NetnsName name) implements Step {}

  /** {@code lo} of a namespace that is ours. */
  record LoopbackUp(NetnsName name) implements Step {}

  /** The pair, down, with everything that tells that it is ours. */
  record CreateVeth(
      InterfaceName hostName,
      MacAddress hostMac,
      NetnsName netns,
      InterfaceName containerName,
      MacAddress containerMac,
      int mtu,
      String altname,
      Mark mark)
      implements Step {}

  /** The pair: both ends go. */
  record DeleteVeth(String hostName) implements Step {}

  record Rename(Side side, String from, InterfaceName to) implements Step {}

  record SetMac(Side side, MacAddress from, MacAddress to) implements Step {}

  record SetMtu(Side side, int from, int to) implements Step {}

  record SetAlias(String from, String to) implements Step {}

  /** Back to group 0: other groups may be deleted by somebody as a whole. */
  record ClearGroup(Side side, int from) implements Step {}

  /** The host end's bridge; an empty name is none. */
  record SetBridge(String from, String to) implements Step {}

  record SetHairpin(boolean to) implements Step {}

  record SetIsolated(boolean to) implements Step {}

  record AddVlan(BridgeVlan vlan) implements Step {}

  record RemoveVlan(BridgeVlan vlan) implements Step {}

  record SetSysctl(Side side, Sysctl sysctl, String from, String to) implements Step {}

  record SetUp(Side side) implements Step {}

  record AddAddress(Side side, IpPrefix address) implements Step {}

  /** Lets other addresses of the network stay when the first is removed. */
  record PromoteSecondaries(Side side) implements Step {}

  record RemoveAddress(Side side, Address address) implements Step {}

  /**
   * A route of ours.
   *
   * @param beside whether another of ours with the same destination and metric is there, to be
   *     removed next
   */
  record AddRoute(Side side, DesiredRoute route, boolean beside) implements Step {}

  record RemoveRoute(Side side, Route route) implements Step {}
}
