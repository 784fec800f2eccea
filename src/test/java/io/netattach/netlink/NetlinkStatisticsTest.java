package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class NetlinkStatisticsTest {
  @Test
  void eachMessageCountsOnceAndADumpIsOneToo() {
    try (Netns netns = Netns.create();
        Rtnetlink links = Rtnetlink.open(netns)) {
      NetlinkStatistics before = NetlinkStatistics.now();

      links.execute(LinkRequest.add(LinkKind.Bridge.DEFAULT, new InterfaceName("br0")));
      var unused = links.executeAll(List.of(LinkRequest.set(1).up(), LinkRequest.set(1).mtu(1400)));
      assertThat(links.link(1)).isPresent();
      assertThat(links.links()).hasSize(2);

      NetlinkStatistics after = NetlinkStatistics.now();
      assertThat(after.requests() - before.requests()).isEqualTo(5);
      assertThat(after.dumps() - before.dumps()).isEqualTo(1);
      assertThat(after.dumpRetries() - before.dumpRetries()).isZero();
    }
  }
}
