package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;
import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A request about one link, as {@code ip link} makes them.
 *
 * <p>A request that changes several things is not transactional: the kernel may refuse one and keep
 * others. Where that matters, send one change a request.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class LinkRequest extends Request {
  /** The longest alias, in bytes: {@code IFALIASZ} without its final zero (linux/if.h). */
  public static final int MAX_ALIAS_BYTES = 255;

  /** The longest alternative name, in bytes: {@code ALTIFNAMSIZ} without its final zero. */
  public static final int MAX_ALTNAME_BYTES = 127;

  private final int family;
  private final int index;
  private final boolean adds;
  private int ifFlags;
  private int ifChange;
  private final List<Consumer<MessageWriter>> bridgePort = new ArrayList<>();

  private LinkRequest(int type, int flags, int family, int index, Object... words) {
    super(type, flags, words);
    this.family = family;
    this.index = index;
    this.adds = type == RTM_NEWLINK && (flags & NLM_F_CREATE) != 0;
  }

  static LinkRequest get(String verb, Object... object) {
    LinkRequest request = new LinkRequest(RTM_GETLINK, 0, AF_UNSPEC, 0, verb);
    request.say(object);
    return request;
  }

  static LinkRequest get(int index) {
    return new LinkRequest(RTM_GETLINK, 0, AF_UNSPEC, index, "get link", index);
  }

  LinkRequest attribute(Consumer<MessageWriter> attribute) {
    add(attribute);
    return this;
  }

  /**
   * Adds a link, down. Its MAC address, MTU, group, limits, master, namespace, flags and being up
   * may be said in the same request; other things the kernel would ignore there, and so their
   * methods throw {@link IllegalStateException}.
   *
   * @throws IllegalArgumentException for a kind that cannot be made by such a request
   */
  public static LinkRequest add(LinkKind kind, InterfaceName name) {
    return add(kind, name, 0);
  }

  /**
   * Adds a link with that ifindex, by which requests that follow in the same batch can name it.
   *
   * @param index one that is free, {@code EBUSY} otherwise; 0 lets the kernel choose
   */
  public static LinkRequest add(LinkKind kind, InterfaceName name, int index) {
    Objects.requireNonNull(name, "name");
    LinkKindSettings settings = LinkKindSettings.of(kind);
    LinkRequest request =
        new LinkRequest(
            RTM_NEWLINK,
            NLM_F_CREATE | NLM_F_EXCL,
            AF_UNSPEC,
            index,
            "add " + kind.name() + " " + name + settings.words());
    request.add(w -> {
      w.attribute(IFLA_IFNAME, name.value());
      if (settings.lower() != 0) {
        w.u32(IFLA_LINK, settings.lower());
      }
      writeKind(w, kind.name(), settings);
    });
    return request;
  }

  /**
   * Changes what only this kind of link has. What the link says to be so already is not sent, for
   * kernels refuse some settings even where they would change nothing.
   *
   * @param link as it was read
   * @throws IllegalArgumentException when the link is of another kind, or when what is to be
   *     changed is fixed for the link's life, such as the number of a VLAN
   */
  public static LinkRequest change(Link link, LinkKind to) {
    LinkKindSettings settings = LinkKindSettings.of(link.info(), to);
    LinkRequest request = set(link.index());
    request.say("type " + to.name() + settings.words());
    return request.attribute(w -> writeKind(w, to.name(), settings));
  }

  private static void writeKind(MessageWriter w, String kind, LinkKindSettings settings) {
    int info = w.open(IFLA_LINKINFO);
    w.attribute(IFLA_INFO_KIND, kind);
    int data = w.open(IFLA_INFO_DATA);
    settings.write(w);
    w.close(data);
    w.close(info);
  }

  /** Adds a pair; see {@link Veth}. */
  static LinkRequest addVeth(Veth veth) {
    LinkRequest request =
        new LinkRequest(
            RTM_NEWLINK,
            NLM_F_CREATE | NLM_F_EXCL,
            AF_UNSPEC,
            veth.end().index(),
            "add veth",
            veth.end().name(),
            "with peer",
            veth.peer().name());
    request.add(w -> {
      writeEnd(w, veth.end());
      int info = w.open(IFLA_LINKINFO);
      w.attribute(IFLA_INFO_KIND, "veth");
      int data = w.open(IFLA_INFO_DATA);
      int peer = w.open(VETH_INFO_PEER);
      w.interfaceInfo(AF_UNSPEC, veth.peer().index(), 0, 0);
      writeEnd(w, veth.peer());
      w.close(peer);
      w.close(data);
      w.close(info);
    });
    return request;
  }

  private static void writeEnd(MessageWriter w, Veth.End end) {
    w.attribute(IFLA_IFNAME, end.name().value());
    if (end.mac() != null) {
      w.attribute(IFLA_ADDRESS, end.mac());
    }
    if (end.mtu() > 0) {
      w.u32(IFLA_MTU, end.mtu());
    }
    if (end.netns() != null) {
      w.u32(IFLA_NET_NS_FD, end.netns().fd());
    }
  }

  /**
   * Changes the link with this index; say what by the methods below.
   *
   * @throws IllegalArgumentException when no link can have it: it is below 1
   */
  public static LinkRequest set(int index) {
    checkIndex(index);
    return new LinkRequest(RTM_NEWLINK, 0, AF_UNSPEC, index, "set link", index);
  }

  /**
   * Deletes the link with this index, and with it the other end of a veth pair.
   *
   * @throws IllegalArgumentException when no link can have it: it is below 1
   */
  public static LinkRequest delete(int index) {
    checkIndex(index);
    return new LinkRequest(RTM_DELLINK, 0, AF_UNSPEC, index, "delete link", index);
  }

  /**
   * Deletes the link that answers to that name, be it its name or an alternative one; {@code
   * ENODEV} when there is none.
   */
  public static LinkRequest delete(InterfaceName name) {
    Objects.requireNonNull(name, "name");
    return new LinkRequest(RTM_DELLINK, 0, AF_UNSPEC, 0, "delete link", name)
        .attribute(w -> w.attribute(IFLA_IFNAME, name.value()));
  }

  /**
   * Deletes the link with that alternative name, whatever its index (Linux 5.5); {@code ENODEV}
   * when there is none.
   *
   * @throws IllegalArgumentException when no link can have it: it is empty, too long, or has a zero
   *     byte
   */
  public static LinkRequest deleteByAltname(String altname) {
    checkText("an alternative name", altname, 1, MAX_ALTNAME_BYTES);
    return new LinkRequest(RTM_DELLINK, 0, AF_UNSPEC, 0, "delete link by altname", altname)
        .attribute(w -> w.attribute(IFLA_ALT_IFNAME, altname));
  }

  /**
   * Deletes every link in a group at once, which takes the kernel about as long as one: bridges and
   * whatever else is in it, too. One that cannot be deleted keeps all of them ({@code EOPNOTSUPP}).
   *
   * @param group not 0, in which links are that nobody put into another
   */
  public static LinkRequest deleteGroup(int group) {
    if (group == 0) {
      throw new IllegalArgumentException("group 0 is every link's own; put them into another");
    }
    return new LinkRequest(RTM_DELLINK, 0, AF_UNSPEC, 0, "delete links of group " + group)
        .attribute(w -> w.u32(IFLA_GROUP, group));
  }

  /**
   * Gives the link one more name, of up to {@value #MAX_ALTNAME_BYTES} bytes (Linux 5.5).
   *
   * @throws IllegalArgumentException when the name is empty, longer or has a zero byte, or no link
   *     can have that index: it is below 1
   */
  public static LinkRequest addAltname(int index, String altname) {
    return altname(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, index, altname, "add");
  }

  /** Takes an alternative name away from the link. */
  public static LinkRequest deleteAltname(int index, String altname) {
    return altname(RTM_DELLINKPROP, 0, index, altname, "delete");
  }

  private static LinkRequest altname(int type, int flags, int index, String altname, String verb) {
    checkIndex(index);
    checkText("an alternative name", altname, 1, MAX_ALTNAME_BYTES);
    LinkRequest request =
        new LinkRequest(type, flags, AF_UNSPEC, index, verb, "altname", altname, "of link", index);
    request.add(w -> {
      int properties = w.open(IFLA_PROP_LIST);
      w.attribute(IFLA_ALT_IFNAME, altname);
      w.close(properties);
    });
    return request;
  }

  /** Sets it up. */
  public LinkRequest up() {
    return flag(IFF_UP, true, "up");
  }

  /** Sets it down, which costs it its static routes and its global IPv6 addresses. */
  public LinkRequest down() {
    return flag(IFF_UP, false, "down");
  }

  /** Renames it. A link that is up can be renamed from Linux 6.2 on; before it is {@code EBUSY}. */
  public LinkRequest name(InterfaceName name) {
    Objects.requireNonNull(name, "name");
    checkChanges("another name");
    say("name", name);
    return attribute(w -> w.attribute(IFLA_IFNAME, name.value()));
  }

  /** Bytes, 68 and up; the kernel says {@code EINVAL} beyond what the link can carry. */
  public LinkRequest mtu(int mtu) {
    say("mtu", mtu);
    return attribute(w -> w.u32(IFLA_MTU, mtu));
  }

  /** The MAC address, one of a single host; {@code EADDRNOTAVAIL} for a group's on most links. */
  public LinkRequest mac(MacAddress mac) {
    Objects.requireNonNull(mac, "mac");
    say("address", mac);
    return attribute(w -> w.attribute(IFLA_ADDRESS, mac));
  }

  /**
   * The text that {@code ip link} shows as alias; empty to remove it.
   *
   * @throws IllegalArgumentException when it has more than {@value #MAX_ALIAS_BYTES} bytes, or a
   *     zero byte
   */
  public LinkRequest alias(String alias) {
    checkText("an alias", alias, 0, MAX_ALIAS_BYTES);
    checkChanges("an alias");
    say("alias \"" + alias + "\"");
    // Without a final zero: the kernel would keep an empty alias as one of a single zero byte.
    return attribute(w -> w.attribute(IFLA_IFALIAS, alias.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Makes it a port of the link with that index; 0 for of none.
   *
   * @throws IllegalArgumentException when the index is negative
   */
  public LinkRequest master(int master) {
    if (master < 0) {
      throw new IllegalArgumentException(
          "an ifindex is 1 and up, or 0 for no master, not " + master);
    }
    say(master == 0 ? "nomaster" : "master " + master);
    return attribute(w -> w.u32(IFLA_MASTER, master));
  }

  /** The group, by which many links can be changed or deleted at once. */
  public LinkRequest group(int group) {
    say("group", group);
    return attribute(w -> w.u32(IFLA_GROUP, group));
  }

  /**
   * Moves it to another namespace, down and without its addresses; one that is added is made there.
   * {@code EEXIST} when its name is taken there: give it another by {@link #name} in the same
   * request. The handle stays open until the request is sent.
   */
  public LinkRequest netns(Netns netns) {
    Objects.requireNonNull(netns, "netns");
    say("netns", netns);
    return attribute(w -> w.u32(IFLA_NET_NS_FD, netns.fd()));
  }

  /**
   * Moves it to the namespace that this one knows by that number, as {@link #netns(Netns)} does
   * (Linux 4.15).
   */
  public LinkRequest netns(int nsid) {
    if (nsid < 0) {
      throw new IllegalArgumentException(
          "a namespace without a number is not known here; set one, or give its handle");
    }
    say("netns nsid", nsid);
    return attribute(w -> w.u32(IFLA_TARGET_NETNSID, nsid));
  }

  /** Packets that may wait to be sent; 0 sends each at once or not at all. */
  public LinkRequest txQueueLength(int packets) {
    return number("txqueuelen", IFLA_TXQLEN, packets, 0, Integer.MAX_VALUE);
  }

  /** Bytes of a packet that is cut up on sending, up to what the device can do ({@code EINVAL}). */
  public LinkRequest gsoMaxSize(int bytes) {
    return number("gso_max_size", IFLA_GSO_MAX_SIZE, bytes, 1, Integer.MAX_VALUE);
  }

  /** Pieces of a packet that is cut up on sending, 1 to 65535. */
  public LinkRequest gsoMaxSegs(int pieces) {
    return number("gso_max_segs", IFLA_GSO_MAX_SEGS, pieces, 1, 65535);
  }

  /** Bytes of a packet that is put together on receiving (Linux 5.19; ignored before). */
  public LinkRequest groMaxSize(int bytes) {
    return number("gro_max_size", IFLA_GRO_MAX_SIZE, bytes, 1, Integer.MAX_VALUE);
  }

  private LinkRequest number(String what, int type, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(what + " is " + min + " to " + max + ", not " + value);
    }
    say(what, value);
    return attribute(w -> w.u32(type, value));
  }

  /** Whether it takes every frame, not only those to its MAC address. */
  public LinkRequest promiscuous(boolean on) {
    return flag(IFF_PROMISC, on, "promisc " + (on ? "on" : "off"));
  }

  /** Whether it takes the frames of every group. */
  public LinkRequest allMulticast(boolean on) {
    return flag(IFF_ALLMULTI, on, "allmulticast " + (on ? "on" : "off"));
  }

  /** Whether neighbours are not asked for their MAC addresses. */
  public LinkRequest noArp(boolean on) {
    return flag(IFF_NOARP, on, "arp " + (on ? "off" : "on"));
  }

  private LinkRequest flag(int flag, boolean on, String words) {
    ifFlags = on ? ifFlags | flag : ifFlags & ~flag;
    ifChange |= flag;
    say(words);
    return this;
  }

  /** Whether a bridge port sends frames back through the port they came in by. */
  public LinkRequest hairpin(boolean on) {
    return bridgePort(IFLA_BRPORT_MODE, "hairpin", on);
  }

  /** Whether a bridge port can reach other isolated ports of its bridge (Linux 4.18). */
  public LinkRequest isolated(boolean on) {
    return bridgePort(IFLA_BRPORT_ISOLATED, "isolated", on);
  }

  /** Whether the bridge remembers senders that it sees at this port. */
  public LinkRequest learning(boolean on) {
    return bridgePort(IFLA_BRPORT_LEARNING, "learning", on);
  }

  /** Whether a bridge port is shut when it receives a BPDU, of a switch where none should be. */
  public LinkRequest guard(boolean on) {
    return bridgePort(IFLA_BRPORT_GUARD, "guard", on);
  }

  private LinkRequest bridgePort(int type, String what, boolean on) {
    checkChanges(what);
    say(what, on ? "on" : "off");
    if (bridgePort.isEmpty()) {
      add(this::writeBridgePort);
    }
    bridgePort.add(w -> w.u8(type, on ? 1 : 0));
    return this;
  }

  /** All of them in one attribute: of two the kernel would heed the last only. */
  private void writeBridgePort(MessageWriter w) {
    int info = w.open(IFLA_LINKINFO);
    w.attribute(IFLA_INFO_SLAVE_KIND, "bridge");
    int data = w.open(IFLA_INFO_SLAVE_DATA);
    bridgePort.forEach(setting -> setting.accept(w));
    w.close(data);
    w.close(info);
  }

  /**
   * Whether the next primary IPv4 address moves up when one is removed, instead of all secondary
   * ones going with it.
   */
  public LinkRequest promoteSecondaries(boolean on) {
    checkChanges("promote_secondaries");
    say("promote_secondaries", on ? 1 : 0);
    return attribute(w -> {
      int families = w.open(IFLA_AF_SPEC);
      int inet = w.open(AF_INET);
      int conf = w.open(IFLA_INET_CONF);
      w.u32(IPV4_DEVCONF_PROMOTE_SECONDARIES, on ? 1 : 0);
      w.close(conf);
      w.close(inet);
      w.close(families);
    });
  }

  private void checkChanges(String what) {
    if (adds) {
      throw new IllegalStateException(
          "the kernel ignores " + what + " in \"" + this + "\"; send it in a request behind it");
    }
  }

  /** With index 0 the kernel would look for a link by the name that it is to be given. */
  private static void checkIndex(int index) {
    if (index < 1) {
      throw new IllegalArgumentException(
          "an ifindex is 1 and up, not " + index + "; write that of the link");
    }
  }

  /** The kernel takes a zero byte for the end, and so another text than was meant. */
  static void checkText(String what, String text, int min, int max) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < min || bytes > max) {
      throw new IllegalArgumentException(
          what + " has " + min + " to " + max + " bytes, not " + bytes);
    }
    if (text.indexOf(0) >= 0) {
      throw new IllegalArgumentException(what + " has no zero byte; write it without");
    }
  }

  @Override
  void writeFixed(MessageWriter writer) {
    writer.interfaceInfo(family, index, ifFlags, ifChange);
  }
}
