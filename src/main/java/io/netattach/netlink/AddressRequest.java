package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

/**
 * A request about an address of a link, as {@code ip address} makes them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class AddressRequest extends Request {
  private final int index;
  private final int addressFamily;
  private final int prefixLength;
  private int addressFlags;

  private AddressRequest(
      int type, int flags, int index, int family, int prefixLength, String words) {
    super(type, flags, words);
    this.index = index;
    this.addressFamily = family;
    this.prefixLength = prefixLength;
  }

  static AddressRequest dump(int index) {
    return new AddressRequest(
        RTM_GETADDR,
        0,
        index,
        AF_UNSPEC,
        0,
        index == 0 ? "list addresses" : "list addresses of link " + index);
  }

  /** Adds an address; {@code EEXIST} when it is there. IPv4 ones get their broadcast address. */
  public static AddressRequest add(int index, IpPrefix address) {
    return write(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, address, address.address(), "add");
  }

  /** Adds an address as it was read: with its remote address, flags and protocol. */
  public static AddressRequest add(Address address) {
    AddressRequest request =
        write(
            RTM_NEWADDR,
            NLM_F_CREATE | NLM_F_EXCL,
            address.link(),
            address.local(),
            address.remote(),
            "add");
    request.addressFlags = address.flags() & Address.IFA_F_NODAD;
    return address.protocol() == 0 ? request : request.protocol(address.protocol());
  }

  /** Adds an address, or changes lifetimes and flags of the one that is there. */
  public static AddressRequest replace(int index, IpPrefix address) {
    return write(
        RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, address, address.address(), "replace");
  }

  /** Removes an address; {@code EADDRNOTAVAIL} when it is not there. */
  public static AddressRequest delete(int index, IpPrefix address) {
    return write(RTM_DELADDR, 0, index, address, address.address(), "delete");
  }

  /** Removes just this address, also of a point-to-point link. */
  public static AddressRequest delete(Address address) {
    return write(RTM_DELADDR, 0, address.link(), address.local(), address.remote(), "delete");
  }

  private static AddressRequest write(
      int type, int flags, int index, IpPrefix local, IpAddress remote, String verb) {
    AddressRequest request =
        new AddressRequest(
            type,
            flags,
            index,
            local.isV6() ? AF_INET6 : AF_INET,
            local.length(),
            verb + " address " + local + " of link " + index);
    byte[] bytes = local.address().bytes();
    byte[] other = remote.bytes();
    request.add(w -> w.attribute(IFA_LOCAL, bytes));
    request.add(w -> w.attribute(IFA_ADDRESS, other));
    if (type == RTM_NEWADDR && !local.isV6() && local.length() < 31) {
      byte[] broadcast = local.broadcast().bytes();
      request.add(w -> w.attribute(IFA_BROADCAST, broadcast));
    }
    return request;
  }

  /** Uses an IPv6 address at once, without duplicate address detection (RFC 4862, 5.4). */
  public AddressRequest noDad() {
    addressFlags |= Address.IFA_F_NODAD;
    say("nodad");
    return this;
  }

  /** Marks who added it, 1 to 255. Kernels before 5.18 ignore it. */
  public AddressRequest protocol(int protocol) {
    add(w -> w.u8(IFA_PROTO, protocol));
    return this;
  }

  @Override
  void writeFixed(MessageWriter writer) {
    // struct ifaddrmsg
    writer.fixed((byte) addressFamily, (byte) prefixLength, (byte) addressFlags, (byte) 0);
    writer.fixedInt(index);
  }
}
