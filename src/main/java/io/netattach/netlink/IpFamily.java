package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.AF_INET;
import static io.netattach.netlink.LinuxNetlink.AF_INET6;
import static io.netattach.netlink.LinuxNetlink.AF_UNSPEC;

/** Which addresses a list is to be of. */
public enum IpFamily {
  ANY(AF_UNSPEC),
  V4(AF_INET),
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
