package io.netattach.netlink;

/**
 * A veth pair that is there, as the kernel told it when the pair was set up: a value that holds
 * nothing open and is not followed up.
 *
 * @param host the end outside
 * @param container the end inside
 * @see VethSetup#create
 */
public record VethPair(End host, End container) {
  /**
   * One end.
   *
   * @param netns the namespace that it is in
   * @param index the ifindex, unique within that namespace
   * @param mtu bytes
   */
  public record End(Netns.Identity netns, int index, InterfaceName name, MacAddress mac, int mtu) {
    static End of(Netns netns, Link link) {
      MacAddress mac = link.mac();
      if (mac == null) {
        throw NetlinkException.because("read link " + link.name(), "it has no Ethernet address");
      }
      return new End(
          netns.identity(), link.index(), new InterfaceName(link.name()), mac, link.mtu());
    }
  }
}
