package io.netattach.attach;

import io.netattach.netlink.Link;
import io.netattach.netlink.LinkRequest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * How what is ours is told from the rest: by marks in the kernel, which live exactly as long as
 * what they mark.
 *
 * <p>A host end has an alternative name made of the attachment's uid, which decides, and this text
 * as its alias. A namespace that was made for an attachment has this text as the alias of its
 * {@code lo}. Routes and addresses carry {@link #PROTOCOL}.
 *
 * @param namespace of Kubernetes
 * @param name of the attachment; cut where the alias would be too long
 * @param reclaim of a namespace, what becomes of it; on a link it says nothing
 */
public record Mark(Owner owner, String namespace, String name, Reclaim reclaim) {
  /** Our number as the maker of routes (rtm_protocol) and addresses (IFA_PROTO). */
  public static final int PROTOCOL = 110;

  private static final String PROGRAM = "netattach";
  private static final String ALTNAME = PROGRAM + "-";
  private static final String RETAIN = "retain";

  static Mark of(Owner owner, Identity identity, Reclaim reclaim) {
    return new Mark(owner, identity.namespace(), identity.name(), reclaim);
  }

  /** The alternative name of the host end. */
  static String altname(String uid) {
    return ALTNAME + uid;
  }

  /** The uid in a host end's alternative name; empty for links that are not ours. */
  static Optional<String> uid(Link link) {
    return link.altname(ALTNAME)
        .map(altname -> altname.substring(ALTNAME.length()))
        .filter(Identity::isUid);
  }

  /** The mark in a text; empty where it is something else. */
  public static Optional<Mark> parse(String text) {
    String[] words = text.strip().split(" ", -1);
    if (words.length < 3 || words.length > 4 || !words[0].equals(PROGRAM)) {
      return Optional.empty();
    }
    int slash = words[2].indexOf('/');
    if (slash < 1 || !Owner.isOne(words[1])) {
      return Optional.empty();
    }
    boolean retain = words.length == 4 && words[3].equals(RETAIN);
    return Optional.of(
        new Mark(
            new Owner(words[1]),
            words[2].substring(0, slash),
            words[2].substring(slash + 1),
            retain ? Reclaim.RETAIN : Reclaim.DELETE));
  }

  /**
   * Whether a link that has the alternative name of an attachment has another sign of it, too: the
   * alias, or the MAC address that follows from the uid. People can move an alternative name from
   * link to link; nothing is deleted for that alone.
   */
  static boolean isSurely(Link link, Identity identity) {
    return parse(link.alias()).filter(mark -> mark.isFor(identity)).isPresent()
        || Derived.hostMac(identity.uid()).equals(link.mac());
  }

  /** Whether it is that attachment's, as far as a name that may be cut can tell. */
  boolean isFor(Identity identity) {
    return of(owner, identity, reclaim).toString().equals(toString());
  }

  /** The same, and surely no other's: a text that may be cut does not say that. */
  boolean isJust(Identity identity) {
    return isFor(identity)
        && toString().getBytes(StandardCharsets.UTF_8).length < LinkRequest.MAX_ALIAS_BYTES;
  }

  /** The text, at most 255 bytes. */
  @Override
  public String toString() {
    String end = reclaim == Reclaim.RETAIN ? " " + RETAIN : "";
    String beginning = PROGRAM + " " + owner + " " + namespace + "/" + name;
    byte[] bytes = beginning.getBytes(StandardCharsets.UTF_8);
    int room = LinkRequest.MAX_ALIAS_BYTES - end.length();
    // Namespaces and names are ASCII, so a cut never splits a character.
    return (bytes.length <= room ? beginning : new String(bytes, 0, room, StandardCharsets.UTF_8))
        + end;
  }
}
