package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many requests at once, and what errors say. */
@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class RtnetlinkBatchTest {
  private Node node;
  private Rtnetlink kernel;
  private int link;

  @BeforeEach
  void makeANodeWithALink() {
    node = new Node();
    kernel = node.kernel;
    link = node.veth("v0", "v1");
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  @Test
  void ofManyRequestsEachHasItsOwnAnswer() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      // Every tenth is there already.
      int number = i % 10 == 9 ? i - 1 : i;
      requests.add(
          AddressRequest.add(
              link, IpPrefix.of("10.0." + number / 100 + "." + (number % 100 + 1) + "/32")));
    }
    List<@Nullable NetlinkException> results = kernel.executeAll(requests);
    assertThat(results).hasSize(300);
    for (int i = 0; i < 300; i++) {
      NetlinkException error = results.get(i);
      if (i % 10 == 9) {
        assertThat(error)
            .isNotNull()
            .hasMessageStartingWith(requests.get(i) + ": EEXIST (File exists)")
            .matches(e -> e != null && e.is(Errno.EEXIST));
      } else {
        assertThat(error).isNull();
      }
    }
    assertThat(node.ip.one("address show dev v0").path("addr_info")).hasSize(270);
  }

  @Test
  void ofABatchWithErrorsOnlyAllAreTold() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      requests.add(LinkRequest.delete((1 << 30) + i));
    }
    List<@Nullable NetlinkException> results = kernel.executeAll(requests);
    for (int i = 0; i < 400; i++) {
      assertThat(results.get(i)).isNotNull().hasMessageContaining("delete link " + ((1 << 30) + i));
    }
  }

  @Test
  void longRequestsGoInSeveralSends() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      requests.add(LinkRequest.set(link).alias(Integer.toString(i % 10).repeat(255)));
    }
    assertThat(kernel.executeAll(requests)).hasSize(300).containsOnlyNulls();
    assertThat(node.link("v0").alias()).isEqualTo("9".repeat(255));
  }

  @Test
  void noRequestsAreNoWork() {
    assertThat(kernel.executeAll(List.of())).isEmpty();
  }

  @Test
  void aRequestMayBeSentAgain() {
    Request request = LinkRequest.set(link).mtu(1400);
    assertThat(kernel.executeAll(List.of(request, request))).containsOnlyNulls();
    kernel.execute(request);
  }

  @Test
  void anErrorSaysWhatWasDoneToWhatAndWhy() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(LinkRequest.set(link).mtu(20)))
        .withMessage(
            "set link "
                + link
                + " mtu 20: EINVAL (Invalid argument): kernel says: mtu less than"
                + " device minimum")
        .satisfies(e -> {
          assertThat(e.errno()).contains(Errno.EINVAL);
          assertThat(e.request()).isEqualTo("set link " + link + " mtu 20");
          assertThat(e.kernelMessage()).contains("mtu less than device minimum");
          assertThat(e.is(Errno.ENODEV, Errno.EINVAL)).isTrue();
          assertThat(e.is()).isFalse();
        });
  }

  @Test
  void whatIsMissingIsTold() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> kernel.execute(LinkRequest.set(1 << 30).up()))
        .withMessage("set link 1073741824 up: ENODEV (No such device)")
        .matches(e -> e.is(Errno.ENODEV))
        .matches(e -> e.kernelMessage().isEmpty())
        .matches(e -> e.attribute().isEmpty());
  }

  @Test
  void theAttributeThatTheKernelObjectsToIsFoundAnywhereInABatch() {
    LinkRequest bad =
        LinkRequest.set(link)
            .mtu(1400)
            .attribute(
                w -> w.attribute(LinuxIfLink.IFLA_IFNAME, "a name of many more than 15 bytes"));
    List<@Nullable NetlinkException> results =
        kernel.executeAll(List.of(LinkRequest.set(link).alias("before"), bad, bad));
    assertThat(results.getFirst()).isNull();
    assertThat(results.subList(1, 3))
        .allSatisfy(e -> {
          assertThat(e).isNotNull();
          assertThat(e.attribute()).hasValue(LinuxIfLink.IFLA_IFNAME);
        });
  }

  @Test
  void aFailedRequestStopsNoneBehindIt() {
    List<@Nullable NetlinkException> results =
        kernel.executeAll(
            List.of(
                LinkRequest.set(link).mtu(20),
                AddressRequest.add(1 << 30, IpPrefix.of("10.0.0.1/24")),
                LinkRequest.set(link).mtu(1400),
                RouteRequest.delete(Route.unicast(IpPrefix.of("10.0.0.0/8"), null, link)),
                AddressRequest.add(link, IpPrefix.of("10.0.0.1/24"))));
    assertThat(results)
        .extracting(e -> e == null ? "" : e.errno().orElseThrow().name())
        .containsExactly("EINVAL", "ENODEV", "", "ESRCH", "");
    assertThat(node.ip.link("v0").path("mtu").asInt()).isEqualTo(1400);
    assertThat(node.ip.one("address show dev v0").path("addr_info")).hasSize(1);
  }
}
