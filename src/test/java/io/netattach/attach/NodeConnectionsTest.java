package io.netattach.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netattach.NoLeftovers;
import io.netattach.netlink.NetlinkException;
import io.netattach.netlink.Netns;
import io.netattach.netlink.Rtnetlink;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One at a time has a connection, and none stays open: what is left would be found. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class NodeConnectionsTest {
  @Test
  void oneThatIsFreeIsLentAgainAndOneThatIsNotIsNotLent() {
    try (Netns node = Netns.create();
        NodeConnections connections = new NodeConnections(node)) {
      Rtnetlink first = connections.with(links -> links);
      connections.with(outer -> {
        assertThat(outer).isSameAs(first);
        Rtnetlink inner = connections.with(links -> links);
        assertThat(inner).isNotSameAs(outer);
        return inner;
      });
    }
  }

  @Test
  void oneThatIsLentWhenAllAreClosedWorksUntilItComesBack() {
    try (Netns node = Netns.create()) {
      NodeConnections connections = new NodeConnections(node);
      Rtnetlink lent =
          connections.with(links -> {
            connections.close();
            assertThat(links.links()).hasSize(1);
            return links;
          });
      assertThatExceptionOfType(NetlinkException.class).isThrownBy(lent::links);
    }
  }

  @Test
  void oneIsGivenBackWhateverIsThrown() {
    try (Netns node = Netns.create();
        NodeConnections connections = new NodeConnections(node)) {
      Rtnetlink first = connections.with(links -> links);
      assertThatIllegalStateException()
          .isThrownBy(() ->
              connections.with(links -> {
                throw new IllegalStateException("thrown on purpose");
              }));
      assertThat(connections.<Rtnetlink>with(links -> links)).isSameAs(first);
    }
  }
}
