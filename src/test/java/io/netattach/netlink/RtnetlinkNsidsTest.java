package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.NoLeftovers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The numbers of namespaces: what is given here {@code ip netns list-id} shows. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkNsidsTest {
  private static final Errno ENOSPC = new Errno(28);

  private Node node;
  private Rtnetlink kernel;
  private Netns one;
  private Netns another;

  @BeforeEach
  void makeANodeAndTwoNamespaces() {
    node = new Node();
    kernel = node.kernel;
    one = Netns.create();
    another = Netns.create();
  }

  @AfterEach
  void closeThem() {
    another.close();
    one.close();
    node.close();
  }

  private List<Integer> byIp() {
    return node.ip.json("netns list-id").findValues("nsid").stream()
        .map(JsonNode::asInt)
        .sorted()
        .toList();
  }

  @Test
  void numbersThatAreGivenAreShownAndRead() {
    assertThat(kernel.nsids()).isEmpty();
    kernel.setNsid(one, 77);
    kernel.setNsid(another, 5);
    assertThat(byIp()).containsExactly(5, 77);
    assertThat(kernel.nsids()).containsExactly(5, 77);
    assertThat(kernel.nsid(one)).hasValue(77);
    assertThat(kernel.nsid(another)).hasValue(5);
  }

  @Test
  void theLowestFreeNumberIsGivenOnce() {
    kernel.setNsid(one, 0);
    assertThat(kernel.giveNsid(another)).isEqualTo(1);
    assertThat(kernel.giveNsid(another)).isEqualTo(1);
    assertThat(kernel.giveNsid(one)).isZero();
    assertThat(byIp()).containsExactly(0, 1);
  }

  @Test
  void aNumberThatIsTakenAndANamespaceThatHasOneAreTold() {
    kernel.setNsid(one, 7);
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.setNsid(one, 8))
        .withMessageContaining("give nsid 8 to namespace " + one)
        .matches(e -> e.is(Errno.EEXIST));
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.setNsid(another, 7))
        .matches(e -> e.is(ENOSPC, Errno.EEXIST));
    assertThat(kernel.nsids()).containsExactly(7);
  }

  @Test
  void theNumbersOfAnotherNamespaceAreItsOwn() {
    kernel.setNsid(one, 7);
    try (Rtnetlink inside = Rtnetlink.open(one)) {
      assertThat(inside.nsids()).isEmpty();
      inside.setNsid(another, 3);
      assertThat(inside.nsids()).containsExactly(3);
    }
    assertThat(kernel.nsid(another)).isEmpty();
  }

  @Test
  void aNegativeNumberIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> kernel.setNsid(one, -1));
  }

  @Test
  void forwardingIsTurnedOnAndOffInsideANamespace() {
    for (Forwarding forwarding : Forwarding.values()) {
      assertThat(forwarding.isOn(one)).isFalse();
      forwarding.set(one, true);
      assertThat(forwarding.isOn(one)).isTrue();
      assertThat(forwarding.isOn(another)).isFalse();
      forwarding.set(one, false);
      assertThat(forwarding.isOn(one)).isFalse();
    }
  }
}
