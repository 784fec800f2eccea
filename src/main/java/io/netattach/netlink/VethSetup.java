package io.netattach.netlink;

import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a container's veth pair shall be, and the call that makes it: {@code
 * VethSetup.of(name).withMtu(1450).create(host, container)}.
 *
 * @param containerName the interface's name in the container
 * @param hostName the other end's name; null for a random one, {@code veth} and eight hexadecimal
 *     digits
 * @param mtu bytes, of both ends, 68 to 65535; 0 is the kernel's default, 1500
 * @param containerMac of a single host; null for a random one, locally administered
 * @param hostMac of a single host; null for a random one that begins with {@code fe}: a bridge
 *     takes the lowest address of its ports for its own, and shall not take one that goes away
 * @see <a href="https://man7.org/linux/man-pages/man4/veth.4.html">veth(4)</a>
 */
public record VethSetup(
    InterfaceName containerName,
    @Nullable InterfaceName hostName,
    int mtu,
    @Nullable MacAddress containerMac,
    @Nullable MacAddress hostMac) {

  public VethSetup {
    Objects.requireNonNull(containerName, "containerName");
    Veth.checkMtu(mtu);
    Veth.checkMac(containerMac);
    Veth.checkMac(hostMac);
  }

  /** A pair of which only the container's end has a chosen name. */
  public static VethSetup of(InterfaceName containerName) {
    return new VethSetup(containerName, null, 0, null, null);
  }

  /** With a chosen name of the host's end. */
  public VethSetup withHostName(InterfaceName name) {
    return new VethSetup(containerName, name, mtu, containerMac, hostMac);
  }

  /** With that MTU at both ends, in bytes; 0 for the kernel's default. */
  public VethSetup withMtu(int bytes) {
    return new VethSetup(containerName, hostName, bytes, containerMac, hostMac);
  }

  /** With a chosen MAC address of the container's end. */
  public VethSetup withContainerMac(MacAddress mac) {
    return new VethSetup(containerName, hostName, mtu, mac, hostMac);
  }

  /** With a chosen MAC address of the host's end. */
  public VethSetup withHostMac(MacAddress mac) {
    return new VethSetup(containerName, hostName, mtu, containerMac, mac);
  }

  /**
   * Makes the pair and sets both ends up. Each end is made in its namespace, with its name, MAC
   * address and MTU, by one request: none is moved or renamed. A failure leaves nothing behind.
   *
   * <p>May be called by any thread; the handles stay the caller's, and open. Needs CAP_NET_ADMIN in
   * both namespaces, and CAP_SYS_ADMIN.
   *
   * @throws NetlinkException when the kernel refuses: with EEXIST when a chosen name is taken, or
   *     when ten random ones in a row are
   */
  public VethPair create(Netns host, Netns container) {
    try (Rtnetlink outside = Rtnetlink.open(host);
        Rtnetlink inside = Rtnetlink.open(container)) {
      return new VethCreation(host, outside, container, inside, VethSetup::randomName).create(this);
    }
  }

  private static InterfaceName randomName() {
    return new InterfaceName(
        String.format(Locale.ROOT, "veth%08x", ThreadLocalRandom.current().nextInt()));
  }

  /**
   * The pair with what was left open drawn, its ends at indexes of our choosing. Addresses are
   * drawn here, not by the kernel: udev gives an address of its own to a link whose address the
   * kernel drew.
   */
  Veth draw(InterfaceName outer, Netns container) {
    return new Veth(
        new Veth.End(
            Veth.freshIndex(), outer, hostMac != null ? hostMac : randomMac(0xfe), mtu, null),
        new Veth.End(
            Veth.freshIndex(),
            containerName,
            containerMac != null ? containerMac : randomMac(0x02),
            mtu,
            container));
  }

  private static MacAddress randomMac(long firstByte) {
    return new MacAddress(firstByte << 40 | ThreadLocalRandom.current().nextLong(1L << 40));
  }
}
