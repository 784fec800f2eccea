package io.netattach.netlink;

import io.netattach.Ip;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A fresh namespace that stands for the node, with a connection into it and the oracle beside. */
final class Node implements AutoCloseable {
  final Netns netns = Netns.create();
  final Rtnetlink kernel = Rtnetlink.open(netns);
  final Ip ip = Ip.in(netns);

  /** The link of that name, as the library reads it. */
  Link link(String name) {
    return kernel.link(new InterfaceName(name)).orElseThrow();
  }

  /** A bridge made by {@code ip}; its index. */
  int bridge(String name) {
    ip.ip("link add " + name + " type bridge");
    return link(name).index();
  }

  /** A pair made by {@code ip}, both ends here; the index of the first. */
  int veth(String end, String peer) {
    ip.ip("link add " + end + " type veth peer name " + peer);
    return link(end).index();
  }

  /** A pair made by {@code ip}, both ends here and up, without IPv6 addresses of its own. */
  int vethUp(String end, String peer) {
    int index = veth(end, peer);
    for (String name : List.of(end, peer)) {
      // Said together, the link would be up first.
      ip.ip("link set " + name + " addrgenmode none");
      ip.ip("link set " + name + " up");
    }
    return index;
  }

  static Veth.End end(String name, @Nullable Netns netns) {
    return new Veth.End(0, new InterfaceName(name), null, 0, netns);
  }

  /** Whether the kernel is at least that new. */
  static boolean kernelIs(int major, int minor) {
    String[] parts = System.getProperty("os.version").split("[^0-9]+", -1);
    int itsMajor = Integer.parseInt(parts[0]);
    return itsMajor > major || (itsMajor == major && Integer.parseInt(parts[1]) >= minor);
  }

  @Override
  public void close() {
    kernel.close();
    netns.close();
  }
}
