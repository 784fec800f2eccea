package io.netattach.cni;

import io.netattach.netlink.IpAddress;
import io.netattach.netlink.IpPrefix;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An address of a result.
 *
 * @param address with the prefix length of its network
 * @param gateway of that network; null for none
 * @param interfaceIndex which of the result's interfaces has it, counted from 0; null in the result
 *     of a plugin that only hands out addresses
 */
public record CniIp(
    IpPrefix address, @Nullable IpAddress gateway, @Nullable Integer interfaceIndex) {
  public CniIp {
    Objects.requireNonNull(address, "address");
    if (gateway != null && gateway.isV6() != address.isV6()) {
      throw new IllegalArgumentException(
          "gateway " + gateway + " is of another family than " + address);
    }
    if (interfaceIndex != null && interfaceIndex < 0) {
      throw new IllegalArgumentException("interfaces are counted from 0");
    }
  }
}
