import io.netattach.cni.CniIp;
import io.netattach.cni.CniResult;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.MacAddress;
import io.netattach.netlink.Netns;
import io.netattach.netlink.NetnsDirectory;
import io.netattach.netlink.NetnsName;
import io.netattach.netlink.Rtnetlink;
import io.netattach.netlink.VethPair;
import io.netattach.netlink.VethSetup;
import java.util.List;

/** Links a new namespace to this one, says so as a CNI plugin does, and takes all away again. */
class FirstProgram {
  public static void main(String[] args) {
    NetnsDirectory names = NetnsDirectory.system();
    NetnsName name = new NetnsName("first-program");
    try (Netns host = Netns.current();
        Netns container = names.create(name)) {
      VethSetup setup =
          VethSetup.of(new InterfaceName("net1"))
              .withMtu(1450)
              .withContainerMac(MacAddress.of("02:00:5e:00:00:01"));
      VethPair pair = setup.create(host, container);
      CniIp ip = new CniIp(IpPrefix.of("10.10.0.2/24"), null, 1);
      String sandbox = names.path(name).toString();
      CniResult.of(pair, sandbox).withIps(List.of(ip)).configure(container, setup.containerName());
      try (Rtnetlink inside = container.call(Rtnetlink::open)) {
        inside.links().forEach(link -> System.out.println(link.name() + " mtu " + link.mtu()));
      }
      System.out.println(CniResult.read(pair, sandbox, container).toJson());
      try (Rtnetlink outside = Rtnetlink.open(host)) {
        System.out.println("deleted: " + outside.delete(pair.host().name()));
      }
    } finally {
      names.delete(name);
    }
  }
}
