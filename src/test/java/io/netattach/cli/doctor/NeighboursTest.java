package io.netattach.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netattach.cli.doctor.Finding.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On folders that stand for a node with these programs and this configuration. */
class NeighboursTest {
  private @TempDir Path root = Path.of("");
  private int pid = 1;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private void running(String program) throws IOException {
    write("proc/" + pid++ + "/comm", program + "\n");
  }

  private List<Finding> look() {
    return new Neighbours(root).look();
  }

  private Finding only() {
    assertThat(look()).hasSize(1);
    return look().getFirst();
  }

  @Test
  void aNodeWithNoneIsToldFromAContainerThatSeesNone() throws IOException {
    running("systemd");
    assertThat(only().result()).isEqualTo(Result.UNKNOWN);

    running("kthreadd");
    assertThat(only().result()).isEqualTo(Result.OK);
  }

  @Test
  void networkManagerIsToLeaveVethsAlone() throws IOException {
    running("NetworkManager");
    assertThat(only().result()).isEqualTo(Result.NOTE);
    assertThat(only().sentences()).contains("unmanaged-devices=driver:veth");

    write("etc/NetworkManager/conf.d/x.conf", "[keyfile]\nunmanaged-devices=driver:veth\n");
    assertThat(only().result()).isEqualTo(Result.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "interface-name:na*;interface-name:veth*, OK",
    "'interface-name:na*,interface-name:veth-*', OK",
    "interface-name:veth*, NOTE",
    "mac:00:11:22:33:44:55, NOTE",
    "*, OK"
  })
  void networkManagerKnowsOurHostEndsByTheirNames(String devices, Result result)
      throws IOException {
    running("NetworkManager");
    write(
        "etc/NetworkManager/NetworkManager.conf",
        "[main]\n[keyfile]\nunmanaged-devices = " + devices);

    assertThat(only().result()).isEqualTo(result);
  }

  @Test
  void networkManagersOwnRuleForVethsIsEnough() throws IOException {
    write("run/NetworkManager/state", "");
    write(
        "usr/lib/udev/rules.d/85-nm-unmanaged.rules",
        "ENV{ID_NET_DRIVER}==\"veth\", ENV{NM_UNMANAGED}=\"1\"\n");

    assertThat(only().result()).isEqualTo(Result.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "Name=*, NOTE",
    "Type=ether, NOTE",
    "Name=!na* veth*, OK",
    "Name=en* eth*, OK",
    "Name=veth*, NOTE",
    "Kind=!*, OK",
    "Kind=bridge, OK",
    "Driver=veth, NOTE",
    "MACAddress=00:11:22:33:44:55, OK"
  })
  void networkdTakesWhatItsFilesMatch(String match, Result result) throws IOException {
    running("systemd-network");
    write("etc/systemd/network/50-all.network", "[Match]\n" + match + "\n[Network]\nDHCP=yes\n");

    assertThat(only().result()).isEqualTo(result);
  }

  @Test
  void theFirstFileThatMatchesDecides() throws IOException {
    running("systemd-network");
    write("etc/systemd/network/50-all.network", "[Match]\nName=*\n[Network]\nDHCP=yes\n");
    assertThat(only().sentences()).contains("by 50-all.network", "Unmanaged=yes");

    write("usr/lib/systemd/network/05-a.network", "[Match]\nKind=veth\n[Link]\nUnmanaged=yes\n");
    assertThat(only().result()).isEqualTo(Result.OK);
  }

  @Test
  void aFileOfTheSameNameTakesThePlaceOfTheSystems() throws IOException {
    running("systemd-network");
    write("usr/lib/systemd/network/50-all.network", "[Match]\nName=*\n");
    write("etc/systemd/network/50-all.network", "[Match]\nName=eth0\n");

    assertThat(only().result()).isEqualTo(Result.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "denyinterfaces na* veth*, OK",
    "denyinterfaces eth0, NOTE",
    "allowinterfaces eth0 wlan0, OK",
    "allowinterfaces *, NOTE"
  })
  void dhcpcdIsToBeKeptAway(String line, Result result) throws IOException {
    running("dhcpcd");
    write("etc/dhcpcd.conf", "hostname\n" + line + "\n");

    assertThat(only().result()).isEqualTo(result);
  }

  @ParameterizedTest
  @CsvSource({"'vmnet,na,veth', OK", "'vmnet,veth', NOTE"})
  void connmanIsToBeKeptAway(String prefixes, Result result) throws IOException {
    running("connmand");
    write("etc/connman/main.conf", "[General]\nNetworkInterfaceBlacklist = " + prefixes + "\n");

    assertThat(only().result()).isEqualTo(result);
  }

  @ParameterizedTest
  @CsvSource({"/veth*, NOTE", "eth0 veth-db, NOTE", "eth0, OK"})
  void ifupdownIsNotToBringThemUp(String names, Result result) throws IOException {
    running("kthreadd");
    write("etc/network/interfaces", "auto lo\nallow-hotplug " + names + "\n");

    assertThat(only().result()).isEqualTo(result);
  }
}
