package io.netattach.netlink;

import org.jspecify.annotations.Nullable;

/**
 * Which packets a {@link Rule} is for: those that agree in all that is given here.
 *
 * @param from the network of the source; null for any
 * @param to the network of the destination; null for any
 * @param iif the name of the link that it came in by, {@code lo} for what is sent from here; null
 *     for any. The link need not exist
 * @param oif the name of the link that its socket is bound to; null for any
 * @param mark the firewall mark; null for any
 * @param tos the type of service, 0 for any
 * @param ipProtocol 6 is TCP, 17 UDP ({@code IPPROTO_*}, linux/in.h); 0 for any
 * @param sourcePorts null for any
 * @param destinationPorts null for any
 * @param uids the owner of the socket that sends it; null for any
 * @param inverted whether the rule is for all other packets
 */
public record RuleSelector(
    @Nullable IpPrefix from,
    @Nullable IpPrefix to,
    @Nullable String iif,
    @Nullable String oif,
    @Nullable Mark mark,
    int tos,
    int ipProtocol,
    @Nullable Ports sourcePorts,
    @Nullable Ports destinationPorts,
    @Nullable Uids uids,
    boolean inverted) {
  /** Every packet. */
  public static final RuleSelector ALL = new Builder().build();

  /**
   * A firewall mark: a packet agrees when it has the bits of the value among those of the mask.
   *
   * @param value 0 to 4294967295
   * @param mask 0 to 4294967295
   */
  public record Mark(long value, long mask) {
    public Mark {
      if (value < 0 || value > 0xffff_ffffL || mask < 0 || mask > 0xffff_ffffL) {
        throw new IllegalArgumentException(
            "a mark and its mask are within 0 to 4294967295, not " + value + " and " + mask);
      }
    }

    @Override
    public String toString() {
      return "0x" + Long.toHexString(value) + "/0x" + Long.toHexString(mask);
    }
  }

  /**
   * A range of ports, both ends included.
   *
   * @param first 1 to 65534
   * @param last not before the first, up to 65534
   */
  public record Ports(int first, int last) {
    public Ports {
      if (first < 1 || last > 65_534 || first > last) {
        throw new IllegalArgumentException(
            first
                + " to "
                + last
                + " is no range of ports; write two within 1 to 65534, the lower one first");
      }
    }

    @Override
    public String toString() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  /**
   * A range of user numbers, both ends included.
   *
   * @param first 0 to 4294967294
   * @param last not before the first, up to 4294967294
   */
  public record Uids(long first, long last) {
    public Uids {
      if (first < 0 || last > 0xffff_fffeL || first > last) {
        throw new IllegalArgumentException(
            first
                + " to "
                + last
                + " is no range of users; write two within 0 to 4294967294, the lower one first");
      }
    }

    @Override
    public String toString() {
      return first + "-" + last;
    }
  }

  public RuleSelector {
    from = withoutAny(from);
    to = withoutAny(to);
    checkName(iif);
    checkName(oif);
    if (tos < 0 || tos > 255) {
      throw new IllegalArgumentException("a type of service is within 0 to 255, not " + tos);
    }
    if (ipProtocol < 0 || ipProtocol > 255) {
      throw new IllegalArgumentException("an IP protocol is within 0 to 255, not " + ipProtocol);
    }
    if (from != null && to != null && from.isV6() != to.isV6()) {
      throw new IllegalArgumentException(
          "from " + from + " to " + to + " mixes IPv4 and IPv6; write a rule for each");
    }
  }

  private static @Nullable IpPrefix withoutAny(@Nullable IpPrefix prefix) {
    return prefix == null || prefix.isDefault() ? null : prefix;
  }

  /** Looser than a link's name may be: the kernel takes any text, and rules outlive their links. */
  private static void checkName(@Nullable String name) {
    if (name != null
        && (name.isEmpty() || name.length() > InterfaceName.MAX_BYTES || name.indexOf(0) >= 0)) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is not the name of a link; write one of 1 to 15 bytes, such as eth0");
    }
  }

  /** Selects by nothing yet; used by one thread. */
  public static Builder builder() {
    return new Builder();
  }

  /** As {@code ip rule} writes it; {@code from all} for every packet. */
  @Override
  public String toString() {
    StringBuilder words = new StringBuilder(inverted ? "not from " : "from ");
    words.append(from == null ? "all" : from);
    say(words, "to", to);
    say(words, "tos", tos == 0 ? null : "0x" + Integer.toHexString(tos));
    say(words, "fwmark", mark);
    say(words, "iif", iif);
    say(words, "oif", oif);
    say(words, "uidrange", uids);
    say(words, "ipproto", ipProtocol == 0 ? null : ipProtocol);
    say(words, "sport", sourcePorts);
    say(words, "dport", destinationPorts);
    return words.toString();
  }

  private static void say(StringBuilder words, String name, @Nullable Object value) {
    if (value != null) {
      words.append(' ').append(name).append(' ').append(value);
    }
  }

  /** Gathers what a rule selects by. */
  public static final class Builder {
    private @Nullable IpPrefix from;
    private @Nullable IpPrefix to;
    private @Nullable String iif;
    private @Nullable String oif;
    private @Nullable Mark mark;
    private int tos;
    private int ipProtocol;
    private @Nullable Ports sourcePorts;
    private @Nullable Ports destinationPorts;
    private @Nullable Uids uids;
    private boolean inverted;

    Builder() {}

    /** Packets from that network. */
    public Builder from(IpPrefix network) {
      from = network;
      return this;
    }

    /** Packets to that network. */
    public Builder to(IpPrefix network) {
      to = network;
      return this;
    }

    /** Packets that came in by the link of that name, {@code lo} for those sent from here. */
    public Builder iif(String name) {
      iif = name;
      return this;
    }

    /** Packets of sockets that are bound to the link of that name. */
    public Builder oif(String name) {
      oif = name;
      return this;
    }

    /** A mark of which all 32 bits count. */
    public Builder mark(long value) {
      return mark(value, 0xffff_ffffL);
    }

    /** Packets with that firewall mark among the bits of the mask, both 0 to 4294967295. */
    public Builder mark(long value, long mask) {
      mark = new Mark(value, mask);
      return this;
    }

    /** Packets of that type of service, 1 to 255, its two lowest bits 0; 0 for any. */
    public Builder tos(int value) {
      tos = value;
      return this;
    }

    /** Packets of that protocol, 1 to 255 ({@code IPPROTO_*}); 0 for any. */
    public Builder ipProtocol(int value) {
      ipProtocol = value;
      return this;
    }

    /** Packets from these ports, both ends included, 1 to 65534. */
    public Builder sourcePorts(int first, int last) {
      sourcePorts = new Ports(first, last);
      return this;
    }

    /** Packets to these ports, both ends included, 1 to 65534. */
    public Builder destinationPorts(int first, int last) {
      destinationPorts = new Ports(first, last);
      return this;
    }

    /** Packets of these users, both ends included, 0 to 4294967294. */
    public Builder uids(long first, long last) {
      uids = new Uids(first, last);
      return this;
    }

    /** Whether the rule is for all other packets instead. */
    public Builder inverted(boolean value) {
      inverted = value;
      return this;
    }

    /**
     * What was gathered.
     *
     * @throws IllegalArgumentException with a sentence when it contradicts itself
     */
    public RuleSelector build() {
      return new RuleSelector(
          from, to, iif, oif, mark, tos, ipProtocol, sourcePorts, destinationPorts, uids, inverted);
    }
  }
}
