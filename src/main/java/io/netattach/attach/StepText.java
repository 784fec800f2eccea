package io.netattach.attach;

import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.netlink.Address;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says the steps of one attachment in words, and as the commands of iproute2 and procps that do the
 * same.
 */
public final class StepText {
  private final Attachment attachment;

  public StepText(Attachment attachment) {
    this.attachment = attachment;
  }

  /** What a step does, such as {@code add address 10.10.0.2/24 to net1 in blue}. */
  public String words(Step step) {
    return switch (step) {
      case Step.CreateNetns s -> "make namespace " + s.name();
      case Step.MarkNetns s -> "mark namespace " + s.name() + " as \"" + s.to() + "\"";
      case Step.DeleteNetns s -> "delete namespace " + s.name();
      case Step.LoopbackUp s -> "set lo up in " + s.name();
      case Step.CreateVeth s ->
          "make veth " + s.hostName() + " with peer " + s.containerName() + " in " + s.netns();
      case Step.DeleteVeth s -> "delete veth " + s.hostName() + ", whose other end is elsewhere";
      case Step.Rename s ->
          "rename " + PrintableText.of(s.from()) + " to " + s.to() + place(s.side());
      case Step.SetMac s -> "set MAC of " + link(s.side()) + " from " + s.from() + " to " + s.to();
      case Step.SetMtu s -> "set MTU of " + link(s.side()) + " from " + s.from() + " to " + s.to();
      case Step.SetAlias s -> "set alias of " + link(Side.HOST) + " to \"" + s.to() + "\"";
      case Step.ClearGroup s -> "take " + link(s.side()) + " out of group " + s.from();
      case Step.SetBridge s ->
          s.to().isEmpty()
              ? "take " + link(Side.HOST) + " out of bridge " + s.from()
              : "make " + link(Side.HOST) + " a port of bridge " + s.to();
      case Step.SetHairpin s -> "switch hairpin of " + link(Side.HOST) + onOff(s.to());
      case Step.SetIsolated s -> "switch isolation of " + link(Side.HOST) + onOff(s.to());
      case Step.AddVlan s -> "add " + link(Side.HOST) + " to VLAN " + s.vlan().id();
      case Step.RemoveVlan s -> "take " + link(Side.HOST) + " out of VLAN " + s.vlan().id();
      case Step.SetSysctl s -> "set " + s.sysctl().path() + " to " + s.to() + place(s.side());
      case Step.SetUp s -> "set " + link(s.side()) + " up";
      case Step.AddAddress s -> "add address " + s.address() + " to " + link(s.side());
      case Step.PromoteSecondaries s ->
          "let " + link(s.side()) + " keep its other addresses when one is removed";
      case Step.RemoveAddress s ->
          "remove address " + s.address().local() + " from " + link(s.side());
      case Step.AddRoute s -> "add route " + words(s.route()) + " through " + link(s.side());
      case Step.RemoveRoute s -> "remove route " + words(s.route()) + " through " + link(s.side());
    };
  }

  private static String words(DesiredRoute route) {
    return words(route.to(), route.via() == null ? "" : " via " + route.via(), route.metric());
  }

  private static String words(Route route) {
    return words(route.to(), route.via() == null ? "" : " via " + route.via(), route.metric());
  }

  private static String words(IpPrefix to, String via, long metric) {
    return to + via + (metric == 0 ? "" : " metric " + metric);
  }

  private static String onOff(boolean on) {
    return on ? " on" : " off";
  }

  private String link(Side side) {
    return name(side) + place(side);
  }

  private String place(Side side) {
    return side == Side.HOST ? "" : " in " + attachment.target().netns();
  }

  private String name(Side side) {
    return side == Side.HOST
        ? attachment.host().name().value()
        : attachment.container().name().value();
  }

  /** The commands that do what a step does, in their order; for a shell of the node. */
  public List<String> commands(Step step) {
    return switch (step) {
      case Step.CreateNetns s ->
          List.of(
              "ip netns add " + quote(s.name()),
              "ip -n " + quote(s.name()) + " link set dev lo alias " + quote(s.mark()),
              "ip -n " + quote(s.name()) + " link set dev lo up");
      case Step.MarkNetns s ->
          List.of("ip -n " + quote(s.name()) + " link set dev lo alias " + quote(s.to()));
      case Step.DeleteNetns s -> List.of("ip netns delete " + quote(s.name()));
      case Step.LoopbackUp s -> List.of("ip -n " + quote(s.name()) + " link set dev lo up");
      case Step.CreateVeth s -> createVeth(s);
      case Step.DeleteVeth s -> List.of("ip link delete dev " + quote(s.hostName()));
      case Step.Rename s ->
          List.of(ip(s.side()) + " link set dev " + quote(s.from()) + " name " + quote(s.to()));
      case Step.SetMac s -> linkSet(s.side(), "address " + s.to());
      case Step.SetMtu s -> linkSet(s.side(), "mtu " + s.to());
      case Step.SetAlias s -> linkSet(Side.HOST, "alias " + quote(s.to()));
      case Step.ClearGroup s -> linkSet(s.side(), "group default");
      case Step.SetBridge s ->
          linkSet(Side.HOST, s.to().isEmpty() ? "nomaster" : "master " + quote(s.to()));
      case Step.SetHairpin s -> linkSet(Side.HOST, "type bridge_slave hairpin" + onOff(s.to()));
      case Step.SetIsolated s -> linkSet(Side.HOST, "type bridge_slave isolated" + onOff(s.to()));
      case Step.AddVlan s ->
          List.of(
              "bridge vlan add"
                  + dev(Side.HOST)
                  + " vid "
                  + s.vlan().id()
                  + (s.vlan().pvid() ? " pvid" : "")
                  + (s.vlan().untagged() ? " untagged" : ""));
      case Step.RemoveVlan s ->
          List.of("bridge vlan delete" + dev(Side.HOST) + " vid " + s.vlan().id());
      case Step.SetSysctl s -> List.of(sysctl(s.side(), s.sysctl().path(), s.to()));
      case Step.SetUp s -> linkSet(s.side(), "up");
      case Step.AddAddress s -> List.of(addAddress(s));
      case Step.PromoteSecondaries s ->
          List.of(
              sysctl(s.side(), "net/ipv4/conf/" + name(s.side()) + "/promote_secondaries", "1"));
      case Step.RemoveAddress s -> List.of(removeAddress(s.side(), s.address()));
      case Step.AddRoute s -> {
        Route route = s.route().through(0);
        String verb = s.beside() ? " append " : " add ";
        yield List.of(ip(s.side(), route.to()) + " route" + verb + route(s.side(), route));
      }
      case Step.RemoveRoute s ->
          List.of(ip(s.side(), s.route().to()) + " route delete " + route(s.side(), s.route()));
    };
  }

  private static List<String> createVeth(Step.CreateVeth s) {
    String host = quote(s.hostName());
    return List.of(
        "ip link add name "
            + host
            + (" address " + s.hostMac() + " mtu " + s.mtu())
            + " type veth peer name "
            + quote(s.containerName())
            + (" address " + s.containerMac() + " mtu " + s.mtu())
            + " netns "
            + quote(s.netns()),
        "ip link property add dev " + host + " altname " + quote(s.altname()),
        "ip link set dev " + host + " alias " + quote(s.mark()));
  }

  private String addAddress(Step.AddAddress s) {
    IpPrefix address = s.address();
    String options = address.isV6() ? " nodad" : address.length() < 31 ? " broadcast +" : "";
    return ip(s.side()) + " address add " + address + options + dev(s.side());
  }

  private String removeAddress(Side side, Address address) {
    boolean pair = !address.remote().equals(address.local().address());
    String what =
        pair
            ? address.local().address()
                + " peer "
                + address.remote()
                + "/"
                + address.local().length()
            : address.local().toString();
    return ip(side) + " address delete " + what + dev(side);
  }

  private String route(Side side, Route route) {
    return (route.to().isDefault() ? "default" : route.to())
        + (route.via() == null ? "" : " via " + route.via())
        + dev(side)
        + (route.metric() == 0 ? "" : " metric " + route.metric())
        + " proto "
        + route.protocol()
        + (route.onLink() ? " onlink" : "");
  }

  private List<String> linkSet(Side side, String what) {
    return List.of(ip(side) + " link set" + dev(side) + " " + what);
  }

  private String sysctl(Side side, String path, String value) {
    String inside =
        side == Side.HOST ? "" : "ip netns exec " + quote(attachment.target().netns()) + " ";
    return inside + "sysctl -qw " + quote(path + "=" + value);
  }

  private String dev(Side side) {
    return " dev " + quote(name(side));
  }

  private String ip(Side side) {
    return side == Side.HOST ? "ip" : "ip -n " + quote(attachment.target().netns());
  }

  /** With the family: {@code default} alone is IPv4's. */
  private String ip(Side side, IpPrefix to) {
    return ip(side) + (to.isV6() ? " -6" : "");
  }

  /** As one word of a shell. */
  private static String quote(@Nullable Object word) {
    String text = String.valueOf(word);
    return text.matches("[A-Za-z0-9_./:=@%+,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
