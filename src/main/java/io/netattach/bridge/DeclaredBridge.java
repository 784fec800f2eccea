package io.netattach.bridge;

import io.netattach.netlink.InterfaceName;
import org.jspecify.annotations.Nullable;

/**
 * A bridge as it is to be. Constructors throw {@link IllegalArgumentException} with a sentence for
 * what cannot be.
 *
 * @param mtu bytes; 0 for what the uplink can carry, 1500 without one
 * @param uplink how it reaches beyond the node; null for not at all
 */
public record DeclaredBridge(
    InterfaceName name, boolean vlanFiltering, int mtu, @Nullable Uplink uplink) {
  /** Of a bridge without an uplink. */
  static final int DEFAULT_MTU = 1500;

  /** Less would take IPv6 off every port (RFC 8200). */
  private static final int MIN_MTU = 1280;

  private static final int MAX_MTU = 65_535;

  public DeclaredBridge {
    if (mtu != 0 && (mtu < MIN_MTU || mtu > MAX_MTU)) {
      throw new IllegalArgumentException(
          "mtu: "
              + mtu
              + " is not within "
              + MIN_MTU
              + " to "
              + MAX_MTU
              + "; leave it out for the"
              + " uplink's");
    }
    if (uplink != null && uplink.vlans() != null && !vlanFiltering) {
      throw new IllegalArgumentException(
          "uplink.vlans: a bridge without VLAN filtering carries every frame; write vlanFiltering:"
              + " true, or leave the VLANs out");
    }
    if (uplink != null && uplink.linkName().equals(name)) {
      throw new IllegalArgumentException(
          "uplink: a bridge is no uplink of itself; name a link beyond it");
    }
  }
}
