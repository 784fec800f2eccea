package io.netattach.attach;

/**
 * Who acts, and whose attachments it may touch.
 *
 * @param me the owner that new attachments get
 * @param anyFolder whether those of other folders of manifests are covered, too: so it is for a
 *     person at the command line, and not for what runs by itself
 */
public record Ownership(Owner me, boolean anyFolder) {
  /** Whether what that owner made may be changed and removed. */
  public boolean covers(Owner owner) {
    return owner.text().equals(me.text()) || (anyFolder && owner.isFolder());
  }

  /** What to tell when something of another owner is in the way. */
  String conflict(Identity identity, Owner other) {
    return identity
        + " is attached by "
        + other
        + "; "
        + (other.isFolder()
            ? "remove it there, or with netattach detach"
            : "change it in that cluster");
  }
}
