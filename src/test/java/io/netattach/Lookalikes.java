package io.netattach;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What others have on a node that looks like what an attachment has, and is not: links, addresses,
 * routes, namespaces and files with its names, marks and numbers, each short of one that counts.
 */
public final class Lookalikes {
  /** Of whatever else it has, each has one mark too few, or one that is cut or another owner's. */
  private static final String MAKE =
      """
      mkdir -p /run/netns
      # Its name with something more or less, its alias, no alternative name.
      ip link add HOSTx type veth peer name HOSTy
      ip link set HOSTx alias 'ALIAS'
      # Its alternative name cut, and with something more, another owner's alias.
      ip link property add dev HOSTy altname netattach-
      ip link property add dev HOSTy altname ALTNAMEx
      ip link set HOSTy alias 'netattach 00000000-0000-0000-0000-00000000feed shop/a'
      # All the marks of an attachment that is not asked for, on what is no pair.
      ip link add HOSTz type bridge
      ip link property add dev HOSTz altname ALTNAMEz
      ip link set HOSTz alias 'ALIAS'
      ip link set HOSTx group 70000 addrgenmode none up
      ip link set HOSTy group 70000 addrgenmode none up
      # Our number.
      ip address add 10.66.6.1/24 dev HOSTx
      ip route add 10.67.0.0/16 via 10.66.6.2 dev HOSTx proto 110
      # The target's name with something more: marked as another owner's, with half a mark, unmarked.
      for netns in NETNSx NETNSy NETNSz; do
        ip netns add $netns
        ip -n $netns link set lo up
      done
      ip -n NETNSx link set lo alias 'netattach 00000000-0000-0000-0000-00000000feed shop/a'
      ip -n NETNSy link set lo alias 'netattach OWNER'
      ip -n NETNSz link add net1 type veth peer name net2
      ip -n NETNSz link set net1 alias 'ALIAS'
      ip -n NETNSz link set net1 addrgenmode none up
      ip -n NETNSz address add 10.66.6.2/24 dev net1
      ip -n NETNSz route add 10.68.0.0/16 dev net1 proto 110
      # Files that nothing is mounted on.
      : > /run/netns/NETNSe
      echo 'netattach 00000000-0000-0000-0000-00000000feed shop/a' > /run/netns/NETNSf
      """;

  private static final String SHOW =
      """
      for link in HOSTx HOSTy HOSTz; do
        ip -d -j address show dev $link | sed 's/"[a-z_]*timer":[^,]*,//g; s/"root_id.*//'
        ip -d -j route show table all dev $link
      done
      for netns in NETNSx NETNSy NETNSz; do
        stat -L -c %i /run/netns/$netns
        ip -n $netns -d -j address show
        ip -n $netns -d -j route show table all
      done
      ls -i /run/netns/NETNSe
      cat /run/netns/NETNSf
      """;

  private static final String REMOVE =
      """
      ip link delete HOSTx
      ip link delete HOSTz
      for netns in NETNSx NETNSy NETNSz; do ip netns delete $netns; done
      rm /run/netns/NETNSe /run/netns/NETNSf
      """;

  private final Ip ip;
  private final String host;
  private final String altname;
  private final String alias;
  private final String netns;
  private String asMade = "";

  private Lookalikes(Ip ip, String host, String altname, String alias, String netns) {
    this.ip = ip;
    this.host = host;
    this.altname = altname;
    this.alias = alias;
    this.netns = netns;
  }

  /**
   * Makes some.
   *
   * @param host the host end of an attachment, which is there, of at most 14 letters
   * @param netns the name of its namespace
   */
  public static Lookalikes of(Ip ip, String host, String netns) {
    JsonNode link = ip.link(host);
    Lookalikes made =
        new Lookalikes(
            ip, host, link.path("altnames").path(0).asText(), link.path("ifalias").asText(), netns);
    made.run(MAKE);
    made.asMade = made.run(SHOW);
    return made;
  }

  /** Fails when anything of theirs is not as it was made. */
  public void areUnchanged() {
    assertThat(run(SHOW)).isEqualTo(asMade);
  }

  /** Takes them away. */
  public void remove() {
    run(REMOVE);
  }

  private String run(String script) {
    String owner = alias.split(" ", -1)[1];
    return ip.shell(
        script
            .replace("HOST", host)
            .replace("ALTNAME", altname)
            .replace("ALIAS", alias)
            .replace("OWNER", owner)
            .replace("NETNS", netns));
  }
}
