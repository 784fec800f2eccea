package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class VethSetupTest {
  private static final InterfaceName HOST = new InterfaceName("host0");
  private static final InterfaceName NET1 = new InterfaceName("net1");
  private static final MacAddress MAC = MacAddress.of("02:00:5e:00:00:01");

  private Node node;
  private Netns pod;
  private Ip podIp;

  @BeforeEach
  void makeANodeAndAPod() {
    node = new Node();
    pod = Netns.create();
    podIp = Ip.in(pod);
  }

  @AfterEach
  void closeThem() {
    pod.close();
    node.close();
  }

  @Test
  void bothEndsAreInTheirNamespacesAndUpAndAsAskedFor() {
    MacAddress hostMac = MacAddress.of("fe:00:5e:00:00:02");
    VethPair pair =
        VethSetup.of(NET1)
            .withHostName(HOST)
            .withMtu(1400)
            .withContainerMac(MAC)
            .withHostMac(hostMac)
            .create(node.netns, pod);
    assertThat(pair.host().name()).isEqualTo(HOST);
    assertThat(pair.host().mac()).isEqualTo(hostMac);
    assertThat(pair.container().name()).isEqualTo(NET1);
    assertThat(pair.container().mac()).isEqualTo(MAC);
    assertThat(List.of(pair.host().mtu(), pair.container().mtu())).containsOnly(1400);
    assertIsAsTheKernelHasIt(node.ip, node.netns, pair.host(), pair.container());
    assertIsAsTheKernelHasIt(podIp, pod, pair.container(), pair.host());
    assertThat(node.ip.hasLink("net1")).isFalse();
    assertThat(podIp.hasLink("host0")).isFalse();
  }

  private static void assertIsAsTheKernelHasIt(
      Ip ip, Netns netns, VethPair.End end, VethPair.End other) {
    JsonNode link = ip.link(end.name().value());
    assertThat(end.netns()).isEqualTo(netns.identity());
    assertThat(end.index()).isEqualTo(link.path("ifindex").asInt());
    assertThat(end.mac()).isEqualTo(MacAddress.of(link.path("address").asText()));
    assertThat(end.mtu()).isEqualTo(link.path("mtu").asInt());
    if (other.netns().equals(end.netns())) {
      assertThat(other.name().value()).isEqualTo(link.path("link").asText());
    } else {
      assertThat(other.index()).isEqualTo(link.path("link_index").asInt());
    }
    assertThat(link.path("flags").toString()).contains("\"UP\"");
    assertThat(link.at("/linkinfo/info_kind").asText()).isEqualTo("veth");
  }

  @Test
  void whatIsLeftOpenIsDrawn() {
    VethPair pair = VethSetup.of(NET1).create(node.netns, pod);
    assertThat(pair.host().name().value()).matches("veth[0-9a-f]{8}");
    assertThat(pair.host().mac().toString()).startsWith("fe:");
    assertThat(pair.container().mac().toString()).startsWith("02:");
    assertThat(pair.container().mtu()).isEqualTo(1500);
    assertIsAsTheKernelHasIt(node.ip, node.netns, pair.host(), pair.container());
    assertIsAsTheKernelHasIt(podIp, pod, pair.container(), pair.host());
  }

  /** Else udev would give it another one: it does where {@code addr_assign_type} is 1, random. */
  @Test
  void drawnMacAddressesAreSetOnesToTheKernel() {
    VethPair pair = VethSetup.of(NET1).withHostName(HOST).create(node.netns, pod);
    assertThat(addrAssignType(node.ip, pair.host().name())).isEqualTo("3");
    assertThat(addrAssignType(podIp, pair.container().name())).isEqualTo("3");
  }

  private static String addrAssignType(Ip ip, InterfaceName name) {
    String file = "/sys/class/net/" + name + "/addr_assign_type";
    // The arguments are split at blanks, so the script has none.
    String script = "mount -t sysfs sys /sys && cat " + file + " || echo no sysfs";
    String said = ip.command("unshare -m sh -c " + script.replace(" ", "${IFS}")).strip();
    assumeFalse(said.endsWith("no sysfs"), "no sysfs can be mounted here");
    return said;
  }

  @Test
  void bothEndsMayBeInOneNamespace() {
    VethPair pair = VethSetup.of(NET1).withHostName(HOST).create(pod, pod);
    assertIsAsTheKernelHasIt(podIp, pod, pair.host(), pair.container());
    assertIsAsTheKernelHasIt(podIp, pod, pair.container(), pair.host());
  }

  @Test
  void aChosenHostNameThatIsTakenIsAnErrorAndLeavesNothing() {
    node.ip.ip("link add host0 type bridge");
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> VethSetup.of(NET1).withHostName(HOST).create(node.netns, pod))
        .withMessage(
            "add veth host0 with peer net1: host0 is there already in %s: EEXIST (File"
                + " exists)",
            node.netns)
        .matches(e -> e.is(Errno.EEXIST));
    assertThat(node.link("host0").kind()).isEqualTo("bridge");
    assertThat(podIp.hasLink("net1")).isFalse();
  }

  @Test
  void aTakenContainerNameIsAnErrorAtOnceWhateverTheHostName() {
    podIp.ip("link add net1 type bridge");
    Draws draws = new Draws("veth1");
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> create(draws, VethSetup.of(NET1)))
        .withMessageContaining("net1 is there already in " + pod)
        .matches(e -> e.is(Errno.EEXIST));
    assertThat(draws.drawn).hasValue(1);
    assertThat(node.kernel.links()).as("lo only").hasSize(1);
  }

  @Test
  void aRandomNameThatIsTakenIsDrawnAgain() {
    node.ip.ip("link add veth1 type bridge");
    node.ip.ip("link add veth2 type bridge");
    Draws draws = new Draws("veth1", "veth2", "veth3");
    assertThat(create(draws, VethSetup.of(NET1)).host().name().value()).isEqualTo("veth3");
    assertThat(draws.drawn).hasValue(3);
  }

  @Test
  void afterTenTakenNamesItIsGivenUp() {
    node.ip.ip("link add veth1 type bridge");
    Draws draws = new Draws("veth1");
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> create(draws, VethSetup.of(NET1)))
        .withMessageContaining("veth1 is there already in " + node.netns);
    assertThat(draws.drawn).hasValue(10);
    assertThat(podIp.hasLink("net1")).isFalse();
  }

  @Test
  void anotherErrorIsNotTriedAgain() {
    Draws draws = new Draws("veth1");
    try (Netns none = Netns.ofNetns(Fd.open("/dev/null", Libc.O_RDONLY));
        Rtnetlink inside = Rtnetlink.open(pod)) {
      VethCreation creation = new VethCreation(node.netns, node.kernel, none, inside, draws);
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> creation.create(VethSetup.of(NET1)))
          .matches(e -> e.is(Errno.EINVAL));
    }
    assertThat(draws.drawn).hasValue(1);
    assertThat(node.kernel.links()).as("lo only").hasSize(1);
  }

  /** Names in their order, the last one again and again. */
  private static final class Draws implements Supplier<InterfaceName> {
    final AtomicInteger drawn = new AtomicInteger();
    private final List<String> names;

    Draws(String... names) {
      this.names = List.of(names);
    }

    @Override
    public InterfaceName get() {
      return new InterfaceName(names.get(Math.min(drawn.getAndIncrement(), names.size() - 1)));
    }
  }

  private VethPair create(Draws draws, VethSetup setup) {
    try (Rtnetlink inside = Rtnetlink.open(pod)) {
      return new VethCreation(node.netns, node.kernel, pod, inside, draws).create(setup);
    }
  }

  @Test
  void aFailureHalfWayLeavesNothing() {
    try (Netns other = Netns.create();
        Rtnetlink inside = Rtnetlink.open(other)) {
      // The container's end cannot be set up: this connection looks for it elsewhere.
      VethCreation halfWay = new VethCreation(node.netns, node.kernel, pod, inside, () -> HOST);
      assertThatExceptionOfType(NetlinkException.class)
          .isThrownBy(() -> halfWay.create(VethSetup.of(NET1)))
          .withMessageMatching("set link [0-9]+ up: ENODEV .*");
    }
    assertThat(node.ip.hasLink("host0")).isFalse();
    assertThat(podIp.hasLink("net1")).isFalse();
  }

  @Test
  void aClosedNamespaceIsRefusedBeforeAnythingIsMade() {
    Netns closed = Netns.create();
    closed.close();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> VethSetup.of(NET1).create(node.netns, closed))
        .withMessageContaining("closed");
    assertThat(node.kernel.links()).as("lo only").hasSize(1);
  }

  @Test
  void aHundredPairsLeaveNoDescriptorBehind() {
    List<VethPair> pairs = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      pairs.add(VethSetup.of(new InterfaceName("net" + i)).create(node.netns, pod));
    }
    assertThat(pairs).extracting(pair -> pair.host().name()).doesNotHaveDuplicates();
  }

  @Test
  void whatNoPairCanBeIsRefused() {
    VethSetup setup = VethSetup.of(NET1);
    for (int mtu : new int[] {-1, 1, 67, 65_536}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setup.withMtu(mtu))
          .withMessageContaining("within 68 to 65535");
    }
    for (String text : List.of("00:00:00:00:00:00", "01:00:5e:00:00:01")) {
      MacAddress mac = MacAddress.of(text);
      assertThatIllegalArgumentException().isThrownBy(() -> setup.withContainerMac(mac));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setup.withHostMac(mac))
          .withMessageContaining("write one such as");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {68, 65_535})
  void theFurthestMtusAreTaken(int mtu) {
    VethSetup.of(NET1).withMtu(mtu).create(node.netns, pod);
    assertThat(podIp.link("net1").path("mtu").asInt()).isEqualTo(mtu);
  }
}
