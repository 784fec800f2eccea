package io.netattach.cni;

import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.MacAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An interface of a result: one that the plugin made, or used.
 *
 * @param mac null where it is not told
 * @param mtu bytes; 0 where it is not told. Written from 1.1.0 on
 * @param sandbox the path of the network namespace that it is in; empty for one on the host
 * @param socketPath of an interface in user space; empty for others. Written from 1.1.0 on
 * @param pciId of an interface that is a PCI device; empty for others. Written from 1.1.0 on
 */
public record CniInterface(
    InterfaceName name,
    @Nullable MacAddress mac,
    int mtu,
    String sandbox,
    String socketPath,
    String pciId) {

  public CniInterface {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(sandbox, "sandbox");
    Objects.requireNonNull(socketPath, "socketPath");
    Objects.requireNonNull(pciId, "pciId");
    if (mtu < 0) {
      throw new IllegalArgumentException("an MTU is not negative");
    }
  }

  /** One without what only some have. */
  public static CniInterface of(
      InterfaceName name, @Nullable MacAddress mac, int mtu, String sandbox) {
    return new CniInterface(name, mac, mtu, sandbox, "", "");
  }
}
