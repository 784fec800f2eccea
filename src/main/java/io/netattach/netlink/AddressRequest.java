package io.netattach.netlink;

import static io.netattach.netlink.LinuxNetlink.*;
import static io.netattach.netlink.LinuxRtnetlink.*;

/**
 * A request about an address of a link, as {@code ip address} makes them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class AddressRequest extends Request {
  /** What else {@code IFA_F_*} has, the kernel alone says. */
  private static final int SETTABLE =
      Address.IFA_F_NODAD
          | Address.IFA_F_OPTIMISTIC
          | Address.IFA_F_HOMEADDRESS
          | Address.IFA_F_MANAGETEMPADDR
          | Address.IFA_F_NOPREFIXROUTE
          | Address.IFA_F_MCAUTOJOIN;

  private final int index;
  private final int addressFamily;
  private final int prefixLength;
  private int addressFlags;
  private int scope;

  private AddressRequest(
      int type, int flags, int index, int family, int prefixLength, Object... words) {
    super(type, flags, words);
    this.index = index;
    this.addressFamily = family;
    this.prefixLength = prefixLength;
  }

  static AddressRequest dump(IpFamily family, int index) {
    AddressRequest request =
        new AddressRequest(RTM_GETADDR, 0, index, family.number(), 0, "list addresses");
    if (index != 0) {
      request.say("of link", index);
    }
    return request;
  }

  /** Adds an address; {@code EEXIST} when it is there. IPv4 ones get their broadcast address. */
  public static AddressRequest add(int index, IpPrefix address) {
    return withBroadcast(
        write(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, address, address.address(), "add"),
        address);
  }

  /**
   * Adds an address with all that the value says; {@code EEXIST} when it is there. Of the flags,
   * those are set that can be asked for. Label and broadcast address are for IPv4.
   */
  public static AddressRequest add(Address address) {
    return write(NLM_F_CREATE | NLM_F_EXCL, address, "add");
  }

  /**
   * Adds an address, or changes the one that is there: lifetime, metric, protocol, and those flags
   * that the family can change. Its label, scope and broadcast address stay as they are.
   */
  public static AddressRequest replace(Address address) {
    return write(NLM_F_CREATE | NLM_F_REPLACE, address, "replace");
  }

  private static AddressRequest write(int flags, Address address, String verb) {
    AddressRequest request =
        write(RTM_NEWADDR, flags, address.link(), address.local(), address.remote(), verb);
    IpAddress broadcast = address.broadcast();
    if (broadcast != null) {
      request.add(w -> w.attribute(IFA_BROADCAST, broadcast.bytes()));
    }
    request.addressFlags = address.flags() & SETTABLE;
    request.scope = address.scope();
    if (!address.label().isEmpty()) {
      request.add(w -> w.attribute(IFA_LABEL, address.label()));
    }
    if (!address.lifetime().isUnlimited()) {
      request.add(w -> w.lifetime(IFA_CACHEINFO, address.lifetime()));
    }
    if (address.metric() != 0) {
      request.add(w -> w.u32(IFA_RT_PRIORITY, (int) address.metric()));
    }
    return address.protocol() == 0 ? request : request.protocol(address.protocol());
  }

  /** Adds an address, or changes lifetimes and flags of the one that is there. */
  public static AddressRequest replace(int index, IpPrefix address) {
    return withBroadcast(
        write(
            RTM_NEWADDR,
            NLM_F_CREATE | NLM_F_REPLACE,
            index,
            address,
            address.address(),
            "replace"),
        address);
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
            verb,
            "address",
            local,
            "of link",
            index);
    byte[] bytes = local.address().bytes();
    byte[] other = remote.bytes();
    request.add(w -> w.attribute(IFA_LOCAL, bytes));
    request.add(w -> w.attribute(IFA_ADDRESS, other));
    return request;
  }

  private static AddressRequest withBroadcast(AddressRequest request, IpPrefix local) {
    if (!local.isV6() && local.length() < 31) {
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

  /**
   * Marks who added it, 1 to 255. Kernels before 5.18 ignore it.
   *
   * @throws IllegalArgumentException when it is not within that
   */
  public AddressRequest protocol(int protocol) {
    if (protocol < 1 || protocol > 255) {
      throw new IllegalArgumentException("a protocol is within 1 to 255, not " + protocol);
    }
    add(w -> w.u8(IFA_PROTO, protocol));
    return this;
  }

  @Override
  void writeFixed(MessageWriter writer) {
    // struct ifaddrmsg
    writer.fixed((byte) addressFamily, (byte) prefixLength, (byte) addressFlags, (byte) scope);
    writer.fixedInt(index);
    if (addressFlags > 0xff) {
      writer.u32(IFA_FLAGS, addressFlags);
    }
  }
}
