package io.netattach.bridge;

import io.netattach.attach.Mark;
import io.netattach.attach.Owner;
import io.netattach.attach.Reclaim;
import io.netattach.netlink.InterfaceName;
import io.netattach.netlink.Link;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How links that were made for declared bridges are told from the rest: an alternative name that
 * says for which bridge, with a full stop that no attachment's has, and an alias that says on whose
 * behalf. A link of the node that became a port has the alternative name only: it is not ours.
 *
 * @param bridge the name of the bridge
 */
record BridgeMark(Owner owner, Role role, String bridge) {
  /** What a link is for. */
  enum Role {
    BRIDGE("netattach-bridge.", "Bridge"),
    UPLINK("netattach-uplink.", "Uplink");

    private final String altname;

    /** Where attachments have a Kubernetes namespace, which has no capital letters. */
    private final String word;

    Role(String altname, String word) {
      this.altname = altname;
      this.word = word;
    }
  }

  String altname() {
    return altname(role, bridge);
  }

  static String altname(Role role, String bridge) {
    return role.altname + bridge;
  }

  String alias() {
    return new Mark(owner, role.word, bridge, Reclaim.DELETE).toString();
  }

  /** The mark of a link that was made by us; empty for others. */
  static Optional<BridgeMark> of(Link link) {
    return Mark.parse(link.alias())
        .flatMap(mark -> {
          for (Role role : Role.values()) {
            if (mark.namespace().equals(role.word)
                && link.altnames().contains(altname(role, mark.name()))) {
              return Optional.of(new BridgeMark(mark.owner(), role, mark.name()));
            }
          }
          return Optional.empty();
        });
  }

  /** Whether a link was made by that owner, for that. */
  static boolean is(Link link, Owner owner, Role role, InterfaceName bridge) {
    return of(link).filter(new BridgeMark(owner, role, bridge.value())::equals).isPresent();
  }

  /** The bridges whose uplink a link is or was. */
  static Stream<String> bridgesOfPort(Link link) {
    return link.altnames().stream()
        .filter(altname -> altname.startsWith(Role.UPLINK.altname))
        .map(altname -> altname.substring(Role.UPLINK.altname.length()));
  }

  /** Whether a link has a name of ours, whatever it is called now. */
  static boolean isNamed(Link link) {
    return Stream.of(Role.values())
        .anyMatch(role -> link.altnames().stream().anyMatch(a -> a.startsWith(role.altname)));
  }
}
