package io.netattach.attach;

import io.netattach.netlink.Link;
import io.netattach.netlink.LinkRequest;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Request;
import io.netattach.netlink.Rtnetlink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Deletes many links of ours as one group, by a number that is drawn anew each time. The kernel
 * deletes whatever is in the group, so who is in it is read between marking and deleting: one that
 * is not expected calls it off, and the links go one by one, each by the name that makes it ours.
 * For one thread at a time.
 */
final class LinkGroupDeletion {
  /** With fewer, reading back costs more than it saves. */
  static final int MIN_LINKS = 4;

  /** Numbers below are those that people give by hand. */
  private static final int FIRST_GROUP = 1 << 16;

  private final Rtnetlink links;
  private final IntSupplier groups;

  LinkGroupDeletion(Rtnetlink links) {
    this(links, () -> ThreadLocalRandom.current().nextInt(FIRST_GROUP, Integer.MAX_VALUE));
  }

  /**
   * @param groups draws the number of a group
   */
  LinkGroupDeletion(Rtnetlink links, IntSupplier groups) {
    this.links = links;
    this.groups = groups;
  }

  /**
   * A link that is to go.
   *
   * @param altname the alternative name by which it is ours
   */
  record Member(int index, String altname) {}

  /**
   * Deletes links.
   *
   * @return for each, what the kernel said: null for deleted, {@code ENODEV} for gone already, or
   *     ours no more
   */
  List<@Nullable NetlinkException> delete(List<Member> members) {
    if (members.size() < MIN_LINKS) {
      return deleteEach(members);
    }
    int group = groups.getAsInt();
    List<@Nullable NetlinkException> results = new ArrayList<>(setGroup(members, group));
    List<Member> marked = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      if (results.get(i) == null) {
        marked.add(members.get(i));
      }
    }
    if (!deleteGroup(group, marked)) {
      setGroup(marked, 0);
      List<@Nullable NetlinkException> deleted = deleteEach(marked);
      for (int i = 0; i < members.size(); i++) {
        int at = marked.indexOf(members.get(i));
        if (at >= 0) {
          results.set(i, deleted.get(at));
        }
      }
    }
    return results;
  }

  private List<@Nullable NetlinkException> deleteEach(List<Member> members) {
    List<Request> requests = new ArrayList<>(members.size());
    for (Member member : members) {
      requests.add(LinkRequest.deleteByAltname(member.altname()));
    }
    return links.executeAll(requests);
  }

  private List<@Nullable NetlinkException> setGroup(List<Member> members, int group) {
    List<Request> requests = new ArrayList<>(members.size());
    for (Member member : members) {
      requests.add(LinkRequest.set(member.index()).group(group));
    }
    return links.executeAll(requests);
  }

  /** Deletes the group if just these links are in it; false where it was not deleted. */
  private boolean deleteGroup(int group, List<Member> marked) {
    Map<Integer, String> expected = new HashMap<>();
    for (Member member : marked) {
      expected.put(member.index(), member.altname());
    }
    for (Link link : links.links()) {
      String altname = expected.get(link.index());
      boolean ours = altname != null && link.altnames().contains(altname);
      if (link.group() == group && !ours) {
        return false;
      }
    }
    try {
      links.execute(LinkRequest.deleteGroup(group));
      return true;
    } catch (NetlinkException e) {
      // One of them cannot be deleted, which none of them survives as a group.
      return false;
    }
  }
}
