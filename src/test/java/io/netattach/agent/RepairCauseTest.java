package io.netattach.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.attach.Side;
import io.netattach.attach.Step;
import io.netattach.netlink.IpPrefix;
import io.netattach.netlink.NetnsName;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepairCauseTest {
  private static final Step UP = new Step.SetUp(Side.CONTAINER);
  private static final Step ADDRESS =
      new Step.AddAddress(Side.CONTAINER, IpPrefix.of("10.0.0.1/24"));

  @Test
  void eachThingThatWasChangedIsTold() {
    assertThat(RepairCause.of(List.of(UP, ADDRESS, ADDRESS)))
        .containsExactlyInAnyOrder(RepairCause.STATE, RepairCause.ADDRESS);
  }

  @Test
  void whatWentAlongIsNotToldBeside() {
    Step gone = new Step.DeleteVeth("veth0");
    Step netns = new Step.DeleteNetns(new NetnsName("blue"));

    assertThat(RepairCause.of(List.of(gone, UP, ADDRESS))).containsExactly(RepairCause.LINK);
    assertThat(RepairCause.of(List.of(netns, gone, UP))).containsExactly(RepairCause.NAMESPACE);
  }
}
