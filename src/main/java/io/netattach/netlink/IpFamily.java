package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.AF_INET;
import static io.netattach.netlink.LinuxNetlink.AF_INET6;
import static io.netattach.netlink.LinuxNetlink.AF_UNSPEC;

/** Which addresses a list is to be of. */
public enum IpFamily {
  /** Both. */
  ANY(AF_UNSPEC),
  /** IPv4. */
  V4(AF_INET),
  /** IPv6. */
  V6(AF_INET6);

  private final int number;

  IpFamily(int number) {
    this.number = number;
  }

  /** {@code AF_*}. */
  int number() {
    return number;
  }
}
