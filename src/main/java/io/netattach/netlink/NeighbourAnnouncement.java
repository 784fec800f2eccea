package io.netattach.netlink;

import java.nio.ByteBuffer;

/**
 * Says unasked which MAC address an IP address has, so that neighbours who remember another, and
 * bridges who have seen it at another port, learn it at once.
 *
 * @param mac of the interface that has the address, and that it is sent from
 * @param address of a single host
 * @param router whether the interface forwards IPv6: neighbours take a router that says it is none
 *     out of their default routes
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5227#section-3">RFC 5227, announcing an IPv4
 *     address</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4861#section-7.2.6">RFC 4861, unsolicited
 *     neighbour advertisements</a>
 */
public record NeighbourAnnouncement(MacAddress mac, IpAddress address, boolean router) {
  private static final MacAddress BROADCAST = MacAddress.of("ff:ff:ff:ff:ff:ff");

  /** All nodes of the link, as a MAC address (RFC 2464) and an IPv6 one. */
  private static final MacAddress ALL_NODES_MAC = MacAddress.of("33:33:00:00:00:01");

  private static final IpAddress ALL_NODES = IpAddress.of("ff02::1");

  // <linux/if_ether.h>, <linux/if_arp.h>
  private static final int ETH_P_IP = 0x0800;
  private static final int ETH_P_ARP = 0x0806;
  private static final int ETH_P_IPV6 = 0x86dd;
  private static final int ARPHRD_ETHER = 1;
  private static final int ARPOP_REQUEST = 1;

  // <linux/icmpv6.h>, <net/ndisc.h>
  private static final int IPPROTO_ICMPV6 = 58;
  private static final int NDISC_NEIGHBOUR_ADVERTISEMENT = 136;
  private static final int ND_OPT_TARGET_LL_ADDR = 2;
  private static final int ROUTER = 0x80;
  private static final int OVERRIDE = 0x20;

  /** Routers let nothing pass with it, so what arrives with it was sent on the link. */
  private static final int HOP_LIMIT = 255;

  private static final int ETHERNET_BYTES = 14;
  private static final int ARP_BYTES = 28;
  private static final int IPV6_BYTES = 40;
  private static final int ADVERTISEMENT_BYTES = 32;

  public NeighbourAnnouncement {
    if (address.isMulticast() || address.isUnspecified()) {
      throw new IllegalArgumentException(address + " is no host's address; write one of a host");
    }
  }

  /** The Ethernet frame, for {@link PacketSocket#send}. */
  public byte[] frame() {
    return address.isV6() ? advertisement() : arp();
  }

  /** An ARP request for the sender's own address (RFC 826): nobody has to answer it. */
  private byte[] arp() {
    byte[] ip = address.bytes();
    return ethernet(BROADCAST, ETH_P_ARP, ARP_BYTES)
        .putShort((short) ARPHRD_ETHER)
        .putShort((short) ETH_P_IP)
        .put((byte) 6)
        .put((byte) ip.length)
        .putShort((short) ARPOP_REQUEST)
        .put(mac.bytes())
        .put(ip)
        .put(new byte[6])
        .put(ip)
        .array();
  }

  private byte[] advertisement() {
    byte[] ip = address.bytes();
    byte[] icmp =
        ByteBuffer.allocate(ADVERTISEMENT_BYTES)
            .put((byte) NDISC_NEIGHBOUR_ADVERTISEMENT)
            .put((byte) 0)
            .putShort((short) 0)
            .put((byte) (OVERRIDE | (router ? ROUTER : 0)))
            .put(new byte[3])
            .put(ip)
            .put((byte) ND_OPT_TARGET_LL_ADDR)
            .put((byte) 1)
            .put(mac.bytes())
            .array();
    ByteBuffer.wrap(icmp).putShort(2, checksum(ip, icmp));
    return ethernet(ALL_NODES_MAC, ETH_P_IPV6, IPV6_BYTES + ADVERTISEMENT_BYTES)
        .putInt(6 << 28)
        .putShort((short) ADVERTISEMENT_BYTES)
        .put((byte) IPPROTO_ICMPV6)
        .put((byte) HOP_LIMIT)
        .put(ip)
        .put(ALL_NODES.bytes())
        .put(icmp)
        .array();
  }

  private ByteBuffer ethernet(MacAddress to, int protocol, int payloadBytes) {
    return ByteBuffer.allocate(ETHERNET_BYTES + payloadBytes)
        .put(to.bytes())
        .put(mac.bytes())
        .putShort((short) protocol);
  }

  /** Of the message and the pseudo-header before it (RFC 8200, section 8.1). */
  private static short checksum(byte[] from, byte[] icmp) {
    ByteBuffer all =
        ByteBuffer.allocate(IPV6_BYTES + icmp.length)
            .put(from)
            .put(ALL_NODES.bytes())
            .putInt(icmp.length)
            .putInt(IPPROTO_ICMPV6)
            .put(icmp)
            .flip();
    int sum = 0;
    while (all.hasRemaining()) {
      sum += all.getShort() & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~(sum + (sum >>> 16));
  }
}
