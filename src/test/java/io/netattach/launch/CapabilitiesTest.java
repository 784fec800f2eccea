package io.netattach.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an agent keeps of the capabilities that it is started with; setpriv starts it. */
@Tag("kernel")
class CapabilitiesTest {
  private static final String FOUR = "0000000000203800";

  @Test
  void noThreadKeepsMoreThanTheFourAndNoneCanGainAny() throws Exception {
    List<String> said = shown("--inh-caps", "-all");

    assertThat(values(said, "CapPrm")).hasSizeGreaterThan(5).containsOnly(FOUR);
    assertThat(values(said, "CapEff")).containsOnly(FOUR);
    assertThat(values(said, "CapBnd")).containsOnly(FOUR);
    assertThat(values(said, "NoNewPrivs")).containsOnly("1");
  }

  /** As from a container runtime that lets all be inherited. */
  @Test
  void whatIsInheritedGoesToo() throws Exception {
    List<String> said = shown("--inh-caps", "-all,+chown,+net_admin");

    assertThat(values(said, "CapPrm")).hasSizeGreaterThan(5).containsOnly(FOUR);
    assertThat(values(said, "CapInh")).containsOnly("0000000000001000");
  }

  @Test
  void argumentsAndEnvironmentStay() throws Exception {
    assertThat(shown("--inh-caps", "-all")).contains("arguments [, a b, ü, ]", "variable a=b ü");
  }

  @Test
  void noFileIsOpenTwice() throws Exception {
    assertThat(shown("--inh-caps", "-all"))
        .filteredOn(line -> line.matches("file .*(\\.jar|/modules)"))
        .isNotEmpty()
        .doesNotHaveDuplicates();
  }

  /** As in a container with the four: then nothing begins anew, which this would tell. */
  @Test
  void whatHasNoOthersBeginsAtOnce() throws Exception {
    List<String> said =
        shown(
            "--inh-caps",
            "-all",
            "--bounding-set",
            "-all,+net_admin,+net_broadcast,+net_raw,+sys_admin");

    assertThat(values(said, "CapEff")).containsOnly(FOUR);
    List<String> own = values(Files.readAllLines(Path.of("/proc/self/status")), "NoNewPrivs");
    assumeTrue(own.equals(List.of("0")), "what runs the tests has given up gaining privileges");
    assertThat(values(said, "NoNewPrivs")).containsOnly("0");
  }

  @Test
  void whatMayNotGiveThemUpSaysSoAndGoesOn() throws Exception {
    List<String> said = shown("--inh-caps", "-all", "--bounding-set", "-setpcap");

    assertThat(said)
        .contains(
            "netattach: the kernel does not let this agent give up capabilities it has no use for;"
                + " it goes on with them");
    assertThat(values(said, "CapEff")).doesNotContain(FOUR);
    assertThat(said).contains("variable a=b ü");
  }

  private static List<String> shown(String... privileges) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("setpriv"));
    command.addAll(List.of(privileges));
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(
        List.of("-Dstdout.encoding=UTF-8", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ShownCapabilities.class.getName(), "", "a b", "ü", ""));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SHOWN", "a=b ü");
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().toList();
  }

  private static List<String> values(List<String> said, String key) {
    return said.stream()
        .filter(line -> line.startsWith(key + ":"))
        .map(line -> line.substring(key.length() + 1).strip())
        .toList();
  }
}
