package io.netattach.cli.bench;

import io.netattach.attach.Attachment;
import io.netattach.attach.Attachment.ContainerEnd;
import io.netattach.attach.Attachment.DesiredRoute;
import io.netattach.attach.Attachment.HostEnd;
import io.netattach.attach.Attachment.Target;
import io.netattach.attach.Derived;
import io.netattach.attach.Identity;
import io.netattach.attach.Reclaim;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.NetnsName;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The attachments that are measured, told by their number: what one run has set up, another can
 * verify or tear down.
 */
final class BenchItem {
  /** The names have six digits. */
  static final int MAX_NUMBER = 999_999;

  private static final int MTU = 1450;
  private static final IpPrefix DEFAULT_V4 = IpPrefix.of("0.0.0.0/0");
  private static final IpPrefix DEFAULT_V6 = IpPrefix.of("::/0");

  private BenchItem() {}

  static Attachment attachment(int number) {
    int x = number >> 16;
    int y = number >> 8 & 0xff;
    int z = number & 0xff;
    String v4 = "10." + y + "." + z + ".";
    String v6 = String.format(Locale.ROOT, "fd00:0:%x:%x::", x, y << 8 | z);
    String name = String.format(Locale.ROOT, "pb%06d", number);
    InterfaceName host = new InterfaceName(String.format(Locale.ROOT, "veth%06d", number));
    String uid = String.format(Locale.ROOT, "00000000-0000-4000-8000-%012x", number);
    return new Attachment(
        new Identity(uid, "bench", name),
        new Target(new NetnsName(name), true, Reclaim.DELETE),
        new ContainerEnd(
            new InterfaceName("eth0"),
            new MacAddress(0x02_00_00_00_00_00L | number),
            List.of(IpPrefix.of(v4 + "2/24"), IpPrefix.of(v6 + "2/64")),
            List.of(
                new DesiredRoute(DEFAULT_V4, IpAddress.of(v4 + "1"), 0, false),
                new DesiredRoute(DEFAULT_V6, IpAddress.of(v6 + "1"), 0, false)),
            Map.of()),
        new HostEnd(host, Derived.hostMac(uid), null, List.of(), List.of()),
        MTU);
  }
}
