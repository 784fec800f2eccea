package io.netattach.attach;

import io.netattach.netlink.Address;
import io.netattach.netlink.Errno;
import io.netattach.netlink.Link;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsDirectory.Entry;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Rtnetlink;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Everything on the node that carries our marks, by them alone: no resource is asked.
 *
 * @param attachments sorted by namespace and name
 * @param namespaces those that were made for attachments, and mount points left of some
 */
public record Inventory(List<Item> attachments, List<MarkedNetns> namespaces) {
  public Inventory {
    attachments = List.copyOf(attachments);
    namespaces = List.copyOf(namespaces);
  }

  /**
   * One attachment as found.
   *
   * @param mark of the host end; null where its alias has been changed
   * @param netns the namespace that the other end is in; null where no name is known for it
   * @param container the other end; null where it cannot be looked at
   */
  public record Item(
      String uid,
      @Nullable Mark mark,
      Link host,
      List<Address> hostAddresses,
      @Nullable NetnsName netns,
      @Nullable Link container,
      List<Address> containerAddresses) {
    public Item {
      hostAddresses = List.copyOf(hostAddresses);
      containerAddresses = List.copyOf(containerAddresses);
    }

    /** Namespace and name, as far as the mark tells. */
    public String attachment() {
      return mark == null ? "(unknown)" : mark.namespace() + "/" + mark.name();
    }
  }

  /** A namespace that was made for an attachment. */
  public record MarkedNetns(NetnsName name, Mark mark) {}

  static Inventory read(Netns node, Rtnetlink nodeLinks, NetnsDirectory directory) {
    List<Link> ends =
        nodeLinks.links().stream()
            .filter(Link::isVeth)
            .filter(link -> Mark.uid(link).isPresent())
            .toList();
    Map<Integer, List<Link>> endsByNsid = new HashMap<>();
    ends.forEach(
        end -> endsByNsid.computeIfAbsent(end.peerNsid(), nsid -> new ArrayList<>()).add(end));
    List<Item> items = new ArrayList<>();
    List<MarkedNetns> namespaces = new ArrayList<>();
    for (NetnsName name : directory.files()) {
      switch (directory.entry(name)) {
        case Entry.MountPoint(String text) ->
            Mark.parse(text).ifPresent(mark -> namespaces.add(new MarkedNetns(name, mark)));
        case Entry.Mounted(Netns netns) -> {
          try (netns) {
            if (!netns.equals(node)) {
              readNetns(name, netns, nodeLinks, endsByNsid, items, namespaces);
            }
          }
        }
        case Entry.Absent() -> {}
        case Entry.SymbolicLink() -> {}
        case Entry.Other(String what) -> {}
      }
    }
    // What is left has its other end in a namespace without a name.
    endsByNsid
        .values()
        .forEach(left ->
            left.forEach(end -> unlessGone(() -> items.add(item(nodeLinks, end, null, null)))));
    items.sort(Comparator.comparing(Item::attachment).thenComparing(Item::uid));
    return new Inventory(items, namespaces);
  }

  private static void readNetns(
      NetnsName name,
      Netns netns,
      Rtnetlink nodeLinks,
      Map<Integer, List<Link>> endsByNsid,
      List<Item> items,
      List<MarkedNetns> namespaces) {
    try (Rtnetlink inside = Rtnetlink.open(netns)) {
      inside
          .link(Observer.LOOPBACK_INDEX)
          .flatMap(loopback -> Mark.parse(loopback.alias()))
          .ifPresent(mark -> namespaces.add(new MarkedNetns(name, mark)));
      OptionalInt nsid = nodeLinks.nsid(netns);
      List<Link> ends = nsid.isEmpty() ? null : endsByNsid.remove(nsid.getAsInt());
      for (Link end : ends == null ? List.<Link>of() : ends) {
        unlessGone(() -> items.add(item(nodeLinks, end, name, inside)));
      }
    }
  }

  /** A link that goes while it is looked at is not there. */
  private static void unlessGone(Runnable look) {
    try {
      look.run();
    } catch (NetlinkException e) {
      if (!e.is(Errno.ENODEV)) {
        throw e;
      }
    }
  }

  /**
   * @param netns null, as {@code inside} is, where the other end's namespace has no name
   */
  private static Item item(
      Rtnetlink nodeLinks, Link end, @Nullable NetnsName netns, @Nullable Rtnetlink inside) {
    Link container = inside == null ? null : inside.link(end.peer()).orElse(null);
    return new Item(
        Mark.uid(end).orElseThrow(),
        Mark.parse(end.alias()).orElse(null),
        end,
        nodeLinks.addresses(end.index()),
        netns,
        container,
        inside == null || container == null ? List.of() : inside.addresses(container.index()));
  }
}
