package io.netattach.netlink;

import static io.netattach.netlink.LinuxIfLink.*;

/**
 * Which links to list; the kernel itself passes over the others.
 *
 * @param master the ifindex of the link whose ports they are; 0 for any or none
 * @param kind as {@link Link#kind} has it; empty for any
 */
public record LinkFilter(int master, String kind) {
  /** No longer name is sent: kernels refuse it. */
  private static final int MAX_KIND_BYTES = 55;

  public LinkFilter {
    if (master < 0) {
      throw new IllegalArgumentException("an ifindex is not negative; write 0 for any master");
    }
    if (kind.length() > MAX_KIND_BYTES || !kind.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "\"" + kind + "\" is no kind of link; write one as ip -d link shows it, such as veth");
    }
  }

  /** The ports of a bridge or of another master. */
  public static LinkFilter portsOf(int master) {
    if (master == 0) {
      throw new IllegalArgumentException("an ifindex is 1 and up; write that of the master");
    }
    return new LinkFilter(master, "");
  }

  /** The links of a kind, such as {@code veth}. */
  public static LinkFilter ofKind(String kind) {
    if (kind.isEmpty()) {
      throw new IllegalArgumentException("a kind has a name, such as veth");
    }
    return new LinkFilter(0, kind);
  }

  LinkRequest request() {
    LinkRequest request =
        LinkRequest.get(
            "list links"
                + (master == 0 ? "" : " master " + master)
                + (kind.isEmpty() ? "" : " type " + kind));
    if (master != 0) {
      request.attribute(w -> w.u32(IFLA_MASTER, master));
    }
    if (!kind.isEmpty()) {
      request.attribute(w -> {
        int info = w.open(IFLA_LINKINFO);
        w.attribute(IFLA_INFO_KIND, kind);
        w.close(info);
      });
    }
    return request;
  }

  /** A kernel that does not have the kind, or is too old to filter, lists all links. */
  boolean matches(Link link) {
    return (master == 0 || link.master() == master) && (kind.isEmpty() || link.kind().equals(kind));
  }
}
