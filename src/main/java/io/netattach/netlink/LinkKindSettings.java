package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What has to be said to get a kind, as attributes of {@code IFLA_INFO_DATA} and in words. What is
 * so already is not said: kernels refuse to be told of settings that they lack or that are fixed,
 * though they be told nothing new.
 */
final class LinkKindSettings {
  private final List<Consumer<MessageWriter>> attributes = new ArrayList<>();
  private final StringBuilder words = new StringBuilder();
  private int lower;

  private LinkKindSettings() {}

  /** For a new link. */
  static LinkKindSettings of(LinkKind kind) {
    LinkKindSettings settings = new LinkKindSettings();
    switch (kind) {
      case LinkKind.Bridge k -> settings.bridge(LinkKind.Bridge.DEFAULT, k);
      case LinkKind.Dummy k -> {}
      case LinkKind.Macvlan k -> {
        settings.on(k.lower());
        settings.macvlan(k);
      }
      case LinkKind.Ipvlan k -> {
        settings.on(k.lower());
        settings.ipvlan(null, k);
      }
      case LinkKind.Vlan k -> {
        settings.on(k.lower());
        settings.vlan(k);
      }
      case LinkKind.Vxlan k -> {
        settings.say("id " + k.id(), w -> w.u32(IFLA_VXLAN_ID, k.id()));
        settings.say(
            "dstport " + k.port(), w -> w.attribute(IFLA_VXLAN_PORT, inNetworkOrder(k.port())));
        settings.vxlan(new LinkKind.Vxlan(k.id(), null, null, k.port(), 0, true), k);
      }
      case LinkKind.Tun k ->
          throw new IllegalArgumentException(
              "a tun link is made by a program that opens /dev/net/tun; ask it, or ip tuntap");
      case LinkKind.Other k -> settings.other(k);
    }
    return settings;
  }

  /** For a link that is there. */
  static LinkKindSettings of(LinkKind from, LinkKind to) {
    LinkKindSettings settings = new LinkKindSettings();
    if (!from.name().equals(to.name()) || from.getClass() != to.getClass()) {
      throw new IllegalArgumentException(
          "a link of kind \"" + from.name() + "\" cannot become " + to + "; add another");
    }
    switch (to) {
      case LinkKind.Bridge k -> settings.bridge((LinkKind.Bridge) from, k);
      case LinkKind.Dummy k -> {}
      case LinkKind.Macvlan k -> {
        fixed("lower link", ((LinkKind.Macvlan) from).lower(), k.lower());
        settings.macvlan(k);
      }
      case LinkKind.Ipvlan k -> {
        fixed("lower link", ((LinkKind.Ipvlan) from).lower(), k.lower());
        settings.ipvlan((LinkKind.Ipvlan) from, k);
      }
      case LinkKind.Vlan k -> fixed("VLAN", from, k);
      case LinkKind.Vxlan k -> {
        LinkKind.Vxlan old = (LinkKind.Vxlan) from;
        fixed("id", old.id(), k.id());
        fixed("port", old.port(), k.port());
        settings.vxlan(old, k);
      }
      case LinkKind.Tun k -> fixed("tun setting", from, k);
      case LinkKind.Other k -> settings.other(k);
    }
    return settings;
  }

  /** The kernel says ok to some of these and changes nothing. */
  private static void fixed(String what, Object from, Object to) {
    if (!from.equals(to)) {
      throw new IllegalArgumentException(
          "the " + what + " of a link is fixed at " + from + "; delete it and add one with " + to);
    }
  }

  /** The link below, {@code IFLA_LINK}; 0 for none. */
  int lower() {
    return lower;
  }

  /** As {@code ip link} has them, each with a blank before; empty for none. */
  String words() {
    return words.toString();
  }

  void write(MessageWriter w) {
    attributes.forEach(attribute -> attribute.accept(w));
  }

  private void say(String what, Consumer<MessageWriter> attribute) {
    words.append(' ').append(what);
    attributes.add(attribute);
  }

  private void on(int link) {
    lower = link;
    words.append(" link ").append(link);
  }

  private void bridge(LinkKind.Bridge from, LinkKind.Bridge to) {
    if (from.stp() != to.stp()) {
      int on = to.stp() ? 1 : 0;
      say("stp_state " + on, w -> w.u32(IFLA_BR_STP_STATE, on));
    }
    if (!from.ageingTime().equals(to.ageingTime())) {
      long time = to.ageingTime().toMillis() / 10;
      say("ageing_time " + time, w -> w.u32(IFLA_BR_AGEING_TIME, (int) time));
    }
    if (from.vlanFiltering() != to.vlanFiltering()) {
      int on = to.vlanFiltering() ? 1 : 0;
      say("vlan_filtering " + on, w -> w.u8(IFLA_BR_VLAN_FILTERING, on));
    }
    if (from.defaultPvid() != to.defaultPvid()) {
      int pvid = to.defaultPvid();
      say("vlan_default_pvid " + pvid, w -> w.u16(IFLA_BR_VLAN_DEFAULT_PVID, pvid));
    }
  }

  private void macvlan(LinkKind.Macvlan to) {
    say("mode " + lowerCase(to.mode()), w -> w.u32(IFLA_MACVLAN_MODE, to.mode().number));
  }

  private void ipvlan(LinkKind.@Nullable Ipvlan from, LinkKind.Ipvlan to) {
    if (from == null || from.mode() != to.mode()) {
      say("mode " + lowerCase(to.mode()), w -> w.u16(IFLA_IPVLAN_MODE, to.mode().ordinal()));
    }
    if (from == null || from.reach() != to.reach()) {
      say(lowerCase(to.reach()), w -> w.u16(IFLA_IPVLAN_FLAGS, to.reach().ordinal()));
    }
  }

  private void vlan(LinkKind.Vlan to) {
    say(
        "protocol " + to.protocol().word,
        w -> w.attribute(IFLA_VLAN_PROTOCOL, inNetworkOrder(to.protocol().number)));
    say("id " + to.id(), w -> w.u16(IFLA_VLAN_ID, to.id()));
  }

  private void vxlan(LinkKind.Vxlan from, LinkKind.Vxlan to) {
    if (!Objects.equals(from.local(), to.local())) {
      address("local", from.local(), to.local(), IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6);
    }
    if (!Objects.equals(from.remote(), to.remote())) {
      address("remote", from.remote(), to.remote(), IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6);
    }
    if (from.lower() != to.lower()) {
      say("dev " + to.lower(), w -> w.u32(IFLA_VXLAN_LINK, to.lower()));
    }
    if (from.learning() != to.learning()) {
      say(
          to.learning() ? "learning" : "nolearning",
          w -> w.u8(IFLA_VXLAN_LEARNING, to.learning() ? 1 : 0));
    }
  }

  /** None is the family's unspecified address. */
  private void address(
      String what, @Nullable IpAddress from, @Nullable IpAddress to, int type4, int type6) {
    IpAddress said = to != null ? to : IpAddress.unspecified(from != null && from.isV6());
    say(what + " " + said, w -> w.attribute(said.isV6() ? type6 : type4, said.bytes()));
  }

  private void other(LinkKind.Other to) {
    if (to.name().isEmpty()) {
      throw new IllegalArgumentException(
          "a link without a kind is hardware or lo and cannot be made; write a kind");
    }
    byte[] data = to.data();
    if (data.length > Request.MAX_BYTES / 2) {
      throw new IllegalArgumentException(
          "data of a kind has up to " + Request.MAX_BYTES / 2 + " bytes, not " + data.length);
    }
    attributes.add(w -> w.fixed(Arrays.copyOf(data, LinuxNetlink.align(data.length))));
  }

  private static String lowerCase(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  private static byte[] inNetworkOrder(int number) {
    return new byte[] {(byte) (number >> 8), (byte) number};
  }
}
