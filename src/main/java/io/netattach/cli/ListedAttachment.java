package io.netattach.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.netattach.attach.Inventory;
import io.netattach.netlink.Address;
import io.netattach.netlink.Link;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One attachment as {@code list} writes it for scripts: names here stay as they are.
 *
 * @param attachment namespace and name
 * @param owner who keeps it; null where its mark has been changed
 * @param netns the target's name; null where the namespace has none
 * @param container null where it cannot be looked at
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ListedAttachment(
    String attachment,
    String uid,
    @Nullable String owner,
    @Nullable String netns,
    End host,
    @Nullable End container) {

  /**
   * @param mtu bytes
   * @param state as {@code ip link} has it, such as UP
   * @param bridgeIndex the ifindex of the bridge that it is a port of; 0 for none
   */
  record End(
      String name,
      int index,
      String mac,
      int mtu,
      String state,
      int bridgeIndex,
      List<String> addresses,
      long receivedBytes,
      long sentBytes) {

    private static End of(Link link, List<Address> addresses) {
      Link.Stats stats = link.stats() == null ? Link.Stats.ZERO : link.stats();
      return new End(
          link.name(),
          link.index(),
          String.valueOf(link.mac()),
          link.mtu(),
          link.operState().name().replace("_", "").toUpperCase(Locale.ROOT),
          link.master(),
          addresses.stream()
              .filter(address -> address.scope() != Address.SCOPE_LINK)
              .map(address -> address.local().toString())
              .toList(),
          stats.rxBytes(),
          stats.txBytes());
    }
  }

  static ListedAttachment of(Inventory.Item item) {
    Link container = item.container();
    return new ListedAttachment(
        item.attachment(),
        item.uid(),
        item.mark() == null ? null : item.mark().owner().text(),
        item.netns() == null ? null : item.netns().value(),
        End.of(item.host(), item.hostAddresses()),
        container == null ? null : End.of(container, item.containerAddresses()));
  }
}
