package io.netattach.netlink;

/**
 * Whether a namespace passes packets on from one link to another.
 *
 * @see <a href="https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html">ip-sysctl</a>
 */
public enum Forwarding {
  /** On all links. */
  IPV4("net/ipv4/ip_forward"),

  /** On all links: where it is on, router advertisements are not accepted by default. */
  IPV6("net/ipv6/conf/all/forwarding");

  private final Sysctl sysctl;

  Forwarding(String path) {
    this.sysctl = new Sysctl(path);
  }

  /** Whether it is on; false where the kernel lacks the family. */
  public boolean isOn(Netns netns) {
    return sysctl.get(netns).filter(value -> !value.equals("0")).isPresent();
  }

  /**
   * Turns it on or off, which resets what single links are set to.
   *
   * @throws NetlinkException when the setting cannot be written, as where /proc/sys is read-only
   */
  public void set(Netns netns, boolean on) {
    sysctl.set(netns, on ? "1" : "0");
  }
}
