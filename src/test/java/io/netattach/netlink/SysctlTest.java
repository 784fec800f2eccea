package io.netattach.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netattach.Ip;
import io.netattach.NoLeftovers;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("kernel")
@ExtendWith(NoLeftovers.class)
class SysctlTest {
  private static final Sysctl ARP_NOTIFY = Sysctl.ofInterface("ipv4", "lo", "arp_notify");

  private Netns node;

  @BeforeEach
  void makeANode() {
    node = Netns.create();
  }

  @AfterEach
  void closeIt() {
    node.close();
  }

  private String bySysctl(Netns netns, String path) {
    return Ip.in(netns).command("cat /proc/sys/" + path).strip();
  }

  @Test
  void aSettingIsReadAndWrittenInItsNamespaceOnly() {
    try (Netns other = Netns.create()) {
      assertThat(ARP_NOTIFY.get(node)).contains("0");
      ARP_NOTIFY.set(node, "1");
      assertThat(ARP_NOTIFY.get(node)).contains("1");
      assertThat(bySysctl(node, ARP_NOTIFY.path())).isEqualTo("1");
      assertThat(bySysctl(other, ARP_NOTIFY.path())).isEqualTo("0");
      assertThat(ARP_NOTIFY.get(other)).contains("0");
    }
  }

  @Test
  void namesWithDotsAreInterfacesNotFolders() {
    Ip.in(node).ip("link add br0.100 type bridge");
    Sysctl setting = Sysctl.ofInterface("ipv6", "br0.100", "accept_ra");
    setting.set(node, "2");
    assertThat(setting.get(node)).contains("2");
    assertThat(bySysctl(node, "net/ipv6/conf/br0.100/accept_ra")).isEqualTo("2");
  }

  @Test
  void aValueOfSeveralNumbersIsReadWhole() {
    Sysctl ports = new Sysctl("net/ipv4/ip_local_port_range");
    ports.set(node, "40000 50000");
    assertThat(ports.get(node)).contains("40000\t50000");
  }

  @Test
  void anEmptyValueClearsAList() {
    Sysctl reserved = new Sysctl("net/ipv4/ip_local_reserved_ports");
    reserved.set(node, "40000-40010");
    assertThat(reserved.get(node)).contains("40000-40010");
    reserved.set(node, "");
    assertThat(bySysctl(node, reserved.path())).isEmpty();
  }

  @Test
  void aSettingThatIsMissingIsEmptyAndCannotBeSet() {
    Sysctl gone = Sysctl.ofInterface("ipv4", "gone0", "arp_notify");
    assertThat(gone.get(node)).isEmpty();
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> gone.set(node, "1"))
        .withMessageContaining("set sysctl net/ipv4/conf/gone0/arp_notify to 1: ENOENT")
        .matches(e -> e.is(Errno.ENOENT));
  }

  @Test
  void aValueThatTheKernelRefusesIsAnError() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> ARP_NOTIFY.set(node, "many"))
        .withMessageContaining("set sysctl " + ARP_NOTIFY.path() + " to many: ");
    assertThat(ARP_NOTIFY.get(node)).contains("0");
  }

  @Test
  void aValueThatTheKernelTakesTheBeginningOfIsAnError() {
    assertThatExceptionOfType(NetlinkException.class)
        .isThrownBy(() -> ARP_NOTIFY.set(node, "1 2"))
        .withMessage(
            "set sysctl " + ARP_NOTIFY.path() + " to 1 2: the kernel took no more than \"1\"");
    assertThat(bySysctl(node, ARP_NOTIFY.path())).isEqualTo("1");
  }

  @Test
  void aListThatIsLongerThanAPageIsReadAndWrittenWhole() {
    Sysctl reserved = new Sysctl("net/ipv4/ip_local_reserved_ports");
    String ports =
        IntStream.range(0, 5000)
            .mapToObj(i -> Integer.toString(2 * i + 1))
            .collect(Collectors.joining(","));
    reserved.set(node, ports);
    assertThat(bySysctl(node, reserved.path())).isEqualTo(ports);
    assertThat(reserved.get(node)).contains(ports);
  }

  @Test
  void aFolderIsNoSetting() {
    Sysctl folder = new Sysctl("net/ipv4/conf/lo");
    assertThatExceptionOfType(NetlinkException.class).isThrownBy(() -> folder.get(node));
    assertThatExceptionOfType(NetlinkException.class).isThrownBy(() -> folder.set(node, "1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "net",
        "net/",
        "/net/ipv4/x",
        "net//ipv4",
        "net/ipv4/",
        "kernel/core_pattern",
        "net/../kernel/core_pattern",
        "net/ipv4/../../kernel/core_pattern",
        "net/./ipv4",
        "net/ipv4/..",
        "net/ipv4/.",
        "net/..",
        "net/.",
        "net.ipv4.ip_forward",
        "net/ipv4/a b",
        "net/ipv4/a\n",
        "Net/ipv4/x",
        "net/ipv4\0/x"
      })
  void whatLeadsElsewhereIsNoSetting(String path) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sysctl(path))
        .withMessageContaining("is not the name of a network setting");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../lo", "..", ".", "", "lo/..", "a b"})
  void anInterfaceNameLeadsNowhereElse(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sysctl.ofInterface("ipv4", name, "arp_notify"));
  }
}
